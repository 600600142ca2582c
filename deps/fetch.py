#!/usr/bin/env python3
"""Fetches a pinned file: deps/fetch.py KEY prints the path of the verified file.

Looks in this order, and takes nothing whose size or SHA-256 differs from deps/pins:
  1. the folder named by NODE_DOWNLOADS, for machines without a mirror;
  2. the download cache, ${XDG_CACHE_HOME:-~/.cache}/node-build/downloads;
  3. the pool of the Debian mirror that this machine's apt uses, through apt's
     own client, which obeys apt's proxy settings; without it, plain HTTP.
"""
import collections
import hashlib
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
Pin = collections.namedtuple("Pin", "key size sha256 path")


class FetchError(Exception):
    pass


def say(text):
    print(f"[fetch] {text}", file=sys.stderr, flush=True)


def read_pins(file=os.path.join(HERE, "pins")):
    pins = {}
    with open(file, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                key, size, sha256, path = line.split()
                pins[key] = Pin(key, int(size), sha256, path)
    return pins


def cache_root():
    """The folder for all that is kept between clones. A relative XDG_CACHE_HOME does not count (XDG Base Directories)."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.expanduser("~/.cache"), "node-build")


def cache_folder():
    return os.path.join(cache_root(), "downloads")


def fault(path, pin):
    """Why `path` is not the pinned file, or None when it is."""
    try:
        size = os.path.getsize(path)
        if size != pin.size:
            return f"has {size:,} bytes instead of {pin.size:,}"
        digest = hashlib.sha256()
        with open(path, "rb") as f:
            while block := f.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        return "is not there"
    except OSError as e:
        return f"cannot be read: {e.strerror}"
    return None if digest.hexdigest() == pin.sha256 else f"has the SHA-256 {digest.hexdigest()}"


def mirror():
    """The mirror of the machine's release, as apt knows it; None without apt or sources."""
    try:
        out = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(SUITE) $(CODENAME) $(ORIGIN)"],
                             capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    # Other vendors' repositories have no pool of ours. One whose origin apt does not tell is tried as a last resort.
    found = [line.split() for line in out.splitlines() if line.strip()]
    found = [f for f in found if "Debian" in f[3:]] or [f for f in found if len(f) <= 3]
    plain = [f[0] for f in found if not re.search(r"security|updates|backports", " ".join(f))]
    return plain[0].rstrip("/") + "/" if plain else None


def download(url, to, pin=None):
    """One file to the path `to`; returns an error text or None. The caller verifies."""
    helper = shutil.which("apt-helper", path="/usr/lib/apt:" + os.environ.get("PATH", os.defpath))
    if helper:
        command = [helper, "download-file", url, to] + (["SHA256:" + pin.sha256] if pin else [])
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        watch(process, to, pin)
        text = process.stdout.read().strip()
        reasons = [line for line in text.splitlines() if line.startswith(("Err:", "  ", "W:", "E:"))]
        if process.returncode == 0:
            return None
        return " / ".join(line.strip() for line in reasons[-4:]) or (text.splitlines() or ["apt-helper failed"])[-1]
    try:
        with urllib.request.urlopen(url.removeprefix("mirror+"), timeout=60) as source, open(to, "wb") as f:
            shutil.copyfileobj(source, f, 1 << 20)
    except (OSError, ValueError) as e:
        return str(e)
    return None


def watch(process, to, pin):
    """Waits for the download and says how far it is, once in two seconds."""
    last = time.monotonic()
    while process.poll() is None:
        time.sleep(0.05)
        if pin and time.monotonic() - last > 2:
            last = time.monotonic()
            done = os.path.getsize(to) if os.path.exists(to) else 0
            say(f"{os.path.basename(pin.path)}: {done * 100 // pin.size} %")


def offers(base, package, version_prefix, scratch):
    """[(version, Pin)] of `package` in forky's and sid's index of sources."""
    found = {}
    for suite in ("forky", "sid"):
        index = os.path.join(scratch, suite + ".xz")
        if not base or download(f"{base}dists/{suite}/main/source/Sources.xz", index):
            continue
        with lzma.open(index, "rt", encoding="utf-8") as f:
            for stanza in f.read().split("\n\n"):
                if not stanza.startswith(f"Package: {package}\n"):
                    continue
                folder = re.search(r"^Directory: (.*)$", stanza, re.M).group(1)
                sums = stanza[stanza.index("Checksums-Sha256:"):]
                for sha256, size, name in re.findall(r"^ ([0-9a-f]{64}) (\d+) (\S+)$", sums, re.M):
                    match = re.fullmatch(re.escape(package) + r"_(.*)\.orig\.tar\.xz", name)
                    if match and match.group(1).startswith(version_prefix):
                        found[match.group(1)] = Pin(package, int(size), sha256, f"{folder}/{name}")
    return sorted(found.items())


def advice(pin, tried, base, folder):
    name = os.path.basename(pin.path)
    lines = [f"cannot get {name} ({pin.size:,} bytes, SHA-256 {pin.sha256}). Tried:"]
    lines += [f"  - {t}" for t in tried]
    if pin.key == "nodejs":
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            versions = [v for v, _ in offers(base, "nodejs", "24.", scratch)]
        lines += [f"The pool offers now: {', '.join(versions) or 'no 24.x that could be listed'}.",
                  "To build with that instead: deps/v8/update, then build again."]
    lines += [f"To use a copy of yours: NODE_DOWNLOADS=/folder/with/{name}"]
    return "\n".join(lines)


def fetch(pin):
    """The path of the verified file; raises FetchError with what to do."""
    name, tried = os.path.basename(pin.path), []
    own = os.environ.get("NODE_DOWNLOADS")
    if own:
        path = os.path.join(own, name)
        why = fault(path, pin)
        if not why:
            return path
        tried.append(f"NODE_DOWNLOADS: {path} {why}")
    else:
        tried.append("NODE_DOWNLOADS is not set")

    folder = cache_folder()
    path = os.path.join(folder, name)
    why = fault(path, pin)
    if not why:
        return path
    tried.append(f"the cache: {path} {why}")

    base = mirror()
    if not base:
        tried.append("the pool: apt names no mirror (apt-get indextargets); run apt-get update")
        raise FetchError(advice(pin, tried, base, None))
    os.makedirs(folder, exist_ok=True)
    say(f"{name} ({pin.size / 1e6:.1f} MB) from the Debian pool")
    # apt-helper may drop privileges, so the folder it writes to is a new one of its own.
    with tempfile.TemporaryDirectory(dir=folder, prefix="tmp.") as scratch:
        part = os.path.join(scratch, name)
        problem = download(base + pin.path, part, pin)
        why = fault(part, pin)
        if not why:
            os.chmod(part, 0o644)
            os.replace(part, path)
            return path
        tried.append(f"the pool: {base}{pin.path}: {problem or 'what came ' + why}")
        raise FetchError(advice(pin, tried, base, folder))


def main():
    pins = read_pins()
    if len(sys.argv) != 2 or sys.argv[1] not in pins:
        print(f"usage: fetch.py KEY, one of: {', '.join(pins)}", file=sys.stderr)
        return 2
    try:
        print(fetch(pins[sys.argv[1]]))
        return 0
    except FetchError as e:
        print(e, file=sys.stderr)
    except OSError as e:
        print(f"cannot store the download: {e}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())

"""The steps of V8's build; each gets the Work and raises StepError with what to do."""
import ctypes
import glob
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import fetch

HERE = os.path.dirname(os.path.abspath(__file__))
PINS = ["nodejs", "nodejs20"]
TOOLS = ["clang++-19", "ld.lld-19"]
NEEDED = [*TOOLS, "llvm-ar-19", "ninja", "tar", "xz", "g++", "getconf"]
PACKAGES = ["clang-19", "lld-19", "llvm-19", "ninja-build", "python3", "xz-utils", "g++"]
JOB_BYTES = 2_000_000_000     # what the largest compilations take


class StepError(Exception):
    pass


class Work:
    def __init__(self, folder, log, log_path, progress):
        self.folder, self.log, self.log_path, self.progress = folder, log, log_path, progress
        self.start, self.files = time.monotonic(), {}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run(self, command, on_line=None):
        """Runs it in the folder, logs what it says, and raises with the log's tail when it fails."""
        print("+", " ".join(command), file=self.log, flush=True)
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, errors="replace", preexec_fn=die_with_parent)
        lines = []
        try:
            for line in process.stdout:
                self.log.write(line)
                lines.append(line)
                if on_line:
                    on_line(line)
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        self.log.flush()
        if code:
            raise StepError(explain(command[0], lines, self.log_path))
        return "".join(lines)


def die_with_parent():
    """A killed build must not leave ninja at work behind it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)      # PR_SET_PDEATHSIG


def explain(tool, lines, log_path):
    if any("No space left on device" in line for line in lines):
        return f"the disk is full (log: {log_path})"
    failed = [i for i, line in enumerate(lines) if line.startswith("FAILED: ")]
    tail = lines[failed[0]:][:40] if failed else lines[-25:]
    tail = [line if len(line) < 300 else line[:300] + " ...\n" for line in tail]
    return f"{tool} failed. From the log {log_path}:\n" + "".join(tail)


def fetch_sources(work):
    pins = fetch.read_pins()
    for name in PINS:
        work.files[name] = fetch.fetch(pins[name])


def unpack(work):
    v8, simdutf = work.files["nodejs"], work.files["nodejs20"]
    work.run(["tar", "-xf", v8, "--wildcards", "--no-same-owner", "--strip-components=2",
              "--exclude=*/deps/v8/test/*.js", "*/deps/v8/*"])
    os.makedirs(work.path("v8/third_party/simdutf"), exist_ok=True)
    work.run(["tar", "-xf", simdutf, "--wildcards", "--no-same-owner", "--strip-components=2",
              "-C", "v8/third_party", "*/deps/simdutf/simdutf.*", "*/deps/simdutf/LICENSE*"])


def patch(work):
    for file in sorted(glob.glob(os.path.join(HERE, "patches", "*.patch"))):
        with open(file, encoding="utf-8") as f:
            apply(f.read(), work.path("v8"), os.path.basename(file))
    work.run([sys.executable, os.path.join(HERE, "secrets.py"), "v8/third_party/rapidhash-v8/secret-table.h"])


def apply(text, root, name):
    """A unified diff, strictly: each hunk's old lines must be there exactly once."""
    for part in re.split(r"^--- a/.*\n", text, flags=re.M)[1:]:
        path = os.path.join(root, re.match(r"\+\+\+ b/(.*)\n", part).group(1))
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for hunk in re.split(r"^@@ .*\n", part, flags=re.M)[1:]:
            lines = hunk.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            new = "".join(line[1:] for line in lines if line[0] in " +")
            if source.count(old) != 1:
                raise StepError(f"patches/{name} does not fit {path}: V8 changed there; redo the patch")
            source = source.replace(old, new)
        with open(path, "w", encoding="utf-8") as f:
            f.write(source)


def compile(work):
    work.run([sys.executable, os.path.join(HERE, "plan.py")])

    def progress(line):
        match = re.match(r"\[(\d+)/(\d+)\] (.*)", line)
        if match:
            work.progress.detail(f"{match.group(1)}/{match.group(2)}")
    work.run(["ninja", "-j", str(jobs())], progress)


def jobs():
    """How many compilers this machine carries: by its cores, and by its memory."""
    cores = len(os.sched_getaffinity(0))
    with open("/proc/meminfo", encoding="ascii") as f:
        available = int(re.search(r"MemAvailable: +(\d+) kB", f.read()).group(1)) * 1024
    return max(1, min(cores, available // JOB_BYTES))


def smoke(work):
    """Links the archive as the product does and runs a script: a bad archive never gets into the cache."""
    os.makedirs(work.path("out"))
    with open(work.path("defines"), encoding="ascii") as f:
        defines = f.read().split()
    with open(work.path("cflags"), encoding="ascii") as f:
        cflags = f.read().split()
    said = work.run(["clang++-19", *cflags, *defines, "-O1", "-Iv8/include", os.path.join(HERE, "smoke.cc"), "libv8.a",
                     "-static", "-fuse-ld=lld", "-Wl,--gc-sections", "-Wl,--icf=safe", "-Wl,-z,norelro",
                     "-latomic", "-s", "-o", "smoke"])
    if "warning" in said:
        raise StepError(f"the linker warns, probably of libc functions that no static program may use:\n{said}")
    said = work.run(["./smoke"])
    if said != "smoke ok\n":
        raise StepError(f"the engine gives wrong answers: {said}")


def install(work):
    out = work.path("out")
    os.makedirs(os.path.join(out, "lib"))
    shutil.move(work.path("libv8.a"), os.path.join(out, "lib", "libv8.a"))
    shutil.copytree(work.path("v8/include"), os.path.join(out, "include"))
    for name in ("defines", "cflags"):
        shutil.copy(work.path(name), out)
    licences(work, os.path.join(out, "licences"))
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    version = subprocess.run(["clang++-19", "--version"], capture_output=True, text=True, check=True).stdout
    with open(work.path("v8/include/v8-version.h"), encoding="utf-8") as f:
        numbers = re.findall(r"define V8_(?:MAJOR|MINOR|BUILD|PATCH)\w+ (\d+)", f.read())
    with open(os.path.join(out, "build-info"), "w", encoding="utf-8") as f:
        f.write(f"V8 {'.'.join(numbers)}\n{version.splitlines()[0]}\n"
                f"wall {time.monotonic() - work.start:.0f} s, CPU {usage.ru_utime + usage.ru_stime:.0f} s\n\n")
        for seconds, group in groups(work.path(".ninja_log")):
            f.write(f"{seconds:7.1f} s  {group}\n")
    with open(os.path.join(out, "lib", "libv8.a"), "rb") as f:
        os.fsync(f.fileno())


def groups(ninja_log):
    """Seconds of each group of compilations, the longest first."""
    sums = {}
    with open(ninja_log, encoding="utf-8") as f:
        for line in f.read().splitlines()[1:]:
            begin, end, _, output, _ = line.split("\t")
            group = re.sub(r"obj/(\w+?)[-.].*", r"compile \1", output)
            sums[group] = sums.get(group, 0) + (int(end) - int(begin)) / 1000
    return sorted(((s, g) for g, s in sums.items()), reverse=True)


def licences(work, to):
    """The licence texts of everything that is linked in."""
    os.makedirs(to)
    sources = sorted(glob.glob(work.path("v8/LICENSE*")) + glob.glob(work.path("v8/third_party/*/LICENSE*")))
    for path in sources:
        parts = os.path.relpath(path, work.path("v8")).split(os.sep)
        if parts[0] != "third_party":
            shutil.copy(path, os.path.join(to, "v8." + parts[0]))
        elif parts[1] in LINKED:
            shutil.copy(path, os.path.join(to, f"{parts[1]}.{parts[2]}"))
    if os.path.exists(work.path("v8/third_party/fast_float/README.v8")):
        shutil.copy(work.path("v8/third_party/fast_float/README.v8"), os.path.join(to, "fast_float.README"))


LINKED = {"abseil-cpp", "fp16", "glibc", "highway", "rapidhash-v8", "simdutf", "utf8-decoder", "valgrind"}

STEPS = [
    ("fetch the sources", fetch_sources),
    ("unpack", unpack),
    ("patch", patch),
    ("compile", compile),
    ("try the archive", smoke),
    ("install", install),
]

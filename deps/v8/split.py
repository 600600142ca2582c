"""The way out when a batch or its precompiled header does not compile: split.py BATCH OUTPUT COMPILER...

File-local names of a batch may clash, as they may with another compiler or
standard library. Compiles its files one by one and without the header: slower
for this batch, the same result.
"""
import os
import re
import subprocess
import sys


def without_header(compiler):
    """The command without its -include-pch FILE."""
    if "-include-pch" not in compiler:
        return list(compiler)
    at = compiler.index("-include-pch")
    return [*compiler[:at], *compiler[at + 2:]]


def locate(name):
    """Where #include finds it."""
    return next(path for path in (f"v8/{name}", f"gen/{name}") if os.path.exists(path))


def main(batch, output, *compiler):
    plain = without_header(compiler)
    if not batch.startswith("unity/"):
        if plain == list(compiler):
            return 1
        print(f"note: {batch} does not compile with the precompiled header", flush=True)
        return subprocess.run([*plain, "-c", batch, "-o", output]).returncode
    with open(batch, encoding="utf-8") as f:
        names = re.findall(r'^#include "(.*)"$', f.read(), re.M)
    print(f"note: {batch} does not compile as one; its {len(names)} files are compiled one by one", flush=True)
    objects = []
    for i, name in enumerate(names):
        objects.append(f"{output}.{i:02}.o")
        # ld -r loses which symbols' addresses matter; without the section the linker folds none of them.
        code = subprocess.run([*plain, "-fno-addrsig", "-c", locate(name), "-o", objects[-1]]).returncode
        if code != 0:
            return code
    return subprocess.run(["ld.lld-19", "-r", "-o", output, *objects]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

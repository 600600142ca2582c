"""Compiles the files of a batch one by one: split.py BATCH OUTPUT COMPILER...

The way out when file-local names of a batch clash, as they may with another
compiler or standard library: slower for this batch, the same result.
"""
import os
import re
import subprocess
import sys


def main(batch, output, *compiler):
    with open(batch, encoding="utf-8") as f:
        names = re.findall(r'^#include "(.*)"$', f.read(), re.M) if batch.startswith("unity/") else []
    if not names:
        return 1
    print(f"note: {batch} does not compile as one; its {len(names)} files are compiled one by one", flush=True)
    objects = []
    for i, name in enumerate(names):
        source = next(p for p in (f"v8/{name}", f"gen/{name}") if os.path.exists(p))
        objects.append(f"{output}.{i:02}.o")
        code = subprocess.run([*compiler, "-c", source, "-o", objects[-1]]).returncode
        if code != 0:
            return code
    return subprocess.run(["ld.lld-19", "-r", "-o", output, *objects]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

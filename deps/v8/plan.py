"""Writes build.ninja and the unity batches for V8: plan.py [--dir DIR]

Runs in the build folder, where v8/ is V8's patched source; every path it
writes is relative to that folder, so that no machine's path gets into an
object file and builds in different folders are the same byte for byte.

Sources come from BUILD.gn (gn.py) with our settings (settings.py). Compiled
one by one, V8's 1,400 files take hours, nearly all of it reading the same
headers again; so they are included into batches of one group and directory.
"""
import os
import sys

import batches
from gn import Gn
from settings import OURS, PLATFORM

INCLUDES = ["v8", "v8/include", "gen", "v8/third_party/abseil-cpp", "v8/third_party/highway/src",
            "v8/third_party/fp16/src/include", "v8/third_party/fast_float/src/include"]

# -fno-strict-aliasing: V8 relies on it. Frame pointers instead of unwind
# tables: profilers keep working and the product loses 2 MB. x86-64-v2 is any
# x86-64 with SSE4.2.
COMMON = """-march=x86-64-v2 -fno-pie -fno-strict-aliasing -fvisibility=hidden
    -ffunction-sections -fdata-sections -fno-omit-frame-pointer -fno-ident -Wdate-time -w"""
NO_UNWIND = "-fno-rtti -fno-exceptions -fno-unwind-tables -fno-asynchronous-unwind-tables"

NINJA = """\
cxx = clang++-19
rule cxx
  command = $cxx $flags $defines $includes $pch -c $in -o $out || $split $in $out $cxx $flags $defines $includes $pch
  description = compile $out
rule pch
  command = $cxx $flags $defines $includes -Xclang -fno-pch-timestamp -fpch-instantiate-templates -x c++-header $in -o $out
  description = header $out
rule link
  command = $cxx -fuse-ld=lld -no-pie -Wl,--gc-sections $in -o $out -pthread -ldl -latomic
  description = link $out
rule ar
  command = rm -f $out && llvm-ar-19 rcsD $out $in
  description = archive $out
rule torque
  command = ./torque -o gen/torque-generated -v8-root v8 $files
  description = run torque
rule bytecodes
  command = mkdir -p gen/builtins-generated && ./bytecodes $out
  description = run bytecodes
rule mksnapshot
  command = ./mksnapshot $snapshot_flags --embedded_src gen/embedded.S --startup_src gen/snapshot.cc
  description = run mksnapshot

"""


def compiled(sources):
    return [s for s in sources if s.endswith((".c", ".cc", ".cpp", ".S"))]


def locate(source):
    return source if source.startswith("gen/") else "v8/" + source


class Plan:
    def __init__(self):
        self.gn = Gn("v8", {**PLATFORM, **OURS}).load("BUILD.gn")
        self.out = [NINJA]
        headers = ["v8_header_features", "cppgc_header_features"]
        self.embedder = [d for c in headers for d in self.gn.target(c)["defines"]]
        inner = [d for c in ["features", "toolchain"] for d in self.gn.target(c)["defines"]]
        self.defines = self.embedder + [d for d in inner if d not in self.embedder]
        self.write("includes", " ".join("-I" + i for i in INCLUDES))
        self.write("defines", " ".join("-D" + d for d in self.defines))
        self.write("split", f"'{sys.executable}' '{os.path.join(os.path.dirname(os.path.abspath(__file__)), 'split.py')}'")
        self.write("common", " ".join(COMMON.split()))

    def write(self, name, value):
        self.out.append(f"{name} = {value}\n")

    def edge(self, rule, outs, ins, order=(), **variables):
        line = f"build {' '.join(outs)}: {rule} {' '.join(ins)}"
        implicit = variables.pop("implicit", None)
        if implicit:
            line += f" | {' '.join(implicit)}"
        if order:
            line += f" || {' '.join(order)}"
        self.out.append(line + "\n" + "".join(f"  {k} = {v}\n" for k, v in variables.items()))

    def sources(self, *targets):
        return compiled([s for t in targets for s in self.gn.target(t)["sources"]])

    def group(self, name, sources, flags, order=()):
        """Compiles `sources` in batches; returns the objects."""
        flags = "$common " + flags
        extra = {}
        headers = batches.HEADERS.get(name, "").split()
        if headers:
            with open(f"unity/{name}.h", "w") as f:
                f.write("".join(f'#include "{header}"\n' for header in headers))
            self.edge("pch", [f"obj/{name}.pch"], [f"unity/{name}.h"], order, flags=flags)
            extra = {"pch": f"-include-pch obj/{name}.pch", "implicit": [f"obj/{name}.pch"]}
        objects = []
        for stem, files in batches.split(name, sources):
            source = files[0] if len(files) == 1 else f"unity/{stem}.cc"
            if len(files) > 1:
                # The kernel's MAP_TYPE would hide V8's name between two of them.
                text = "".join(f'#include "{f.split("/", 1)[1]}"\n#undef MAP_TYPE\n' for f in files)
                with open(source, "w") as f:
                    f.write(text)
            objects.append(f"obj/{stem}.o")
            header = {} if source in batches.OWN_HEADERS else extra
            self.edge("cxx", [objects[-1]], [source], order, flags=flags, **header)
        return objects


def make():
    for folder in ("unity", "obj", "gen"):
        os.makedirs(folder, exist_ok=True)
    p = Plan()
    fast, tool = f"-std=c++20 -O2 {NO_UNWIND}", f"-std=c++20 -O0 {NO_UNWIND}"
    generated = ["gen/torque-generated/factory.cc", "gen/builtins-generated/bytecodes-builtins-list.h"]

    # 1. What needs no generated file: also keeps the second core busy while torque is made and run.
    base = p.group("libbase", [*map(locate, p.sources("v8_libbase"))], fast)
    base += p.group("libm", [*map(locate, p.sources("libm"))], "-x c -O2 " + NO_UNWIND.replace("-fno-rtti", ""))
    absl = p.group("abseil", batches.ABSEIL, fast)
    other = p.group("other", batches.OTHER, fast)

    # 2. torque: V8's builtins and object layouts -> C++.
    torque = p.group("torque", [*map(locate, p.sources("torque_base", "torque"))], "-std=c++20 -O0 -fexceptions -frtti")
    p.edge("link", ["torque"], torque + base + absl)
    files = p.gn.vars["torque_files"]
    for folder in {os.path.dirname(f) for f in files}:
        os.makedirs("gen/torque-generated/" + folder, exist_ok=True)     # torque makes none
    p.edge("torque", ["gen/torque-generated/factory.cc"], ["torque"], files=" ".join(files))

    # 3. The list of bytecodes as an interpreter's builtins.
    lister = p.group("bytecodes", [*map(locate, p.sources("bytecode_builtins_list_generator"))], tool)
    p.edge("link", ["bytecodes"], lister + base + absl)
    p.edge("bytecodes", ["gen/builtins-generated/bytecodes-builtins-list.h"], ["bytecodes"])

    # 4. The engine.
    engine = base + absl + other
    for name, targets in batches.ENGINE:
        engine += p.group(name, [*map(locate, p.sources(*targets))], fast, generated)

    # 5. The generators of the builtins run once, here, and are not in the product: -O0.
    names = "v8_initializers", "torque_generated_initializers", "v8_init", "mksnapshot"
    makers = p.group("makers", [*map(locate, p.sources(*names))], tool, generated)
    p.edge("link", ["mksnapshot"], makers + engine)
    p.write("snapshot_flags", SNAPSHOT_FLAGS)
    p.edge("mksnapshot", ["gen/embedded.S", "gen/snapshot.cc"], ["mksnapshot"])

    # 6. The archive: the engine, its builtins and its snapshot.
    ends = p.group("snapshot", [*map(locate, p.sources("v8_snapshot"))], fast, generated)
    p.edge("ar", ["libv8.a"], sorted(engine + ends))
    with open("build.ninja", "w") as f:
        f.write("".join(p.out) + "default libv8.a\n")
    with open("defines", "w") as f:
        f.write("".join(f"-D{d}\n" for d in p.defines if d != "NDEBUG"))     # NDEBUG is the embedder's own decision
    with open("cflags", "w") as f:     # V8's classes carry no type information
        f.write("-std=c++20\n-fno-rtti\n")


# As in BUILD.gn's run_mksnapshot; the seed makes the snapshot the same each time.
SNAPSHOT_FLAGS = """--turbo_instruction_scheduling --stress-turbo-late-spilling --target_os=linux
    --target_arch=x64 --predictable --no-use-ic --turbo-elide-frames --embedded_variant Default
    --random-seed 314159265 --no-native-code-counters --concurrent-builtin-generation
    --concurrent-turbofan-max-threads=0""".replace("\n   ", "")

if __name__ == "__main__":
    make()

"""Which files are compiled together, and which must stay alone."""
import os

# Groups of the engine: (name, targets of BUILD.gn). One group's files share flags.
ENGINE = [
    ("compiler", ["v8_compiler"]),
    ("v8", ["v8_base_without_compiler", "torque_generated_definitions"]),
    ("heap", ["v8_heap_base", "cppgc_base"]),
    ("bigint", ["v8_bigint"]),
    ("platform", ["v8_libplatform"]),
]

# File-local names clash with a neighbour's.
ALONE = set("""
    v8/src/interpreter/interpreter-generator.cc v8/src/interpreter/interpreter-generator-tsa.cc
    v8/src/builtins/builtins-string-tsa.cc v8/src/builtins/builtins-number-tsa.cc
    v8/src/compiler/turboshaft/builtin-compiler.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-aix.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-generic.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-mac.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-win.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-zos.cc
    v8/src/codegen/code-stub-assembler.cc
    v8/src/heap/minor-mark-sweep.cc v8/src/regexp/experimental/experimental-compiler.cc
    v8/src/torque/cc-generator.cc
    v8/src/objects/js-temporal-objects.cc
    v8/src/runtime/runtime-test.cc v8/src/runtime/runtime-weak-refs.cc v8/src/runtime/runtime-wasm.cc
    v8/src/snapshot/read-only-deserializer.cc v8/src/wasm/wasm-external-refs.cc
    v8/src/heap/cppgc/marker.cc
    v8/src/base/sanitizer/lsan-virtual-address-space.cc
    v8/src/compiler/bytecode-graph-builder.cc v8/src/compiler/bytecode-analysis.cc
    v8/third_party/simdutf/simdutf.cpp
""".split())

# A name of the precompiled header clashes with theirs.
OWN_HEADERS = {"v8/src/objects/js-temporal-objects.cc"}

# What nearly every batch of a group includes, compiled once: reading it takes 8 of the 10 seconds
# that a batch needs before its own code begins.
HEADERS = {
    "v8": """
        src/api/api-inl.h src/ast/ast.h src/builtins/builtins-utils-inl.h src/codegen/compiler.h
        src/codegen/macro-assembler-inl.h src/debug/debug.h src/execution/frames-inl.h
        src/execution/isolate-inl.h src/heap/heap-inl.h src/interpreter/bytecodes.h src/logging/log.h
        src/objects/objects-inl.h src/runtime/runtime-utils.h src/snapshot/snapshot.h""",
    "compiler": """
        src/compiler/compiler-source-position-table.h src/compiler/graph-reducer.h
        src/compiler/js-graph.h src/compiler/js-heap-broker-inl.h src/compiler/js-operator.h
        src/compiler/linkage.h src/compiler/node-properties.h src/compiler/simplified-operator.h
        src/compiler/turboshaft/assembler.h src/compiler/turboshaft/copying-phase.h
        src/compiler/turboshaft/phase.h src/execution/isolate-inl.h src/objects/objects-inl.h""",
    "makers": """
        src/builtins/builtins-collections-gen.h src/builtins/builtins-constructor-gen.h
        src/builtins/builtins-iterator-gen.h src/builtins/builtins-promise-gen.h
        src/builtins/builtins-typed-array-gen.h src/builtins/builtins-utils-gen.h
        src/builtins/growable-fixed-array-gen.h src/codegen/code-stub-assembler-inl.h
        src/objects/objects-inl.h torque-generated/csa-types.h""",
}

# Bytes of source in a batch: the bigger, the fewer times the headers are read,
# but the worse two cores share the work and the more memory a compiler takes.
LIMIT = {"snapshot": 0, "makers": 400_000, "torque": 250_000}
DEFAULT_LIMIT = 500_000


def _absl(folder, names):
    return [f"v8/third_party/abseil-cpp/absl/{folder}/{n}.cc" for n in names.split()]


# The part of abseil that V8's hash maps, mutex and time need.
ABSEIL = [
    *_absl("base", "log_severity"),
    *_absl("base/internal", """cycleclock low_level_alloc raw_logging spinlock spinlock_wait sysinfo
        thread_identity throw_delegate tracing unscaledcycleclock"""),
    *_absl("container/internal", "hashtablez_sampler hashtablez_sampler_force_weak_definition raw_hash_set"),
    *_absl("debugging", "stacktrace"),
    *_absl("debugging/internal", "address_is_readable elf_mem_image vdso_support"),
    *_absl("hash/internal", "city hash low_level_hash"),
    *_absl("numeric", "int128"),
    *_absl("synchronization", "mutex"),
    *_absl("synchronization/internal", """create_thread_identity futex_waiter graphcycles kernel_timeout
        per_thread_sem pthread_waiter sem_waiter stdcpp_waiter waiter_base"""),
    *_absl("time", "clock duration"),
]

OTHER = [
    "v8/third_party/simdutf/simdutf.cpp",
]


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 20_000     # generated later: a guess


def split(group, sources):
    """Yields (stem, files) for the group, in the order of the sources."""
    limit, batch, filled, count = LIMIT.get(group, DEFAULT_LIMIT), [], 0, 0
    for source in sources:
        if source in ALONE or not source.endswith(".cc"):
            yield f"{group}-{os.path.basename(source).rsplit('.', 1)[0]}", [source]
            continue
        batch.append(source)
        filled += _size(source)
        if filled >= limit:
            yield f"{group}-{count:02}", batch
            batch, filled, count = [], 0, count + 1
    if batch:
        yield f"{group}-{count:02}", batch

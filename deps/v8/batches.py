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

# Compiled by themselves: file-local names or macros clash with a neighbour's.
ALONE = set("""
    v8/src/base/sanitizer/lsan-virtual-address-space.cc
    v8/src/builtins/builtins-number-tsa.cc v8/src/builtins/builtins-string-tsa.cc
    v8/src/codegen/code-stub-assembler.cc
    v8/src/compiler/bytecode-graph-builder.cc
    v8/src/compiler/turboshaft/builtin-compiler.cc
    v8/src/heap/cppgc/marker.cc v8/src/heap/minor-mark-sweep.cc
    v8/src/interpreter/interpreter-generator.cc v8/src/interpreter/interpreter-generator-tsa.cc
    v8/src/objects/js-temporal-objects.cc
    v8/src/regexp/experimental/experimental-compiler.cc
    v8/src/runtime/runtime-test.cc v8/src/runtime/runtime-wasm.cc v8/src/runtime/runtime-weak-refs.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-aix.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-generic.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-mac.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-win.cc
    v8/src/snapshot/embedded/platform-embedded-file-writer-zos.cc
    v8/src/torque/cc-generator.cc
    v8/src/wasm/wasm-external-refs.cc
    v8/third_party/simdutf/simdutf.cpp
""".split())

# Of the compiler, what only the making of builtins uses: with the generators, not in the product.
BUILD_TIME = set("""
    v8/src/compiler/turboshaft/csa-optimize-phase.cc
""".split())

# Weight of a batch, in bytes of source. Bigger batches read their neighbours'
# headers less often; smaller ones share the two cores and the memory better.
LIMIT = {"snapshot": 0, "torque": 250_000, "v8": 400_000, "compiler": 300_000}
DEFAULT_LIMIT = 500_000


def _weight(path):
    if "/turboshaft/" in path and "phase" in path:
        return 60_000       # a few lines, and a whole compiler in templates
    if "/maglev/" in path:
        return 2 * os.path.getsize(path)
    return os.path.getsize(path) if os.path.exists(path) else 20_000     # generated later: a guess


# Headers that are compiled once for a group; a third of the whole time is saved.
# They are no contract: a header that V8 removes is left out by plan.py's check.
PREFIX = {
    "compiler": """codegen/assembler-inl codegen/compiler codegen/optimized-compilation-info
        compiler/access-builder compiler/backend/code-generator compiler/backend/instruction-selector-impl
        compiler/compilation-dependencies compiler/compiler-source-position-table compiler/js-graph
        compiler/js-heap-broker-inl compiler/js-operator compiler/linkage compiler/node-matchers
        compiler/node-properties compiler/pipeline-data-inl compiler/simplified-operator
        compiler/turboshaft/assembler compiler/turboshaft/copying-phase compiler/turboshaft/phase
        compiler/turboshaft/required-optimization-reducer compiler/turboshaft/variable-reducer
        execution/frames-inl execution/isolate-inl heap/factory-inl objects/objects-inl""",
    "v8": """api/api-inl ast/ast builtins/builtins-utils-inl codegen/assembler-inl codegen/compiler
        codegen/macro-assembler-inl debug/debug deoptimizer/deoptimizer execution/arguments-inl
        execution/frames-inl execution/isolate-inl heap/factory-inl heap/heap-inl heap/mark-compact
        init/bootstrapper interpreter/bytecodes logging/counters logging/log
        logging/runtime-call-stats-scope numbers/conversions objects/elements objects/hash-table-inl
        objects/js-array-buffer-inl objects/js-array-inl objects/js-collection-inl objects/lookup-inl
        objects/objects-body-descriptors-inl objects/objects-inl objects/property-descriptor
        snapshot/snapshot tracing/trace-event utils/ostreams""",
    "makers": """builtins/torque-csa-header-includes codegen/code-stub-assembler-inl ast/ast
        builtins/builtins-array-gen builtins/builtins-collections-gen builtins/builtins-constructor-gen
        builtins/builtins-iterator-gen builtins/builtins-object-gen builtins/builtins-promise-gen
        builtins/builtins-proxy-gen builtins/builtins-regexp-gen builtins/builtins-string-gen
        builtins/builtins-typed-array-gen builtins/builtins-utils-gen heap/factory-inl objects/objects-inl
        interpreter/interpreter-assembler ic/accessor-assembler ic/binary-op-assembler""",
}


def prefix(group):
    """The headers of the group's precompiled prefix that this V8 has."""
    names = [f"src/{n}.h" for n in PREFIX.get(group, "").split()]
    return [n for n in names if os.path.exists("v8/" + n)]


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


def split(group, sources):
    """Yields (stem, files) for the group, in the order of the sources."""
    limit, batch, filled, count = LIMIT.get(group, DEFAULT_LIMIT), [], 0, 0
    for source in sources:
        if source in ALONE or limit == 0 or not source.endswith(".cc"):
            yield f"{group}-{os.path.basename(source).rsplit('.', 1)[0]}", [source]
            continue
        batch.append(source)
        filled += _weight(source)
        if filled >= limit:
            yield f"{group}-{count:02}", batch
            batch, filled, count = [], 0, count + 1
    if batch:
        yield f"{group}-{count:02}", batch

"""What is switched on and off in V8, in the words of V8's own BUILD.gn.

The values are what a GN build would be given as arguments; gn.py evaluates
BUILD.gn with them, so sources and macros follow, and combinations that V8
refuses fail by its own assertions. Everything not named here has the default
of BUILD.gn and gni/v8.gni (maglev, sparkplug, turbofan, short builtin calls,
leaptiering, 31-bit small integers with pointer compression: on).
"""

# One switch each; README.md says what else switching one on takes.
WEBASSEMBLY = False      # a third of the compile time, 4.7 MB of the binary
INTL = False             # needs ICU and its data

OURS = {
    "v8_enable_webassembly": WEBASSEMBLY,
    "v8_enable_i18n_support": INTL,
    # A heap of half the size and a faster start; one cage of 4 GB a process.
    "v8_enable_pointer_compression": True,
    "v8_enable_pointer_compression_shared_cage": True,
    "v8_enable_31bit_smis_on_64bit_arch": True,
    "v8_enable_sandbox": False,
    # Hash flooding (CVE-2026-21717): array-index strings are seeded too, and
    # the multipliers are secret instead of the ones in V8's source.
    "v8_enable_seeded_array_index_hash": True,
    "v8_use_default_hasher_secret": False,
    # Starting from the snapshot in the binary, uncompressed.
    "v8_use_external_startup_data": False,
    "v8_use_zlib": False,
    # Helps nobody here, and costs time or bytes.
    "v8_enable_disassembler": False,
    "v8_enable_gdbjit": False,
    "v8_enable_maglev_graph_printer": False,
    "v8_enable_fuzztest": False,
    "v8_wasm_random_fuzzers": False,
    "v8_win64_unwinding_info": False,
    "v8_deprecation_warnings": False,
    "v8_imminent_deprecation_warnings": False,
}

# What Chromium's //build files would have set for a Linux x64 release build.
_OFF = """build_with_chromium build_with_node build_with_v8_embedder clang_use_chrome_plugins
    dcheck_always_on icu_use_data_file is_android is_apple is_asan is_cfi is_chrome_for_testing
    is_chromeos is_component_build is_debug is_fuchsia is_ios is_mac is_msan is_tsan is_ubsan is_win
    use_clang_coverage use_lld using_sanitizer want_v8_shell"""
_ON = "is_clang is_linux is_official_build is_posix"
_CPU = "current_cpu host_cpu target_cpu v8_current_cpu v8_target_cpu"
_OS = "current_os host_os target_os"

PLATFORM = {
    **dict.fromkeys(_OFF.split(), False),
    **dict.fromkeys(_ON.split(), True),
    **dict.fromkeys(_CPU.split(), "x64"),
    **dict.fromkeys(_OS.split(), "linux"),
    "chrome_pgo_phase": 0, "host_byteorder": "little", "symbol_level": 0,
    "target_gen_dir": "gen", "root_out_dir": ".", "root_build_dir": ".",
    # One toolchain builds the generators and the product.
    "current_toolchain": "one", "host_toolchain": "one", "v8_generator_toolchain": "one",
    "v8_snapshot_toolchain": "one", "default_toolchain": "none",
    "configs": [],
}

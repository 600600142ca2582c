# How ./node, out/dev/node and the tests' programs are made. Run by the Makefile,
# one at a time in a clone, when the packages, V8 and libev are there.
include out/deps.mk
include out/layers.mk

out/layers.mk: amalgamate.py
	@python3 amalgamate.py --make >$@.part && mv $@.part $@

CXX := clang++-19
CC := clang-19
STEP := @deps/step
# Nothing of the machine, the folder or the day gets into the binary.
MACHINE := -march=x86-64-v2 -ffile-prefix-map='$(CURDIR)/'= -ffile-prefix-map=$(V8)/=v8/ -ffile-compilation-dir=.
PRODUCT := -O2 $(MACHINE) -fno-pie -ffunction-sections -fdata-sections -fvisibility=hidden \
  -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -gline-tables-only
WARN := -Wall -Wextra -Wshadow -Wno-missing-designated-field-initializers -Werror
EV := -include deps/libev/ev_settings.h -isystem out/libev
CPP := $(V8_CFLAGS) -fno-exceptions $(WARN) $(EV) -isystem $(V8)/include $(V8_DEFINES) -I. -Isrc
# Functions of the same code are one, also where their addresses are taken: nobody here compares those.
LINK := -static -fuse-ld=lld -Wl,--gc-sections -Wl,--icf=all -Wl,-z,norelro -Wl,-z,noseparate-code \
  -Wl,--build-id=sha1 -Wl,--fatal-warnings
# What a start runs lies side by side; made by deps/order.
ORDER := -Wl,--symbol-ordering-file=deps/startup-order -Wl,--no-warn-symbol-ordering
# The snapshot, and beside it the code of what is evaluated later.
embedded = -DSNAPSHOT_FILE='"$(1)"' -DCODE_FILE='"$(1).code"'
# What a build without a snapshot of its own links in place of one.
NO_SNAPSHOT := out/empty.o
LIBV8 := $(V8)/lib/libv8.a
# With the standard library of GCC 14 some of V8's atomics become calls.
# And libmd has SHA-256.
LIBS := -latomic -lmd

SOURCES := $(wildcard src/*.cc src/*.h)
LIBRARY := $(wildcard lib/*.js)
objects = $(patsubst %.cc,$(1)/%.o,$(filter %.cc,$(2)))
BELOW := $(SOURCES_0) $(SOURCES_1) $(SOURCES_2)
ABOVE := $(SOURCES_3) $(SOURCES_4)

.DELETE_ON_ERROR:
.PHONY: unit fuzz

node.cc node_js.h &: amalgamate.py $(SOURCES) $(LIBRARY)
	@python3 amalgamate.py && touch node.cc node_js.h

# --- ./node: one compilation unit, linked twice: first to make the snapshot, then with it ---
out/ev.o: deps/libev/ev_settings.h out/deps.mk deps/build.mk
	$(STEP) 1/6 "compiling libev" $(CC) $(PRODUCT) -w $(EV) -c out/libev/ev.c -o $@

out/node.o: node.cc node_js.h out/deps.mk deps/build.mk deps/libev/ev_settings.h
	$(STEP) 2/6 "compiling node.cc" $(CXX) $(PRODUCT) $(CPP) -c node.cc -o $@

$(NO_SNAPSHOT): src/snapshot.S NOTICES deps/build.mk
	@$(CC) $(MACHINE) -c $< -o $@

out/stage1: out/node.o out/ev.o $(NO_SNAPSHOT) $(LIBV8)
	$(STEP) 3/6 "linking, without a snapshot" $(CXX) $(LINK) $^ $(LIBS) -o $@

out/snapshot.bin: out/stage1
	$(STEP) 4/6 "making the startup snapshot" out/stage1 --build-snapshot $@.part
	@out/stage1 --build-code $@.part
	@mv $@.part.code $@.code && mv $@.part $@

out/snapshot.o: src/snapshot.S out/snapshot.bin NOTICES
	@$(CC) $(MACHINE) $(call embedded,out/snapshot.bin) -c $< -o $@

out/node.full: out/node.o out/ev.o out/snapshot.o $(LIBV8) deps/startup-order
	$(STEP) 5/6 "linking, with the snapshot" $(CXX) $(LINK) $(ORDER) $(filter-out deps/startup-order,$^) $(LIBS) -o $@
	@deps/check-static $@

# gdb and perf find it by the build id, which stays in ./node.
out/node.debug: out/node.full
	@llvm-objcopy-19 --only-keep-debug $< $@

node: out/node.full out/node.debug
	$(STEP) 6/6 "stripping" llvm-objcopy-19 --strip-all $< $@.part
	@mv $@.part $@
	@echo "[node] ./node: $$(stat -c %s node) bytes"

# --- out/dev/node: each file alone, so that none leans on what another includes ---
DEV := -O1 -g1 $(MACHINE) -fno-pie
DEV_LINK := -static -fuse-ld=lld -Wl,-O0 -Wl,--gc-sections
DEV_OBJECTS := $(call objects,out/dev,$(BELOW) $(ABOVE)) out/ev.o

out/dev/%.o: src/%.cc out/deps.mk deps/build.mk
	@mkdir -p out/dev
	$(STEP) dev $< $(CXX) $(DEV) $(CPP) -MMD -MP -c $< -o $@
out/dev/js_snapshot.o: node_js.h

out/dev/stage1: $(DEV_OBJECTS) $(NO_SNAPSHOT) $(LIBV8)
	@$(CXX) $(DEV_LINK) $^ $(LIBS) -o $@

out/dev/node: out/dev/stage1
	@out/dev/stage1 --build-snapshot out/dev/snapshot.bin
	@out/dev/stage1 --build-code out/dev/snapshot.bin
	@$(CC) $(MACHINE) $(call embedded,out/dev/snapshot.bin) -c src/snapshot.S -o out/dev/snapshot.o
	$(STEP) dev "linking out/dev/node" $(CXX) $(DEV_LINK) $(DEV_OBJECTS) out/dev/snapshot.o $(LIBV8) $(LIBS) -o $@.part
	@mv $@.part $@

# --- everything of ours under the address and undefined-behaviour sanitizers ---
# Classes of layer 3, which has no type information as V8 has none, derive from those below: no vptr check.
# The counters that libFuzzer wants are in all objects, so that unit tests and fuzz targets share them.
SANITIZE := -O1 -g -march=x86-64-v2 -fno-omit-frame-pointer -fno-sanitize-recover=all \
  -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr
SANITIZE_LINK := -fsanitize=address,undefined,integer -fuse-ld=lld
BELOW_OBJECTS := $(call objects,out/sanitize,$(BELOW)) out/sanitize/ev.o
ABOVE_OBJECTS := $(call objects,out/sanitize,$(ABOVE))
TESTS := $(patsubst test/unit/%.cc,out/unit/%.o,$(wildcard test/unit/*.cc))
FUZZERS := $(patsubst test/fuzz/%.cc,out/fuzz/%,$(wildcard test/fuzz/*_fuzz.cc))

out/sanitize/ev.o: deps/libev/ev_settings.h out/deps.mk deps/build.mk
	@mkdir -p $(@D)
	@$(CC) -O1 -g -w $(EV) -c out/libev/ev.c -o $@
# In the parsers no number wraps by accident either.
$(call objects,out/sanitize,$(SOURCES_0) $(SOURCES_1)): SANITIZE += -fsanitize=integer -fsanitize-ignorelist=test/fuzz/wraps.txt
$(call objects,out/sanitize,$(BELOW)): out/sanitize/%.o: src/%.cc deps/build.mk
	@mkdir -p $(@D)
	$(STEP) sanitize $< $(CXX) $(SANITIZE) -std=c++20 $(WARN) $(EV) -Isrc -MMD -MP -c $< -o $@
$(ABOVE_OBJECTS): out/sanitize/%.o: src/%.cc out/deps.mk deps/build.mk
	@mkdir -p $(@D)
	$(STEP) sanitize $< $(CXX) $(SANITIZE) $(CPP) -MMD -MP -c $< -o $@
out/sanitize/js_snapshot.o: node_js.h

out/unit/%.o: test/unit/%.cc deps/build.mk
	@mkdir -p $(@D)
	$(STEP) unit $< $(CXX) $(SANITIZE) -O0 -g1 -std=c++20 $(WARN) $(EV) -Isrc -Itest/unit -MMD -MP -c $< -o $@
out/unit/tests: $(TESTS) $(BELOW_OBJECTS)
	$(STEP) unit "linking out/unit/tests" $(CXX) $(SANITIZE_LINK) $^ -lgtest -lgtest_main -o $@
unit: out/unit/tests

# What threads share, under the thread sanitizer.
THREADED := thread_pool file_io loop blocks
THREADED_SOURCES := $(THREADED:%=out/threads/%.o) $(addprefix out/threads/,file_system.o file_system_names.o bytes.o utf8.o)
THREADED_TESTS := $(THREADED:%=out/threads/%_test.o)
THREADS := -fsanitize=thread -O1 -g -std=c++20
out/threads/ev.o: deps/libev/ev_settings.h out/deps.mk deps/build.mk
	@mkdir -p $(@D)
	@$(CC) -fsanitize=thread -O1 -g -w $(EV) -c out/libev/ev.c -o $@
$(THREADED_SOURCES): out/threads/%.o: src/%.cc deps/build.mk
	@mkdir -p $(@D)
	$(STEP) threads $< $(CXX) $(THREADS) $(WARN) $(EV) -Isrc -MMD -MP -c $< -o $@
$(THREADED_TESTS): out/threads/%.o: test/unit/%.cc deps/build.mk
	@mkdir -p $(@D)
	$(STEP) threads $< $(CXX) $(THREADS) $(WARN) $(EV) -Isrc -Itest/unit -MMD -MP -c $< -o $@
out/threads/tests: $(THREADED_TESTS) $(THREADED_SOURCES) out/threads/ev.o
	$(STEP) threads "linking out/threads/tests" $(CXX) -fsanitize=thread -fuse-ld=lld $^ -lgtest -lgtest_main -o $@

out/fuzz/%: test/fuzz/%.cc $(BELOW_OBJECTS) $(filter-out %_test.o,$(TESTS))
	@mkdir -p $(@D)
	$(STEP) fuzz $< $(CXX) $(SANITIZE) -fsanitize=fuzzer,integer -fsanitize-ignorelist=test/fuzz/wraps.txt -std=c++20 \
	  $(WARN) -Isrc -Itest/unit -fuse-ld=lld -MMD -MP -MF $@.d $(filter %.cc %.o,$^) -o $@
fuzz: $(FUZZERS)

# The whole program; V8 itself stays as it is. Linked dynamically: the sanitizers demand it.
out/sanitize/node: $(BELOW_OBJECTS) $(ABOVE_OBJECTS) src/snapshot.S NOTICES $(LIBV8)
	@$(CC) -c src/snapshot.S -o out/sanitize/empty.o
	@$(CXX) $(SANITIZE_LINK) -no-pie -Wl,--gc-sections $(filter %.o,$^) out/sanitize/empty.o $(LIBV8) $(LIBS) -o out/sanitize/stage1
	@out/sanitize/stage1 --build-snapshot out/sanitize/snapshot.bin
	@out/sanitize/stage1 --build-code out/sanitize/snapshot.bin
	@$(CC) $(call embedded,out/sanitize/snapshot.bin) -c src/snapshot.S -o out/sanitize/snapshot.o
	$(STEP) sanitize "linking out/sanitize/node" $(CXX) $(SANITIZE_LINK) -no-pie -Wl,--gc-sections $(filter %.o,$^) \
	  out/sanitize/snapshot.o $(LIBV8) $(LIBS) -o $@.part
	@mv $@.part $@

-include $(wildcard out/dev/*.d out/sanitize/*.d out/unit/*.d out/threads/*.d out/fuzz/*.d)

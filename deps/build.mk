# How ./node, out/dev/node and the unit tests are made. Run by the Makefile,
# when the packages, V8 and libev are there.
include out/deps.mk
include out/layers.mk

out/layers.mk: amalgamate.py
	@python3 amalgamate.py --make >$@.part && mv $@.part $@

CXX := clang++-19
CC := clang-19
MACHINE := -march=x86-64-v2 -ffile-prefix-map=$(CURDIR)/=
PRODUCT := -O2 $(MACHINE) -fno-pie -ffunction-sections -fdata-sections -fvisibility=hidden \
  -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -gline-tables-only
WARN := -Wall -Wextra -Wshadow -Werror
EV := -include deps/libev/ev_settings.h -isystem out/libev
CPP := -std=c++20 -fno-exceptions -fno-rtti $(WARN) $(EV) -isystem $(V8)/include $(V8_DEFINES) -I. -Isrc
LINK := -static -fuse-ld=lld -Wl,--gc-sections -Wl,--icf=safe -Wl,-z,norelro -Wl,-z,noseparate-code \
  -Wl,--build-id=sha1 -Wl,--fatal-warnings

SOURCES := $(wildcard src/*.cc src/*.h)
LIBRARY := $(wildcard lib/*.js)

.DELETE_ON_ERROR:
.PHONY: unit

node.cc node_js.h &: amalgamate.py $(SOURCES) $(LIBRARY)
	@python3 amalgamate.py && touch node.cc node_js.h

out/ev.o: deps/libev/ev_settings.h out/deps.mk
	@echo "[node] libev"
	@$(CC) $(PRODUCT) -w $(EV) -c out/libev/ev.c -o $@

out/node.o: node.cc out/deps.mk deps/build.mk deps/libev/ev_settings.h
	@echo "[node] compiling node.cc"
	@$(CXX) $(PRODUCT) $(CPP) -c node.cc -o $@

out/empty.o: src/snapshot.S NOTICES
	@$(CC) $(MACHINE) -c $< -o $@

out/stage1: out/node.o out/ev.o out/empty.o
	@$(CXX) $(LINK) $^ $(V8)/lib/libv8.a -o $@

out/snapshot.bin: out/stage1
	@echo "[node] the startup snapshot"
	@out/stage1 --build-snapshot $@.part && mv $@.part $@

out/snapshot.o: src/snapshot.S out/snapshot.bin NOTICES
	@$(CC) $(MACHINE) -DSNAPSHOT_FILE='"out/snapshot.bin"' -c $< -o $@

out/node.debug: out/node.o out/ev.o out/snapshot.o
	@echo "[node] linking"
	@$(CXX) $(LINK) $^ $(V8)/lib/libv8.a -o $@.part && mv $@.part $@

node: out/node.debug
	@llvm-objcopy-19 --strip-all $< $@.part && mv $@.part $@
	@echo "[node] ./node: $$(stat -c %s node) bytes"

# --- every file alone ---
out/dev/%.o: src/%.cc out/deps.mk deps/build.mk
	@mkdir -p out/dev
	@$(CXX) -O1 -g1 $(MACHINE) -fno-pie $(CPP) -MMD -MP -c $< -o $@

DEV := $(patsubst src/%.cc,out/dev/%.o,$(wildcard src/*.cc)) out/ev.o
out/dev/js_snapshot.o: node_js.h
out/dev/stage1: $(DEV) out/empty.o
	@$(CXX) -static -fuse-ld=lld -Wl,--gc-sections $^ $(V8)/lib/libv8.a -o $@
out/dev/node: out/dev/stage1 $(DEV)
	@out/dev/stage1 --build-snapshot out/dev/snapshot.bin
	@$(CC) $(MACHINE) -DSNAPSHOT_FILE='"out/dev/snapshot.bin"' -c src/snapshot.S -o out/dev/snapshot.o
	@$(CXX) -static -fuse-ld=lld -Wl,--gc-sections $(DEV) out/dev/snapshot.o $(V8)/lib/libv8.a -o $@.part && mv $@.part $@

# --- unit tests of the layers below V8, under the address and undefined-behaviour sanitizers ---
SANITIZE := -O1 -g $(MACHINE) -fsanitize=address,undefined -fno-sanitize-recover=all
BELOW := $(filter %.cc,$(SOURCES_0) $(SOURCES_1) $(SOURCES_2))
TESTS := $(wildcard test/unit/*.cc)
UNIT := $(patsubst src/%.cc,out/unit/src/%.o,$(addprefix src/,$(notdir $(BELOW)))) \
  $(patsubst test/unit/%.cc,out/unit/test/%.o,$(TESTS))

out/unit/src/%.o: src/%.cc deps/build.mk
	@mkdir -p $(@D)
	@$(CXX) $(SANITIZE) -std=c++20 $(WARN) $(EV) -Isrc -MMD -MP -c $< -o $@
out/unit/test/%.o: test/unit/%.cc deps/build.mk
	@mkdir -p $(@D)
	@$(CXX) $(SANITIZE) -std=c++20 $(WARN) $(EV) -Isrc -Itest/unit -MMD -MP -c $< -o $@
out/unit/ev.o: deps/libev/ev_settings.h out/deps.mk
	@mkdir -p $(@D)
	@$(CC) -O1 -g -w $(EV) -c out/libev/ev.c -o $@
out/unit/tests: $(UNIT) out/unit/ev.o
	@echo "[unit] linking the tests"
	@$(CXX) $(SANITIZE) -fuse-ld=lld $^ -lgtest -lgtest_main -o $@
unit: out/unit/tests

-include $(wildcard out/dev/*.d out/unit/src/*.d out/unit/test/*.d)

# The two commands of the README are `make serve` and `make test`; `make help` lists the rest.
MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
FUZZ_SECONDS ?= 60
# Makes files of deps/build.mk. Two builds at once in one clone wait for one another.
LOCK = mkdir -p out && { flock -n out/lock true || echo "[make] waiting for another build in this clone"; } && flock out/lock
BUILD = $(LOCK) env MAKEFLAGS= $(MAKE) -j $(JOBS) -f deps/build.mk
PREPARE = $(LOCK) deps/prepare
DOC = $(DESTDIR)$(PREFIX)/share/doc/node
MAN = $(DESTDIR)$(PREFIX)/share/man/man1
DEBUG = $(DESTDIR)$(PREFIX)/lib/debug/.build-id

.PHONY: all serve test unit dev test-dev sanitize fuzz mutate differential reproducible lint format bench install uninstall \
  amalgamate clean help setup setup-test
.DEFAULT_GOAL := all

all: setup ## builds ./node, and what it needs
	@$(PREPARE)
	@$(BUILD) node

serve: all ## builds, and starts the web server of the README
	@./node doc/examples/hello.js

test: setup-test ## builds, and runs every test
	@$(PREPARE)
	@$(BUILD) node unit fuzz
	@test/run

unit: setup-test ## runs the unit tests alone, under the sanitizers
	@$(PREPARE)
	@$(BUILD) unit
	@out/unit/tests --gtest_brief=1

dev: setup ## builds out/dev/node, each file alone: for daily work
	@$(PREPARE)
	@$(BUILD) out/dev/node

test-dev: dev ## runs the tests that drive the program with out/dev/node
	@NODE=$(CURDIR)/out/dev/node test/run test/js test/cli

sanitize: setup-test ## runs unit tests and the program's tests, all of ours under ASan and UBSan, and what threads share under TSan
	@$(PREPARE)
	@$(BUILD) unit out/threads/tests out/sanitize/node
	@NODE=$(CURDIR)/out/sanitize/node test/run out/unit/tests out/threads/tests test/js test/cli

fuzz: setup-test ## fuzzes the parsers, each for FUZZ_SECONDS (60)
	@$(PREPARE)
	@$(BUILD) fuzz
	@test/run --fuzz-seconds $(FUZZ_SECONDS) test/fuzz

mutate: setup-test ## breaks the parsers in each small way and tells which no test sees; an hour a core
	@test/mutate --jobs $(JOBS)

differential: setup-test ## compares the HTTP parsers with that of Node.js, which it fetches
	@test/differential

reproducible: all ## builds twice more, from two clones, and compares the bytes
	@test/reproducible

lint: setup-test ## runs clang-tidy over src/, where it has changed
	@$(PREPARE)
	@test/lint --all

format: setup-test ## formats src/ and test/ as .clang-format says
	@clang-format-19 -i $$(find src test bench -name '*.cc' -o -name '*.h')

bench: all ## compares the start with other runtimes; fetches these (300 MB)
	@bench/startup

amalgamate: ## writes node.cc and node_js.h
	@python3 amalgamate.py

install: ## installs into PREFIX (/usr/local), below DESTDIR; builds only when nothing is built
	@[ -x node ] && [ -f out/node.debug ] || $(MAKE) all
	install -D -m 755 node $(DESTDIR)$(PREFIX)/bin/node
	install -D -m 644 -t $(DOC) LICENSE NOTICES README.md doc/node.d.ts doc/performance.md doc/http.svg
	@sed -i 's|](doc/|](|g' $(DOC)/README.md
	install -D -m 644 -t $(DOC)/api doc/api/*.md
	install -D -m 644 -t $(DOC)/examples doc/examples/README.md
	install -D -m 755 -t $(DOC)/examples doc/examples/*.js
	install -D -m 644 -t $(DOC)/examples/plugins doc/examples/plugins/*.js
	install -D -m 644 doc/node.1 $(MAN)/node.1
	@id=$$(deps/build-id node) && install -D -m 644 out/node.debug $(DEBUG)/$$id.debug && \
	  echo "debug symbols: $(DEBUG)/$$id.debug"

uninstall: ## removes what install has put there
	@[ ! -x $(DESTDIR)$(PREFIX)/bin/node ] || rm -f $(DEBUG)/$$(deps/build-id $(DESTDIR)$(PREFIX)/bin/node).debug
	rm -f $(DESTDIR)$(PREFIX)/bin/node $(MAN)/node.1
	rm -rf $(DOC)
	@rmdir --ignore-fail-on-non-empty $(DEBUG)/?? $(DEBUG) 2>/dev/null || true

clean: ## removes what was built here; the cache of V8 stays
	@[ ! -d out ] || { $(LOCK) rm -rf node out; }
	rm -rf out node

setup:
	@deps/setup build

setup-test:
	@deps/setup build test
	@deps/unpack >/dev/null

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

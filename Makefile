# The two commands of the README are `make serve` and `make test`; `make help` lists the rest.
MAKEFLAGS += --no-print-directory
PREFIX ?= /usr/local
# Two builds at once in one clone wait for one another.
INNER = mkdir -p out && flock out/lock $(MAKE) -f deps/build.mk

.PHONY: all serve test dev test-dev bench install uninstall amalgamate clean help setup setup-test
.DEFAULT_GOAL := all

all: setup ## builds ./node, and what it needs
	@deps/prepare
	@$(INNER) node

serve: all ## builds, and starts the web server of the README
	@./node doc/examples/hello.js

test: setup-test ## builds, and runs every test
	@deps/prepare
	@$(INNER) -j$$(nproc) node unit
	@python3 test/run

dev: setup ## builds out/dev/node, each file alone: for daily work
	@deps/prepare
	@$(INNER) -j$$(nproc) out/dev/node

test-dev: dev ## runs the tests that drive the program with out/dev/node
	@NODE=$(CURDIR)/out/dev/node python3 test/run test/cli

bench: all ## compares the start with other runtimes; fetches these (300 MB)
	@bench/startup

amalgamate: ## writes node.cc and node_js.h
	@python3 amalgamate.py

install: all ## installs into PREFIX (default /usr/local), below DESTDIR
	install -D -m 755 node $(DESTDIR)$(PREFIX)/bin/node
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/node LICENSE NOTICES README.md

uninstall: ## removes what install has put there
	rm -f $(DESTDIR)$(PREFIX)/bin/node
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/node

clean: ## removes what was built here; the cache of V8 stays
	rm -rf out node

setup:
	@deps/setup build

setup-test:
	@deps/setup build test

help: ## lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

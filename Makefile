# Everything that is done with pop1081. "make help" lists it.

CARGO  ?= cargo
PREFIX ?= /usr/local
LISTEN ?= 127.0.0.1:1110
USERS  ?= Users
CRASH  ?=

BINARY = $(or $(CARGO_TARGET_DIR),target)/release/pop1081
BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man
SOURCES = Cargo.toml Cargo.lock $(shell find src -name '*.rs')

.PHONY: help build run demo test check interop crash install uninstall clean

help:           ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

build: $(BINARY) ## build the server: target/release/pop1081

$(BINARY): $(SOURCES)
	$(CARGO) build --release --locked
	@touch $@

run: $(BINARY)  ## serve the shipped Users on 127.0.0.1:1110 (LISTEN=, USERS=)
	@echo 'A user to try: mrose, password secret. Stop with Ctrl-C.'
	@$(BINARY) --users $(USERS) --listen $(LISTEN) --hostname dewey

demo:           ## play the memo's example session and compare it with the memo
	scripts/demo

test:           ## run the tests; needs nothing but Rust
	$(CARGO) test --locked

check: $(BINARY) ## formatting, lints, docs, the floors of the house, manual pages
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items
	scripts/check/floors --self-test
	scripts/check/floors
	scripts/check/sizes --self-test
	scripts/check/sizes
	scripts/check/manual $(BINARY)
	scripts/check/readme

interop: $(BINARY) ## fetch mail with real clients (installs them through apt)
	scripts/interop/run

crash: $(BINARY) ## kill, fail and cut power everywhere (CRASH=--quick for less)
	@command -v python3 >/dev/null || { apt-get update && apt-get install -y --no-install-recommends python3; }
	scripts/crash/run $(CRASH)

install: $(BINARY) ## copy binary and manual pages (PREFIX=/usr/local, DESTDIR=)
	install -d $(BINDIR) $(MANDIR)/man5 $(MANDIR)/man8
	install -m 755 $(BINARY) $(BINDIR)/pop1081
	install -m 644 man/pop1081.8 $(MANDIR)/man8/pop1081.8
	install -m 644 man/pop1081-users.5 $(MANDIR)/man5/pop1081-users.5

uninstall:      ## remove what install copied
	rm -f $(BINDIR)/pop1081
	rm -f $(MANDIR)/man8/pop1081.8 $(MANDIR)/man5/pop1081-users.5

clean:          ## remove what was built
	$(CARGO) clean

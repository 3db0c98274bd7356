# Everything that is done with pop1081. "make help" lists it.

CARGO  ?= cargo
PREFIX ?= /usr/local
LISTEN ?= 127.0.0.1:1110
USERS  ?= Users
CRASH  ?=
BENCH  ?=
FUZZ_SECONDS ?= 20
LOAD   ?=
STATIC ?=

# A statically linked server starts in 0.7 of the time, which counts under inetd. It is not the
# default: it needs libc.a, is 1.1 MB larger, and a newer libc reaches it only by building it again.
TARGET = $(or $(CARGO_TARGET_DIR),target)
BINARY = $(TARGET)/$(if $(STATIC),static/)release/pop1081
BENCHES = --manifest-path benches/Cargo.toml --target-dir $(TARGET)
SOURCES = Cargo.toml Cargo.lock $(shell find src -name '*.rs')

.PHONY: help build static run fresh demo lab lab-solution test check interop crash load fuzz bench bench-peers targets install uninstall deb clean

help:           ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

build: $(BINARY) ## build the server: target/release/pop1081

static:         ## build it as one file to hand out, for any Linux: target/static/release/pop1081
	@case $$($${RUSTC:-rustc} -vV) in \
		*linux-musl*) ;; \
		*linux-gnu*) ;; \
		*) echo 'make static: only Linux lets a program have the C library in it' >&2; exit 1 ;; \
	esac
	@$(MAKE) --no-print-directory build STATIC=yes
	@case $$($${RUSTC:-rustc} -vV) in \
		*linux-musl*) echo '$(TARGET)/static/release/pop1081 has musl in it and needs no other file' ;; \
		*) echo '$(TARGET)/static/release/pop1081 has glibc in it and needs no other file,'; \
		   echo 'but to look up the names of hosts, this same glibc; numeric addresses always work' ;; \
	esac

$(BINARY): $(SOURCES)
	$(CARGO) rustc --release --locked --bin pop1081 $(if $(STATIC),--target-dir $(TARGET)/static -- -C target-feature=+crt-static)
	@touch $@

run: $(BINARY)  ## serve the shipped Users on 127.0.0.1:1110 (LISTEN=, USERS=)
	@scripts/serve $(BINARY) '$(USERS)' '$(LISTEN)'

fresh: $(BINARY) ## give back the shipped mail, also beside make run
	@scripts/fresh $(BINARY)

demo:           ## play the memo's example session and compare it with the memo
	scripts/demo

lab: $(BINARY)  ## play the pages of the lab and of the teacher, and compare
	@for tool in python3 nc curl fetchmail mutt openssl stunnel script; do command -v $$tool >/dev/null || missing=yes; done; \
	if [ "$$missing" ]; then scripts/lib/apt install \
		python3 netcat-openbsd curl fetchmail mutt openssl stunnel4 bsdutils; fi
	scripts/lab/run --check --binary $(BINARY)

lab-solution:   ## write the answers and programs for the teacher: lab-solution/
	@mkdir -p lab-solution && cp scripts/lab/solution/*.py lab-solution/
	@sed 's|(../../../docs/|(../docs/|' scripts/lab/solution/answers.md > lab-solution/answers.md && ls lab-solution/*

# They wait more than they work, so that more of them than there are processors run at once.
test:           ## run the tests; needs nothing but Rust
	RUST_TEST_THREADS=$${RUST_TEST_THREADS:-8} $(CARGO) test --locked

check: $(BINARY) ## formatting, lints, docs, layers, manual pages
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) fmt --check --manifest-path benches/Cargo.toml
	$(CARGO) clippy --locked --all-targets $(BENCHES) -- -D warnings
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --locked --no-deps --document-private-items
	scripts/check/layers --self-test
	scripts/check/layers
	scripts/check/sizes --self-test
	scripts/check/sizes
	scripts/check/portable --self-test
	scripts/check/portable
	scripts/check/words --self-test
	scripts/check/words
	scripts/check/manual $(BINARY)
	scripts/check/completion $(BINARY)
	scripts/check/readme
	@$(MAKE) --no-print-directory lab

interop: $(BINARY) ## real clients, a day of a small site, other servers graded (through apt)
	CARGO='$(CARGO)' scripts/interop/all $(BINARY)

targets:        ## type-check for macOS and the BSDs (apt, root, a minute for each)
	scripts/check/targets

crash: $(BINARY) ## kill, fail and cut power everywhere (CRASH=--quick for less)
	@command -v python3 >/dev/null || scripts/lib/apt install python3
	scripts/crash/run $(CRASH)

load: $(BINARY) ## thousands of sessions, harmful clients, no resources (LOAD=--quick for less)
	@command -v python3 >/dev/null || scripts/lib/apt install python3
	scripts/load/run $(LOAD)

fuzz:           ## any octets everywhere, two minutes (FUZZ_SECONDS=20 for each target)
	FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/fuzz/run

bench:          ## measure parts of the server beside the limits of the machine
	$(CARGO) bench --locked $(BENCHES)

bench-peers:    ## measure beside Dovecot and popa3d (apt, root, 12 minutes; BENCH=--quick)
	@command -v python3 >/dev/null || scripts/lib/apt install python3
	scripts/bench-peers/run $(BENCH)

install: $(BINARY) ## copy binary, manual pages, units, examples (PREFIX=/usr/local, DESTDIR=, STATIC=)
	scripts/install copy $(BINARY) $(PREFIX) $(DESTDIR)

uninstall:      ## remove exactly what install copied
	scripts/install remove $(BINARY) $(PREFIX) $(DESTDIR)

deb: $(BINARY)  ## make a Debian package of the same: target/debian
	scripts/deb $(BINARY) $(TARGET)/debian

clean:          ## remove what was built
	$(CARGO) clean

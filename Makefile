# The few commands a person needs; everything else is CMake (see CMakePresets.json).
# PREFIX and DESTDIR serve `make install`; JOBS is the number of parallel compilers and tests.
# BENCH are options of `make bench`, as in: make bench BENCH="--quick --only ticks"
# PEERS are options of `make bench-peers`, as in: make bench-peers PEERS=--quick
# CONFIGS cuts `make test` down to some of its builds, as in: make test CONFIGS=release

PREFIX ?= /usr/local
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
CONFIGS ?= release asan tsan clang
PROGRAM = build/release/aeolian

.PHONY: help build run test test-gpu bench bench-gpu bench-peers install clean dependencies

help:
	@echo "make run          install what is missing, build, and start the server"
	@echo "make test         install what is missing, build, and run every test"
	@echo "make test-gpu     on this machine's GPU: its samples against the processor's"
	@echo "make bench-gpu    on this machine's GPU: latency, sessions, the ladder"
	@echo "make build        build the program: $(PROGRAM)"
	@echo "make bench        build, and print the speed of every scene and voice"
	@echo "make bench-peers  install SuperCollider, Csound, Faust, FluidSynth; compare with them"
	@echo "make install      install the program and the library under PREFIX ($(PREFIX))"
	@echo "make clean        remove everything that was built"

dependencies:
	@scripts/install-dependencies build run

# Configuring is quiet: the compiler's own lines are what one wants to see.
build: dependencies
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build build/release --parallel $(JOBS) --target engine aeolian

run: build
	@exec $(PROGRAM) serve

test:
	@JOBS=$(JOBS) scripts/run-tests $(CONFIGS)

# These two need only a C compiler, cmake, nvcc and the driver, and install nothing.
test-gpu:
	@JOBS=$(JOBS) scripts/gpu test

bench-gpu:
	@JOBS=$(JOBS) scripts/gpu bench

bench: build
	@cmake --build build/release --parallel $(JOBS) --target aeolian_bench
	@exec build/release/aeolian-bench $(BENCH)

# Debian's python3, which python3-numpy belongs to, even where another stands first on the PATH.
# A program that could not be installed is left out of the table, with a line.
bench-peers: build
	@scripts/install-dependencies peers || true
	@cmake --build build/release --parallel $(JOBS) --target aeolian_peers
	@exec /usr/bin/python3 profiling/peers/bench_peers.py $(PEERS)

install: build
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build tests/node_modules

# The commands a newcomer types. Each installs the packages that it needs (as root or through sudo;
# docs/platforms.md names the systems), then does its job. The work itself is in CMakePresets.json and scripts/.
MAKEFLAGS += --no-print-directory
CONFIGURE = cmake --log-level=NOTICE --preset

.PHONY: help run test bench check sanitize fuzz docs wheel format clean

help:
	@echo "make run       build and start the example server (HOST, PORT, WEBTOOL_CACHE, WEBTOOL_KEY_FILE)"
	@echo "make test      build and run every test"
	@echo "make check     check the format, the layers, the headers and the Python code"
	@echo "make sanitize  the tests again under AddressSanitizer, UBSan and ThreadSanitizer"
	@echo "make fuzz      each fuzz target for FUZZ_SECONDS (30)"
	@echo "make bench     measure, and write docs/benchmarks.md"
	@echo "make docs      the documentation site, in build/docs/site"
	@echo "make wheel     the Python package, in dist: the sdist and a wheel that needs no compiler"
	@echo "make format    put the C++ files in the project's format"

run:
	@scripts/install-dependencies build
	@$(CONFIGURE) release
	@cmake --build --preset release --target getting_started
	@exec build/release/examples/getting_started

test:
	@scripts/install-dependencies test
	@$(CONFIGURE) dev
	@cmake --build --preset dev
	@ctest --preset dev
	@scripts/test-python -q

bench:
	@scripts/install-dependencies bench
	@$(CONFIGURE) release
	@cmake --build --preset release --target benchmarks
	@scripts/bench build/release/benchmarks docs/benchmarks.md

check:
	@scripts/install-dependencies check
	@$(CONFIGURE) dev
	@scripts/check

sanitize:
	@scripts/install-dependencies sanitize
	@$(CONFIGURE) asan
	@cmake --build --preset asan
	@ctest --preset asan
	@$(CONFIGURE) tsan
	@cmake --build --preset tsan
	@ctest --preset tsan

fuzz:
	@scripts/install-dependencies sanitize
	@$(CONFIGURE) fuzz
	@cmake --build --preset fuzz
	@scripts/fuzz build/fuzz/fuzz

docs:
	@scripts/install-dependencies docs
	@scripts/build-docs

wheel:
	@scripts/install-dependencies wheel
	@scripts/make-wheel

format:
	@scripts/install-dependencies check
	@command -v clang-format-14 >/dev/null || { echo "make format needs clang-format-14, and it is not installed" >&2; exit 1; }
	@git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 -i

clean:
	@rm -rf build dist

# The commands of this project. Each sets up what it needs, then does it; scripts/ holds what they do.
.DEFAULT_GOAL := help
.PHONY: help demo test bench goodput soak coverage outcomes linux linux-scripts ledger mutants format tidy lint clean

help: ## what there is
	@echo "Handfast: a TCP you can put inside your program, replay exactly, and ask why it did that."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	  while IFS='|' read -r name what; do printf '%-21s %s\n' "$$name" "$$what"; done

demo: ## build the tool and watch a connection live and end
	@scripts/setup.sh build
	@scripts/build.sh release
	@build/release/tools/handfast/handfast demo

test: ## what every change has to pass: format, two compilers, sanitizers, lints, all tests
	@scripts/setup.sh build test
	@scripts/run_tests.sh

bench: ## measure
	@scripts/setup.sh build bench
	@scripts/build.sh bench
	@scripts/bench.sh

goodput: ## goodput over paths that lose, in virtual time and beside Linux, some 40 minutes; --quick: scripts/goodput.sh
	@scripts/setup.sh build bench
	@scripts/build.sh bench
	@scripts/goodput.sh

soak: ## the long campaigns, some 80 minutes: lossy 64 MiB with the kernel, 100,000 seeds, 10 minutes a fuzz target
	@scripts/setup.sh build test
	@scripts/build.sh dev
	@scripts/build.sh asan
	@scripts/soak.sh

coverage: ## run the tests instrumented and print the lines they reach, folder by folder
	@scripts/setup.sh build test
	@scripts/build.sh coverage
	@scripts/coverage.py

outcomes: ## write tests/matrix/outcomes anew from what the stack does, where the textbook has nothing against it
	@scripts/setup.sh build test
	@scripts/build.sh dev
	@HANDFAST_WRITE_OUTCOMES=1 build/dev/tests/matrix_test --gtest_brief=1 --gtest_filter='*Grid*'

linux: ## put every case of tests/matrix/outcomes to the kernel; make test puts a part of them
	@scripts/setup.sh build test
	@scripts/build.sh dev
	@ctest --preset dev -C soak -R linux-matrix-all --verbose

linux-scripts: ## put the scripts of tests/scripts to the kernel, as root: PACKETDRILL=/path/to/packetdrill
	@[ -n "$(PACKETDRILL)" ] || { echo "make linux-scripts: say where packetdrill is: PACKETDRILL=/path/to/packetdrill" >&2; exit 2; }
	@scripts/linux_scripts.py "$(PACKETDRILL)"

ledger: ## write docs/rfc/ledger.md anew from the ids that sources and tests cite
	@scripts/ledger.py

mutants: ## break each requirement in turn and see its tests notice; longer than make test, so apart from it
	@scripts/setup.sh build test
	@scripts/mutants.py --jobs "$$(nproc)"

format: ## rewrite the sources as .clang-format has them
	@scripts/setup.sh test
	@scripts/format.sh --fix

tidy: ## clang-tidy over sources and tests; longer than make test, so apart from it
	@scripts/setup.sh build test
	@scripts/build.sh tidy --configure-only
	@scripts/tidy.py --build build/tidy --tests

lint: ## the lints alone, with the tests that show that they can fail
	@scripts/lint.sh

clean: ## remove build/
	@rm -rf build

#!/usr/bin/env bash
# Usage: scripts/run_tests.sh
# All that `make test` asks. A stage that fails does not hide the ones after it, unless they need what it makes.
# The last line counts tests and the checks around them: "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p build

stages=6
number=0
check_passed=0
failed=()

# stage TITLE COMMAND...: runs one stage and remembers how it went.
stage() {
  local title=$1 begun=$SECONDS
  shift
  number=$((number + 1))
  echo "[$number/$stages] $title"
  if "$@"; then
    check_passed=$((check_passed + 1))
    echo "      done in $((SECONDS - begun)) s"
  else
    failed+=("$title")
    echo "      FAILED after $((SECONDS - begun)) s"
    return 1
  fi
}

skip_stage() {
  number=$((number + 1))
  echo "[$number/$stages] $1: not run, its build failed"
  failed+=("$1 (not run)")
}

# Failures in full, a line now and then for the rest, and ctest's totals.
ctest_lines() {
  awk '/^ *Start +[0-9]+: / { next }
       / Test +#[0-9]+: .* Passed / { if (++passed % 200 == 0) { print "      " passed " passed so far"; fflush() } next }
       { print; fflush() }'
}

run_ctest() {
  local preset=$1
  rm -f "build/$preset/junit.xml"
  ctest --preset "$preset" -j "$(nproc)" --output-junit "$PWD/build/$preset/junit.xml" 2>&1 | ctest_lines
}

# One seed, one run, whatever compiled it: the trace hashes of both builds agree line by line.
same_hashes() {
  local preset
  for preset in dev asan; do
    "build/$preset/tools/handfast/handfast" sim --seeds 1..60 --hash >"build/$preset/hashes.out" || return 1
    grep -E '^[0-9]+ [0-9a-f]{16}$' "build/$preset/hashes.out" >"build/$preset/hashes.txt" || return 1
  done
  diff build/dev/hashes.txt build/asan/hashes.txt
}

stage "format (clang-format 19)" scripts/format.sh
dev_built=yes
asan_built=yes
stage "build with GCC, invariants checked" scripts/build.sh dev || dev_built=no
stage "build with Clang, sanitizers and fuzz targets" scripts/build.sh asan || asan_built=no
if [ $asan_built = yes ]; then
  stage "tests under the sanitizers" run_ctest asan
else
  skip_stage "tests under the sanitizers"
fi
if [ $dev_built = yes ]; then
  stage "tests" run_ctest dev
else
  skip_stage "tests"
fi

if [ $dev_built$asan_built = yesyes ]; then
  stage "the same trace hashes from GCC and Clang" same_hashes
else
  skip_stage "the same trace hashes from GCC and Clang"
fi

results=()
for preset in asan dev; do
  if [ -f "build/$preset/junit.xml" ]; then results+=("$preset=build/$preset/junit.xml"); fi
done
echo
for stage in "${failed[@]}"; do echo "FAILED: $stage"; done
scripts/check_skips.py --allowed tests/allowed_skips.txt --checks-passed "$check_passed" \
  --checks-failed "${#failed[@]}" "${results[@]}"

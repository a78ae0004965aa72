#!/usr/bin/env bash
# Usage: scripts/lint.sh
# Every lint on this checkout, and the tests that show that each lint can fail. All run, even after one has failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
status=0
mkdir -p build
for lint in check_layers lint_determinism check_sizes check_repo; do
  python3 "scripts/$lint.py" --root . || status=1
done
for list in ledger mutants; do
  python3 "scripts/$list.py" --check >"build/$list.txt" || { cat "build/$list.txt" && status=1; }
done
python3 -m unittest discover --quiet -s scripts/tests -t scripts || status=1
exit $status

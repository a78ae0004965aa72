#!/usr/bin/env bash
# Usage: scripts/goodput.sh [--quick] [options of bench/goodput.py]
# The goodput of bulk transfers over paths that lose: all cells in virtual time, then a third of them with Linux as the
# sender over the same paths in real time. The second part needs root for its network namespaces, which go with it. Some
# 40 minutes; --quick: some 5.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
handfast=build/release/tools/handfast/handfast
for program in "$handfast" build/release/bench/goodput_path; do
  [ -x "$program" ] || { echo "goodput: $program is not built: scripts/build.sh bench" >&2; exit 1; }
done
if [ "${1:-}" = --quick ]; then
  "$handfast" goodput --cells snapshot
else
  "$handfast" goodput
fi
echo
exec python3 -B bench/goodput.py "$@"

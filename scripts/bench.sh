#!/usr/bin/env bash
# Usage: scripts/bench.sh [benchmark options...]
# Runs every program below build/release/bench whose name ends in _bench, one after the other, on a quiet machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t programs < <(find build/release/bench -type f -executable -name '*_bench' 2>/dev/null | sort)
[ ${#programs[@]} -gt 0 ] || { echo "bench: build/release/bench holds no *_bench program" >&2; exit 1; }
number=0
for program in "${programs[@]}"; do
  number=$((number + 1))
  echo "[$number/${#programs[@]}] $(basename "$program")"
  "$program" "$@"
done

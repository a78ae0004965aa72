#!/usr/bin/env bash
# Usage: scripts/bench.sh [benchmark options...]
# Without options: Handfast beside the kernel's loopback in one table (bench/summary.py). With options: runs every program
# below build/release/bench whose name ends in _bench with them, one after the other. On a quiet machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t programs < <(find build/release/bench -type f -executable -name '*_bench' 2>/dev/null | sort)
[ ${#programs[@]} -gt 0 ] || { echo "bench: build/release/bench holds no *_bench program" >&2; exit 1; }
[ $# -gt 0 ] || exec python3 bench/summary.py
number=0
for program in "${programs[@]}"; do
  number=$((number + 1))
  echo "[$number/${#programs[@]}] $(basename "$program")"
  "$program" "$@"
done

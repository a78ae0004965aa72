#!/usr/bin/env bash
# Usage: scripts/soak.sh          (SOAK_SECONDS: how long for each fuzz target, 600 unless told)
# The long campaigns: 64 MiB through lossy links with the kernel, 100,000 seeds, and every fuzz target of the asan build
# looking for new inputs. What they find stays in build/soak/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${SOAK_SECONDS:-600}
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
mkdir -p build/soak

echo "[1/3] the kernel as the peer, 64 MiB through lossy links"
ctest --preset dev -C soak -L soak --output-on-failure

first=$((RANDOM * 32768 + RANDOM + 1000000))
echo "[2/3] seeds $first to $((first + 99999))"
build/dev/tools/handfast/handfast sim --seeds "$first..$((first + 99999))" -j "$(nproc)" --out build/soak

mapfile -t targets < <(find build/asan/fuzz -maxdepth 1 -type f -executable | sort)
[ ${#targets[@]} -gt 0 ] || { echo "soak: build/asan/fuzz holds no fuzz target" >&2; exit 1; }
number=0
for target in "${targets[@]}"; do
  name=$(basename "$target" _fuzz)
  number=$((number + 1))
  echo "[3/3] fuzz target $number of ${#targets[@]}: $name for $seconds s"
  mkdir -p "build/soak/$name"
  seeds=()
  [ -d "fuzz/corpus/$name" ] && seeds=("fuzz/corpus/$name")
  "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/soak/$name-" "build/soak/$name" "${seeds[@]}" 2>"build/soak/$name.log" ||
    { tail -n 60 "build/soak/$name.log"; echo "soak: $name failed; its input is build/soak/$name-*" >&2; exit 1; }
  grep -E '^stat::(number_of_executed_units|average_exec_per_sec)' "build/soak/$name.log" | sed 's/^stat::/  /'
done

#!/usr/bin/env bash
# Usage: scripts/format.sh [--fix]
# Compares every source with what clang-format-19 would write; --fix writes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# An unpacked archive has no git to ask.
sources() {
  git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' 2>/dev/null ||
    find . -path ./build -prune -o -type f \( -name '*.h' -o -name '*.cc' \) -print
}
mapfile -t files < <(sources | while read -r file; do [ -f "$file" ] && echo "$file"; done)
[ ${#files[@]} -gt 0 ] || { echo "format: found no source" >&2; exit 1; }
if [ "${1:-}" = --fix ]; then
  exec clang-format-19 -i "${files[@]}"
fi
if ! clang-format-19 --dry-run --Werror --ferror-limit=1 "${files[@]}"; then
  echo "format: run 'make format'" >&2
  exit 1
fi

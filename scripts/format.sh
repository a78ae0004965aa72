#!/usr/bin/env bash
# Usage: scripts/format.sh [--fix]
# Compares every source with what clang-format-19 would write; --fix writes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard -- '*.h' '*.cc' |
  while read -r file; do [ -f "$file" ] && echo "$file"; done)
[ ${#files[@]} -gt 0 ] || exit 0
if [ "${1:-}" = --fix ]; then
  exec clang-format-19 -i "${files[@]}"
fi
if ! clang-format-19 --dry-run --Werror --ferror-limit=1 "${files[@]}"; then
  echo "format: run 'make format'" >&2
  exit 1
fi

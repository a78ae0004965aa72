#!/usr/bin/env bash
# Usage: scripts/build.sh PRESET [--configure-only]
# Configures and builds one preset in build/. Quiet: now and then a line of progress, and every error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
directory=build/$preset
[ "$preset" = bench ] && directory=build/release
mkdir -p "$directory"

# ccache, where there is one, also serves checkouts in other folders: paths below the root are made relative.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  # Without this it takes no source that reads precompiled headers. No source of ours says when it was compiled.
  # Clang writes the place of a precompiled header into it, so what it compiled with one serves its own checkout only.
  export CCACHE_SLOPPINESS=pch_defines,time_macros
fi

if ! cmake --preset "$preset" >"$directory/configure.log" 2>&1; then
  cat "$directory/configure.log" >&2
  exit 1
fi
[ "${2:-}" = --configure-only ] && exit 0

if [ -t 1 ]; then
  exec cmake --build --preset "$preset" -j "$(nproc)"
fi
NINJA_STATUS='[%f/%t] ' cmake --build --preset "$preset" -j "$(nproc)" 2>&1 |
  awk '/^\[[0-9]+\/[0-9]+\] / && !/FAILED/ { if (++steps % 25 == 0) { print "  " $0; fflush() } next } { print; fflush() }'

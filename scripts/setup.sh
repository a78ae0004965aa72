#!/usr/bin/env bash
# Usage: scripts/setup.sh GROUP...      (build, test, bench)
# Installs the Debian packages that the groups name and this machine lacks. Silent where nothing is missing.
set -euo pipefail

group_packages() {
  case "$1" in
    build) echo "make g++ cmake ninja-build ccache libcli11-dev libfmt-dev nlohmann-json3-dev" ;;
    test) echo "clang-19 clang-format-19 clang-tidy-19 lld-19 llvm-19 libclang-rt-19-dev libgtest-dev libgmock-dev" \
      "git curl nginx-light iperf3 tcpdump tshark iproute2 ethtool python3" ;;
    bench) echo "libbenchmark-dev iproute2 python3" ;;
    *) fail "no such group: $1 (there are build, test and bench)" ;;
  esac
}

fail() {
  echo "setup: $*" >&2
  exit 1
}

# Prints those of the given packages that are not installed, each once.
missing_of() {
  local package
  local -A seen=()
  for package in "$@"; do
    [ -z "${seen[$package]:-}" ] || continue
    seen[$package]=1
    # shellcheck disable=SC2016
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# A package may start its service when it is installed (nginx does). While this file answers 101, none is started.
# A file that is already there belongs to somebody else and stays as it is; below, what started anyway is stopped.
policy=/usr/sbin/policy-rc.d
forbid_services() {
  [ ! -e "$policy" ] || return 0
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
}

# A server that came with this installation is for the tests, which start their own: not at boot, not now.
retire_service() {
  local service=$1
  if [ -d /run/systemd/system ]; then
    systemctl disable --now "$service" >/dev/null 2>&1 || true
  elif [ -x "/etc/init.d/$service" ]; then
    "/etc/init.d/$service" stop >/dev/null 2>&1 || true
    update-rc.d "$service" disable >/dev/null 2>&1 || true
  fi
}

quietly() {
  local log
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

# Runs as root.
install_packages() {
  export DEBIAN_FRONTEND=noninteractive
  local servers=() server
  for server in nginx iperf3; do [ -e "/etc/init.d/$server" ] || servers+=("$server"); done
  forbid_services
  echo "wireshark-common wireshark-common/install-setuid boolean false" | debconf-set-selections 2>/dev/null || true
  # A list that cannot be fetched matters only if a package then is missing.
  quietly apt-get -qq -o DPkg::Lock::Timeout=300 update || echo "setup: apt-get update failed; trying on" >&2
  quietly apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" ||
    fail "apt-get could not install: $*"
  for server in "${servers[@]}"; do retire_service "$server"; done
}

main() {
  [ $# -gt 0 ] || fail "name at least one group: build, test or bench"
  local packages=() group missing
  for group in "$@"; do
    # shellcheck disable=SC2207
    packages+=($(group_packages "$group"))
  done
  # An exit inside $( ) above ends that subshell alone.
  [ ${#packages[@]} -gt 0 ] || exit 1

  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    [ "${HANDFAST_SKIP_SETUP:-}" = 1 ] && return 0
    fail "this system has no apt. Install what these Debian packages hold, then run again with HANDFAST_SKIP_SETUP=1:
  ${packages[*]}"
  fi
  mapfile -t missing < <(missing_of "${packages[@]}")
  [ ${#missing[@]} -gt 0 ] || return 0

  echo "setup: installing ${missing[*]}"
  if [ "$(id -u)" -eq 0 ]; then
    install_packages "${missing[@]}"
  elif command -v sudo >/dev/null; then
    sudo "$BASH" "$0" --install "${missing[@]}"
  else
    fail "not root and no sudo here. As root, run: apt-get install ${missing[*]}"
  fi
  mapfile -t missing < <(missing_of "${packages[@]}")
  [ ${#missing[@]} -eq 0 ] || fail "still missing after the installation: ${missing[*]}"
}

if [ "${1:-}" = --install ]; then
  shift
  install_packages "$@"
else
  main "$@"
fi

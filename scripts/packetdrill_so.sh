#!/usr/bin/env bash
# Runs packetdrill scripts against this stack by an unmodified packetdrill, which loads libhandfast_packetdrill.so.
#
#   scripts/packetdrill_so.sh PATH_TO_PACKETDRILL FOLDER_OR_SCRIPT...
#
# For whoever has the tool; it is not part of this project, which has an interpreter of its own. Each script runs in a
# network namespace of its own, so that the commands in it change the sysctls of nobody else: that needs root. Set
# HANDFAST_SO where the shared object is not in build/dev.
set -u
cd "$(dirname "$0")/.."

if [ $# -lt 2 ]; then
  sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,4p >&2
  exit 2
fi
tool=$(realpath "$1")
shift
so=$(realpath "${HANDFAST_SO:-build/dev/tools/packetdrill_so/libhandfast_packetdrill.so}") || exit 2
[ -x "$tool" ] || { echo "packetdrill_so.sh: $tool is no program" >&2; exit 2; }
[ -e "$so" ] || { echo "packetdrill_so.sh: build handfast_packetdrill first" >&2; exit 2; }

# The commands of scripts expect a device of that name; packets never reach it.
in_namespace='ip link set lo up; ip tuntap add dev tun0 mode tun; exec "$@"'

# Words that scripts expect to be given, as the run_all.py of packetdrill does for IPv4.
words=(-D TFO_COOKIE=3021b9d889017eeb -D CODE=host_unreachable -D CMSG_LEVEL_IP=SOL_IP -D CMSG_TYPE_RECVERR=IP_RECVERR)

# Where a machine has another default its namespaces may not be given cubic, which the commands of scripts ask for.
cubic=net.ipv4.tcp_congestion_control=cubic

run() {
  local script=$1 own=() local_ip
  # What a script says of its addresses reaches the tool alone; where it says nothing, the tool draws one.
  local_ip=$(sed -n 's/^--local_ip=\([0-9.]*\).*/\1/p' "$script" | head -n 1)
  [ -n "$local_ip" ] || { local_ip=192.168.0.1; own=(--local_ip="$local_ip"); }
  (cd "$(dirname "$script")" &&
    timeout 60 unshare --net bash -c "$in_namespace" bash env LD_PRELOAD="$so" \
      "$tool" --so_filename="$so" --so_flags="local=$local_ip/16,$cubic" "${words[@]}" "${own[@]}" \
      "$(basename "$script")" 2>&1)
}

passed=0
failed=0
while IFS= read -r script; do
  if said=$(run "$script"); then
    passed=$((passed + 1))
    echo "pass $script"
  else
    failed=$((failed + 1))
    echo "FAIL $script"
    printf '%s\n' "$said" | head -n 5 | sed 's/^/     /'
  fi
done < <(find "$@" -name '*.pkt' | sort)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

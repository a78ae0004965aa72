#include "packetdrill_so/sysctls.h"

#include <fstream>
#include <string>

namespace handfast::packetdrill_so {

namespace {

// Those that scripts change. What has no counterpart stays as the profile has it.
constexpr const char* kNames[] = {
    "tcp_rmem",
    "tcp_wmem",
    "tcp_timestamps",
    "tcp_window_scaling",
    "tcp_sack",
    "tcp_ecn",
    "tcp_syncookies",
    "tcp_mtu_probing",
    "tcp_syn_retries",
    "tcp_synack_retries",
    "tcp_notsent_lowat",
    "tcp_min_tso_segs",
    "tcp_fastopen",
    "tcp_fastopen_key",
    "tcp_fin_timeout",
    "tcp_keepalive_time",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_max_syn_backlog",
    "tcp_congestion_control",
    "ip_default_ttl",
    "tcp_slow_start_after_idle",
};

}  // namespace

void take_system_sysctls(bool started, script::Profile& profile) {
  for (const char* name : kNames) {
    std::ifstream file(std::string("/proc/sys/net/ipv4/") + name);
    std::string value;
    if (!std::getline(file, value) || value.empty()) continue;
    script::Profile changed = profile;
    if (!script::apply({std::string("net.ipv4.") + name, value}, started, changed)) profile = changed;
  }
}

}  // namespace handfast::packetdrill_so

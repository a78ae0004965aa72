#include "script/linux_profile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <vector>

namespace handfast::script {

namespace {

using Complaint = std::optional<std::string>;

std::optional<std::uint64_t> number_of(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : 10;
  if (base == 16) text.remove_prefix(2);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<std::uint64_t> numbers_of(std::string_view text) {
  std::vector<std::uint64_t> numbers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    if (const auto number = number_of(text.substr(0, end)); number && end > 0) numbers.push_back(*number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return numbers;
}

bool set_sizes(std::string_view text, std::array<std::uint32_t, 3>& sizes) {
  const std::vector<std::uint64_t> numbers = numbers_of(text);
  if (numbers.size() != sizes.size()) return false;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    sizes[i] = static_cast<std::uint32_t>(std::min<std::uint64_t>(numbers[i], 1u << 30));
  return true;
}

// "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4": four words of 32 bits, each as a number.
std::optional<SecretKey> key_of(std::string_view text) {
  SecretKey key{};
  for (std::size_t word = 0; word < 4; ++word) {
    const std::size_t length = std::min<std::size_t>(text.find('-'), text.size());
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + length, number, 16);
    if (length != 8 || error != std::errc() || end != text.data() + length) return std::nullopt;
    for (std::size_t byte = 0; byte < 4; ++byte) key[4 * word + byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return text.empty() ? std::optional(key) : std::nullopt;
}

struct Target {
  Profile& profile;
  TcpConfig& tcp;
  std::uint64_t number;
  bool started;
};

struct Sysctl {
  std::string_view name;
  /// False: the value has no counterpart here.
  bool (*set)(Target& target);
};

bool set_flag(bool& flag, std::uint64_t value) {
  flag = value != 0;
  return value <= 1;
}

bool is_up_to(std::uint64_t most, std::uint64_t number) { return number > 0 && number <= most; }

bool set_ecn(Target& target) {
  constexpr Ecn kForms[] = {Ecn::kOff, Ecn::kOffer, Ecn::kAccept, Ecn::kAccurate};
  if (target.number >= std::size(kForms)) return false;
  target.tcp.ecn = kForms[target.number];
  return true;
}

bool set_syn_cookies(Target& target) {
  constexpr SynCookies kForms[] = {SynCookies::kOff, SynCookies::kOnOverflow, SynCookies::kAlways};
  if (target.started || target.number >= std::size(kForms)) return false;
  target.profile.config.syn_cookies = kForms[target.number];
  return true;
}

bool set_mtu_probing(Target& target) {
  constexpr PathMtuProbing kForms[] = {PathMtuProbing::kOff, PathMtuProbing::kOnBlackHole, PathMtuProbing::kAlways};
  if (target.number >= std::size(kForms)) return false;
  target.tcp.path_mtu_probing = kForms[target.number];
  return true;
}

// Those that are numbers. The names are without "net.ipv4.".
constexpr auto kSysctls = std::to_array<Sysctl>({
    {"tcp_timestamps", [](Target& t) { return t.tcp.timestamps = t.number != 0, t.number <= 2; }},
    {"tcp_window_scaling", [](Target& t) { return set_flag(t.tcp.window_scale, t.number); }},
    {"tcp_sack", [](Target& t) { return set_flag(t.tcp.sack, t.number); }},
    {"tcp_ecn", set_ecn},
    {"tcp_syncookies", set_syn_cookies},
    {"tcp_mtu_probing", set_mtu_probing},
    {"tcp_syn_retries",
     [](Target& t) {
       return t.profile.settings.tcp_syn_retries = static_cast<std::uint8_t>(t.number), t.number <= posix::kMostProbes;
     }},
    {"tcp_synack_retries",
     [](Target& t) { return t.tcp.syn_ack_retries = static_cast<std::uint8_t>(t.number), t.number <= 20; }},
    {"tcp_slow_start_after_idle", [](Target& t) { return set_flag(t.tcp.restart_after_idle, t.number); }},
    {"tcp_min_tso_segs",
     [](Target& t) {
       return t.tcp.burst_segments = static_cast<std::uint8_t>(t.number), t.number > 0 && t.number < 256;
     }},
    {"tcp_notsent_lowat",
     [](Target& t) {
       t.profile.settings.tcp_notsent_lowat = static_cast<std::uint32_t>(t.number);
       return t.number <= 0xFFFFFFFF;
     }},
    {"tcp_fastopen",
     [](Target& t) { return t.profile.settings.tcp_fastopen = static_cast<std::uint32_t>(t.number), true; }},
    {"tcp_fin_timeout",
     [](Target& t) {
       t.profile.settings.tcp_fin_timeout = static_cast<std::uint16_t>(t.number);
       t.tcp.fin_wait_2 = std::chrono::seconds(t.number);
       return t.number > 0 && t.number <= 3600;
     }},
    {"tcp_keepalive_time",
     [](Target& t) {
       return t.profile.settings.tcp_keepalive_time = static_cast<std::uint16_t>(t.number),
              is_up_to(posix::kLongestKeepAlive, t.number);
     }},
    {"tcp_keepalive_intvl",
     [](Target& t) {
       return t.profile.settings.tcp_keepalive_intvl = static_cast<std::uint16_t>(t.number),
              is_up_to(posix::kLongestKeepAlive, t.number);
     }},
    {"tcp_keepalive_probes",
     [](Target& t) {
       return t.profile.settings.tcp_keepalive_probes = static_cast<std::uint8_t>(t.number),
              is_up_to(posix::kMostProbes, t.number);
     }},
    {"tcp_max_syn_backlog",
     [](Target& t) { return t.profile.settings.tcp_max_syn_backlog = static_cast<std::uint32_t>(t.number), true; }},
    {"ip_default_ttl",
     [](Target& t) {
       t.profile.settings.ip_default_ttl = static_cast<std::uint8_t>(t.number);
       t.profile.config.ttl = static_cast<std::uint8_t>(t.number);
       return !t.started && t.number > 0 && t.number < 256;
     }},
});

// What this stack always or never does: the value that says so is taken, any other has no counterpart. `any`: how
// text is cut into packets for the device, or how long a fast open black hole is remembered, which no script can see
// where segments are joined as it asks and every Host is new.
struct Fixed {
  std::string_view name;
  std::uint64_t value;
  bool any = false;
};
constexpr auto kFixed = std::to_array<Fixed>({
    {"tcp_frto", 2},
    {"tcp_dsack", 1},
    {"tcp_fack", 0},
    {"tcp_reordering", 3},
    {"tcp_early_retrans", 4, true},
    {"tcp_recovery", 1},
    {"tcp_rfc1337", 1},
    {"tcp_no_metrics_save", 1, true},
    {"tcp_tso_win_divisor", 3, true},
    {"tcp_ecn_option", 2},
    {"tcp_pacing_ss_ratio", 200, true},
    {"tcp_pacing_ca_ratio", 120, true},
    {"tcp_autocorking", 0},
    {"tcp_fastopen_blackhole_timeout_sec", 0, true},
    {"tcp_moderate_rcvbuf", 1},
});

Complaint set_number(std::string_view name, std::string_view value, bool started, Profile& profile) {
  const auto number = number_of(value);
  if (!number) return "sysctl " + std::string(name) + ": a number is expected, not " + std::string(value);
  Target target{.profile = profile, .tcp = profile.settings.tcp, .number = *number, .started = started};
  for (const Sysctl& sysctl : kSysctls) {
    if (sysctl.name != name) continue;
    if (sysctl.set(target)) return std::nullopt;
    return "sysctl " + std::string(name) + " = " + std::string(value) + " has no counterpart here";
  }
  for (const Fixed& fixed : kFixed) {
    if (fixed.name != name) continue;
    if (fixed.any || fixed.value == *number) return std::nullopt;
    return "sysctl " + std::string(name) + ": this stack has " + std::to_string(fixed.value) + " only";
  }
  return "sysctl " + std::string(name) + " has no counterpart here";
}

// What no kernel has a sysctl for: whether a script is judged by what Linux does or by what the RFCs say.
Complaint set_habits(const Setting& setting, Profile& profile) {
  const auto number = number_of(setting.value);
  if (!number || *number > 1) return setting.name + ": 0 or 1 is expected, not " + setting.value;
  profile.settings.tcp.linux_habits = *number == 1 ? linux_habits() : LinuxHabits{};
  return std::nullopt;
}

}  // namespace

Profile linux_profile() {
  Profile profile;
  TcpConfig& tcp = profile.settings.tcp;
  tcp.min_rto = 200ms;
  tcp.rto_margin = 200ms;
  tcp.slow_start_segments = 0;
  tcp.conservative_rounds = 0;
  tcp.nagle_minshall = true;
  tcp.require_timestamps = false;
  tcp.burst_segments = 2;
  tcp.max_rto = 120s;
  tcp.delayed_ack = 40ms;
  tcp.quick_acks = 16;
  tcp.msl = 30s;
  tcp.r2 = 924s;
  tcp.receive_buffer = 270'000;
  tcp.receive_buffer_max = 15u << 20;
  tcp.restart_after_idle = false;
  tcp.push_bursts = true;
  tcp.fast_open_experimental = true;
  tcp.failure_keeps_text = true;
  tcp.ecn = Ecn::kOff;
  tcp.path_mtu_probing = PathMtuProbing::kOff;
  tcp.linux_habits = linux_habits();
  posix::LinuxSettings& settings = profile.settings;
  settings.tcp_rmem = {4096, 540'000, 15u << 20};
  settings.tcp_wmem = {4096, 256 * 1024, 4u << 20};
  settings.tcp_syn_retries = 5;
  settings.tcp_fastopen = 0x70403;
  profile.fast_open_key = key_of("a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4");
  profile.config.fast_open_refusal = Duration::zero();
  return profile;
}

Result<std::unique_ptr<Host>> make_host(const Profile& profile, Random& random, trace::Sink* sink) {
  Secrets secrets;
  for (SecretKey* key : {&secrets.initial_sequence, &secrets.timestamp_offset, &secrets.port_choice,
                         &secrets.hash_table, &secrets.flow_label, &secrets.syn_cookie, &secrets.fast_open}) {
    random.fill(std::as_writable_bytes(std::span(*key)));
  }
  if (profile.fast_open_key) secrets.fast_open = *profile.fast_open_key;
  Config config = profile.config;
  config.tcp = profile.settings.tcp;
  return Host::create(config, random, sink, &secrets);
}

Complaint apply(const Setting& setting, bool started, Profile& profile) {
  if (setting.name == "handfast.linux_habits") return set_habits(setting, profile);
  constexpr std::string_view kFamily = "net.ipv4.";
  std::string_view name = setting.name;
  if (!name.starts_with(kFamily)) return "sysctl " + setting.name + " has no counterpart here";
  name.remove_prefix(kFamily.size());
  const auto sized = [&](std::array<std::uint32_t, 3>& sizes) -> Complaint {
    if (set_sizes(setting.value, sizes)) return std::nullopt;
    return "sysctl " + setting.name + ": three numbers are expected, not " + setting.value;
  };
  if (name == "tcp_rmem") return sized(profile.settings.tcp_rmem);
  if (name == "tcp_wmem") return sized(profile.settings.tcp_wmem);
  if (name == "tcp_congestion_control") {
    const auto algorithm = congestion_control_named(setting.value == "reno" ? "newreno" : setting.value);
    if (!algorithm) return "congestion control " + setting.value + " is not one of this stack";
    profile.settings.tcp.congestion_control = *algorithm;
    return std::nullopt;
  }
  if (name == "tcp_fastopen_key") {
    profile.fast_open_key = key_of(setting.value);
    if (started || !profile.fast_open_key) return "sysctl " + setting.name + " = " + setting.value + " is not taken";
    return std::nullopt;
  }
  return set_number(name, setting.value, started, profile);
}

}  // namespace handfast::script

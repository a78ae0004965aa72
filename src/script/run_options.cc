#include "script/run_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "host/keys.h"
#include "posix/address.h"
#include "posix/linux_numbers.h"
#include "tcp/fast_open.h"

namespace handfast::script {

namespace {

// What packetdrill has where a script says nothing.
Addresses default_addresses(IpForm form) {
  if (form == IpForm::kV6) {
    return {.host = *Prefix::parse("fd3d:a0b:17d6::1/48"),
            .gateway = *IpAddress::parse("fd3d:a0b:17d6:8888::1"),
            .peer = *IpAddress::parse("fd3d:fa7b:d17d::1"),
            .mtu = 1520};
  }
  return {.host = *Prefix::parse("192.168.0.1/16"),
          .gateway = *IpAddress::parse("192.168.0.2"),
          .peer = *IpAddress::parse("192.0.2.1"),
          .mtu = 1500};
}

std::optional<std::uint32_t> number_in(const std::string& text, std::uint32_t most) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > most) return std::nullopt;
  return number;
}

std::optional<IpForm> form_named(const std::string& name) {
  if (name == "ipv4") return IpForm::kV4;
  if (name == "ipv6") return IpForm::kV6;
  if (name == "ipv4-mapped-ipv6") return IpForm::kMapped;
  return std::nullopt;
}

struct Setter {
  std::string_view name;
  bool (*set)(Plan& plan, const std::string& value);
};

bool set_port(std::uint16_t& port, const std::string& value) {
  const auto number = number_in(value, 0xFFFF);
  port = static_cast<std::uint16_t>(number.value_or(0));
  return number && *number > 0;
}

bool set_address(const Plan& plan, const std::string& value, IpAddress& address) {
  // A prefix length may follow, which only a real interface needs.
  const auto parsed = IpAddress::parse(value.substr(0, value.find('/')));
  if (!parsed || parsed->is_v6() != (plan.form == IpForm::kV6)) return false;
  address = *parsed;
  return true;
}

constexpr auto kSetters = std::to_array<Setter>({
    {"tolerance_usecs",
     [](Plan& plan, const std::string& value) {
       const auto number = number_in(value, 10'000'000);
       plan.tolerance = std::chrono::microseconds(number.value_or(0));
       return number.has_value();
     }},
    {"tcp_ts_tick_usecs",
     [](Plan& plan, const std::string& value) {
       const auto number = number_in(value, 1'000'000);
       plan.timestamp_tick_us = number.value_or(0);
       return number.has_value();
     }},
    {"tcp_ts_ecr_scaled", [](Plan& plan, const std::string&) { return plan.scale_echoes = true; }},
    {"strict_segments", [](Plan& plan, const std::string&) { return plan.strict_segments = true; }},
    {"mtu",
     [](Plan& plan, const std::string& value) {
       const auto number = number_in(value, 65535);
       plan.addresses.mtu = static_cast<std::uint16_t>(number.value_or(0));
       return number.value_or(0) >= 68;
     }},
    {"bind_port", [](Plan& plan, const std::string& value) { return set_port(plan.host_port, value); }},
    {"connect_port", [](Plan& plan, const std::string& value) { return set_port(plan.peer_port, value); }},
    {"local_ip",
     [](Plan& plan, const std::string& value) { return set_address(plan, value, plan.addresses.host.address); }},
    {"remote_ip", [](Plan& plan, const std::string& value) { return set_address(plan, value, plan.addresses.peer); }},
    {"gateway_ip",
     [](Plan& plan, const std::string& value) { return set_address(plan, value, plan.addresses.gateway); }},
    // What only the real tool needs, or what the parser has used already.
    {"netmask_ip", [](Plan&, const std::string&) { return true; }},
    {"define", [](Plan&, const std::string&) { return true; }},
    {"speed", [](Plan&, const std::string&) { return true; }},
    {"verbose", [](Plan&, const std::string&) { return true; }},
    {"debug", [](Plan&, const std::string&) { return true; }},
    {"dry_run", [](Plan&, const std::string&) { return true; }},
    {"non_fatal", [](Plan&, const std::string&) { return true; }},
    {"ip_version", [](Plan&, const std::string&) { return true; }},
});

}  // namespace

std::expected<Plan, Trouble> plan_of(const Script& script, const RunOptions& options) {
  Plan plan{.form = options.form};
  // The version first, wherever it stands: addresses depend on it.
  for (const ScriptOption& option : script.options) {
    if (option.name != "ip_version") continue;
    const auto form = form_named(option.value);
    if (!form) {
      return std::unexpected(Trouble{.at = option.at, .what = "--ip_version is ipv4, ipv6 or ipv4-mapped-ipv6"});
    }
    plan.form = *form;
  }
  plan.addresses = default_addresses(plan.form);
  for (const ScriptOption& option : script.options) {
    const auto setter = std::ranges::find(kSetters, option.name, &Setter::name);
    if (setter == kSetters.end()) {
      return std::unexpected(
          Trouble{.at = option.at, .what = "the option --" + option.name + " is not known", .unsupported = true});
    }
    if (!setter->set(plan, option.value)) {
      return std::unexpected(
          Trouble{.at = option.at, .what = "--" + option.name + " does not take \"" + option.value + '"'});
    }
  }
  return plan;
}

Definitions default_definitions(IpForm form) {
  const Addresses addresses = default_addresses(form);
  const FourTuple tuple{.host = {.address = addresses.host.address}, .peer = {.address = addresses.peer}};
  const auto cookie = [&tuple](const SecretKey& key) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : tcp::fast_open_cookie(host::key_from(key), tuple, Instant{}).bytes()) {
      text += kDigits[std::to_integer<unsigned>(byte) >> 4];
      text += kDigits[std::to_integer<unsigned>(byte) & 0xF];
    }
    return text;
  };
  const bool v4 = form == IpForm::kV4;
  return {{"TFO_COOKIE", cookie(linux_profile().fast_open_key.value_or(SecretKey{}))},
          {"TFO_COOKIE_ZERO", cookie(SecretKey{})},
          {"CODE", form == IpForm::kV6 ? "address_unreachable" : "host_unreachable"},
          {"CMSG_LEVEL_IP", v4 ? "SOL_IP" : "SOL_IPV6"},
          {"CMSG_TYPE_RECVERR", v4 ? "IP_RECVERR" : "IPV6_RECVERR"}};
}

Ellipses ellipses_of(const Plan& plan) {
  const bool v6_socket = plan.form != IpForm::kV4;
  Ellipses ellipses;
  ellipses.family = v6_socket ? posix::kAfInet6 : posix::kAfInet;
  const IpAddress any = IpAddress::any(v6_socket ? IpVersion::kV6 : IpVersion::kV4);
  const IpAddress peer = plan.form == IpForm::kMapped ? posix::mapped(plan.addresses.peer) : plan.addresses.peer;
  ellipses.bound = {.family = ellipses.family, .endpoint = {.address = any, .port = plan.host_port}};
  ellipses.peer = {.family = ellipses.family, .endpoint = {.address = peer, .port = plan.peer_port}};
  return ellipses;
}

}  // namespace handfast::script

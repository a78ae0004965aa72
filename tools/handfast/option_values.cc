#include "handfast/option_values.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace handfast::tool {

namespace {

std::unexpected<std::string> wrong(std::string text) { return std::unexpected(std::move(text)); }

// All of `text` as a whole number.
std::optional<std::uint64_t> whole(std::string_view text, int base = 10) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "12.5" as 12.5 * 10^digits, exactly; nothing where it has more digits than that, or is no number.
std::optional<std::uint64_t> fixed_point(std::string_view text, unsigned digits) {
  const std::size_t dot = text.find('.');
  std::string_view fraction = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
  const std::optional<std::uint64_t> integer = whole(text.substr(0, dot));
  if (!integer || *integer > 1'000'000'000 || fraction.size() > digits) return std::nullopt;
  if (dot != std::string_view::npos && !whole(fraction)) return std::nullopt;
  std::uint64_t value = *integer;
  for (unsigned i = 0; i < digits; ++i) {
    value = value * 10 + (i < fraction.size() ? static_cast<std::uint64_t>(fraction[i] - '0') : 0);
  }
  return value;
}

std::optional<std::uint32_t> millionths(std::string_view percent) {
  const std::optional<std::uint64_t> value = fixed_point(percent, 4);
  if (!value || *value > 1'000'000) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

bool ends_with(std::string_view& text, std::string_view unit) {
  if (!text.ends_with(unit)) return false;
  text.remove_suffix(unit.size());
  return true;
}

}  // namespace

Parsed<IpAddress> parse_address(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::parse(text);
  if (!address) {
    return wrong(
        fmt::format("\"{}\" is not an IP address; names are not looked up here: give one such as 10.0.0.1", text));
  }
  return *address;
}

Parsed<Prefix> parse_host_prefix(std::string_view text) {
  const std::optional<Prefix> prefix = Prefix::parse(text);
  if (!prefix)
    return wrong(fmt::format("\"{}\" is not an address with its network's length, such as 10.0.0.2/24", text));
  const IpAddress& address = prefix->address;
  if (address.is_unspecified() || address.is_multicast() || address.is_loopback() || address.is_limited_broadcast() ||
      address.is_v4_mapped()) {
    return wrong(fmt::format("{} cannot be the address of a host on a network", address.to_string()));
  }
  // Of IPv4 the first and the last (RFC 3021), of IPv6 the first: the routers' anycast address (RFC 4291 §2.6.1).
  const bool has_names = prefix->length < (address.is_v4() ? 31 : 127);
  if (has_names && (address == prefix->broadcast() || address == address.masked(prefix->length))) {
    return wrong(fmt::format("{} names the whole network {}, not a host in it", address.to_string(), text));
  }
  return *prefix;
}

Parsed<MacAddress> parse_mac(std::string_view text) {
  const std::optional<MacAddress> mac = MacAddress::parse(text);
  if (!mac) return wrong(fmt::format("\"{}\" is not a MAC address such as 02:00:00:00:00:01", text));
  if (mac->is_multicast()) return wrong(fmt::format("{} is a group address; the first byte must be even", text));
  if (*mac == MacAddress{}) return wrong("a MAC address of zeros belongs to nobody");
  return *mac;
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
  const std::optional<std::uint64_t> number = whole(text);
  if (!number || *number == 0 || *number > 65535) {
    return wrong(fmt::format("\"{}\" is not a port: a number from 1 to 65535", text));
  }
  return static_cast<std::uint16_t>(*number);
}

Parsed<std::uint16_t> parse_mtu(std::string_view text) {
  const std::optional<std::uint64_t> number = whole(text);
  if (!number || *number < 68 || *number > 65535) {
    return wrong(fmt::format("\"{}\" is not an MTU: a number from 68 to 65535 (RFC 791 §3.2)", text));
  }
  return static_cast<std::uint16_t>(*number);
}

Parsed<Shares> parse_percent(std::string_view text) {
  const std::size_t comma = text.find(',');
  const std::optional<std::uint32_t> in = millionths(text.substr(0, comma));
  const std::optional<std::uint32_t> out = comma == std::string_view::npos ? in : millionths(text.substr(comma + 1));
  if (!in || !out) {
    return wrong(fmt::format(
        "\"{}\" is not a percentage: a number from 0 to 100 with at most 4 decimals, or two of them as IN,OUT", text));
  }
  return Shares{*in, *out};
}

Parsed<Duration> parse_span(std::string_view text) {
  std::string_view number = text;
  const bool milliseconds = ends_with(number, "ms");
  if (!milliseconds) ends_with(number, "s");
  const std::optional<std::uint64_t> value = fixed_point(number, milliseconds ? 6 : 9);
  const Duration span = Duration(static_cast<Duration::rep>(value.value_or(0)));
  if (!value || span <= Duration::zero() || span > std::chrono::hours(24)) {
    return wrong(fmt::format("\"{}\" is not a span of time such as 1.5 (seconds) or 200ms; at most a day", text));
  }
  return span;
}

Parsed<Duration> parse_timeout(std::string_view text) {
  const Parsed<Duration> span = parse_span(text);
  if (span && *span < std::chrono::seconds(1)) {
    return wrong(fmt::format("\"{}\" is too short a time to wait for a peer: at least 1 second", text));
  }
  return span;
}

Parsed<std::uint32_t> parse_size(std::string_view text) {
  std::string_view number = text;
  std::uint64_t unit = 1;
  if (ends_with(number, "K")) unit = 1024;
  if (unit == 1 && ends_with(number, "M")) unit = 1024 * 1024;
  const std::optional<std::uint64_t> value = whole(number);
  if (!value || *value == 0 || *value > std::numeric_limits<std::uint32_t>::max() / unit) {
    return wrong(fmt::format("\"{}\" is not a size such as 65536, 256K or 4M", text));
  }
  return static_cast<std::uint32_t>(*value * unit);
}

Parsed<std::uint64_t> parse_seed(std::string_view text) {
  const std::optional<std::uint64_t> value = text.starts_with("0x") ? whole(text.substr(2), 16) : whole(text);
  if (!value) return wrong(fmt::format("\"{}\" is not a seed: a 64-bit number, decimal or 0x", text));
  return *value;
}

Parsed<CongestionControl> parse_congestion(std::string_view text) {
  const std::optional<CongestionControl> algorithm = congestion_control_named(text);
  if (!algorithm) {
    return wrong(fmt::format("\"{}\" is not a congestion control: one of cubic, newreno, bbr, none", text));
  }
  return *algorithm;
}

Parsed<Ecn> parse_ecn(std::string_view text) {
  const std::optional<Ecn> setting = ecn_named(text);
  if (!setting) return wrong(fmt::format("\"{}\" is no setting of ECN: one of off, accept, offer, accurate", text));
  return *setting;
}

}  // namespace handfast::tool

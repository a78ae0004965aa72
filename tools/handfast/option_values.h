#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "handfast/address.h"
#include "handfast/config.h"
#include "handfast/time.h"

namespace handfast::tool {

/// A value of the command line, or a sentence that says what is wrong with it.
template <typename T>
using Parsed = std::expected<T, std::string>;

/// A share in millionths for each direction.
struct Shares {
  std::uint32_t in = 0;
  std::uint32_t out = 0;
};

/// "10.0.0.2/24", "fd00::2/64": an address that a host can have, and the length of its network.
Parsed<Prefix> parse_host_prefix(std::string_view text);
/// "10.0.0.2", "fd00::2".
Parsed<IpAddress> parse_address(std::string_view text);
/// "02:00:00:00:00:01": the address of one station.
Parsed<MacAddress> parse_mac(std::string_view text);
/// 1 to 65535.
Parsed<std::uint16_t> parse_port(std::string_view text);
/// 68 to 65535 (RFC 791 §3.2).
Parsed<std::uint16_t> parse_mtu(std::string_view text);
/// "2", "0.5" or "2,0": percent of both directions, or of arriving and of leaving frames; down to a ten-thousandth.
Parsed<Shares> parse_percent(std::string_view text);
/// "1.5", "200ms", "2s": a span of more than nothing and at most a day; without a unit in seconds.
Parsed<Duration> parse_span(std::string_view text);
/// The same for how long a silent peer is waited for: at least a second, below which nobody can tell it from a slow
/// one.
Parsed<Duration> parse_timeout(std::string_view text);
/// "65536", "256K", "4M": bytes.
Parsed<std::uint32_t> parse_size(std::string_view text);
/// Any 64-bit number, decimal or 0x.
Parsed<std::uint64_t> parse_seed(std::string_view text);

/// "cubic", "newreno", "bbr" or "none".
Parsed<CongestionControl> parse_congestion(std::string_view text);
/// "off", "accept", "offer" or "accurate".
Parsed<Ecn> parse_ecn(std::string_view text);

}  // namespace handfast::tool

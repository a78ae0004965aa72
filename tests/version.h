#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "handfast/address.h"

// Most of what is tested with segments is the same over both versions of IP. A program that speaks through this says it
// all over IPv4, and, where the environment holds HANDFAST_TEST_IP=6, all over IPv6; CTest runs it both ways.

namespace handfast {

inline IpVersion version_under_test() {
  const char* wanted = std::getenv("HANDFAST_TEST_IP");
  return wanted != nullptr && std::string_view(wanted) == "6" ? IpVersion::kV6 : IpVersion::kV4;
}

/// How much longer its headers are than those of IPv4.
inline std::uint32_t beyond_ipv4() { return version_under_test() == IpVersion::kV6 ? 20 : 0; }

/// Host number `host` of the documentation's network: 192.0.2.0/24 or 2001:db8::/64.
inline Prefix address_under_test(std::uint8_t host) {
  if (version_under_test() == IpVersion::kV4) return {IpAddress::v4(192, 0, 2, host), 24};
  const std::uint8_t bytes[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host};
  return {IpAddress::v6(bytes), 64};
}

/// Somebody beyond it: the address of this number, or 2001:db8:1:: and the number.
inline IpAddress stranger_under_test(std::uint32_t number) {
  if (version_under_test() == IpVersion::kV4) return IpAddress::v4(number);
  std::uint8_t bytes[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 1};
  for (std::size_t i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
  return IpAddress::v6(bytes);
}

}  // namespace handfast

#include "posix/address.h"

#include <algorithm>
#include <array>

namespace handfast::posix {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

IpAddress unmapped(const IpAddress& address) {
  const auto bytes = address.bytes();
  if (!address.is_v4_mapped()) return {};
  return IpAddress::v4(bytes[12], bytes[13], bytes[14], bytes[15]);
}

IpAddress mapped(const IpAddress& address) {
  if (!address.is_v4()) return address;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin() + kMappedPrefix.size());
  return IpAddress::v6(bytes);
}

Endpoint host_endpoint(const SocketAddress& address) {
  const IpAddress v4 = unmapped(address.endpoint.address);
  return {v4.is_none() ? address.endpoint.address : v4, address.endpoint.port};
}

SocketAddress socket_address(int family, const Endpoint& endpoint) {
  const bool v6 = family == kAfInet6;
  IpAddress address = endpoint.address;
  if (address.is_none()) address = IpAddress::any(v6 ? IpVersion::kV6 : IpVersion::kV4);
  return {family, {v6 ? mapped(address) : address, endpoint.port}};
}

}  // namespace handfast::posix

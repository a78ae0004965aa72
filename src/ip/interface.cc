#include "ip/interface.h"

#include <algorithm>

#include "ip/input.h"

namespace handfast::ip {

namespace {

constexpr std::uint16_t kLeastMtu = 68;        // RFC 791 §3.2
constexpr std::uint16_t kLeastIpv6Mtu = 1280;  // RFC 8200 §5

bool is_usable_address(const Prefix& own) {
  return own.address.is_v6() ? is_ipv6_host(own.address) && own.length <= 128 : own.address.is_v4() && own.length <= 32;
}

}  // namespace

bool is_usable(const InterfaceConfig& config) {
  const bool has_ipv6 = std::any_of(config.addresses.begin(), config.addresses.end(),
                                    [](const Prefix& own) { return own.address.is_v6(); });
  if (config.mtu < (has_ipv6 ? kLeastIpv6Mtu : kLeastMtu) || config.addresses.empty()) return false;
  if (!std::all_of(config.addresses.begin(), config.addresses.end(), is_usable_address)) return false;
  if (config.gateway && !config.gateway->is_v4()) return false;
  if (config.ipv6_gateway && !is_ipv6_host(*config.ipv6_gateway)) return false;
  return config.link != LinkKind::kEthernet || (config.mac != MacAddress{} && !config.mac.is_multicast());
}

Interface::Interface(const InterfaceConfig& config, InterfaceId number, const NeighborLimits& limits)
    : id(number),
      name(config.name),
      link(config.link),
      mtu(config.mtu),
      mac(config.mac),
      addresses(config.addresses),
      gateway(config.gateway),
      ipv6_gateway(config.ipv6_gateway),
      super_segment(config.super_segment),
      checksum_offload(config.checksum_offload),
      neighbors(limits) {}

bool Interface::owns(const IpAddress& address) const {
  return std::any_of(addresses.begin(), addresses.end(), [&](const Prefix& own) { return own.address == address; });
}

bool Interface::is_broadcast(const IpAddress& address) const {
  if (address.is_limited_broadcast()) return true;
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Prefix& own) { return !own.broadcast().is_none() && own.broadcast() == address; });
}

const Prefix* Interface::network_of(const IpAddress& address) const {
  const Prefix* narrowest = nullptr;
  for (const Prefix& own : addresses) {
    if (own.contains(address) && (narrowest == nullptr || own.length > narrowest->length)) narrowest = &own;
  }
  return narrowest;
}

}  // namespace handfast::ip

#include "ip/interface.h"

#include <algorithm>

namespace handfast::ip {

Interface::Interface(const InterfaceConfig& config, InterfaceId number, const NeighborLimits& limits)
    : id(number),
      name(config.name),
      link(config.link),
      mtu(config.mtu),
      mac(config.mac),
      addresses(config.addresses),
      gateway(config.gateway),
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

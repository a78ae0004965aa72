#include "ip/routes.h"

#include <bit>
#include <utility>

namespace handfast::ip {

namespace {

// How many bits two IPv6 addresses have in common from the front.
int common_prefix(const IpAddress& a, const IpAddress& b) {
  int length = 0;
  for (std::size_t i = 0; i < a.bytes().size(); ++i) {
    const int same = std::countl_zero(static_cast<std::uint8_t>(a.bytes()[i] ^ b.bytes()[i]));
    length += same;
    if (same < 8) break;
  }
  return length;
}

// RFC 6724 §5 among the addresses of one interface: of the destination's scope, so that what goes beyond the link
// comes from an address that means something there (rule 2), then the longest common prefix (rule 8), then the first.
// The other rules speak of what we do not have: deprecated, home, temporary and learned addresses, and labels beyond
// what rule 8 sees of the usual networks (6724-1).
IpAddress ipv6_source_on(const Interface& interface, const IpAddress& destination) {
  const IpAddress* best = nullptr;
  for (const Prefix& own : interface.addresses) {
    if (!own.address.is_v6()) continue;
    const auto merit = [&](const IpAddress& source) {
      return std::pair(source.is_link_local() == destination.is_link_local(), common_prefix(source, destination));
    };
    if (best == nullptr || merit(own.address) > merit(*best)) best = &own.address;
  }
  return best != nullptr ? *best : IpAddress();
}

// Our address in the network of the next hop, or our first one of its version.
IpAddress source_on(const Interface& interface, const IpAddress& next_hop) {
  if (const Prefix* network = interface.network_of(next_hop)) return network->address;
  for (const Prefix& own : interface.addresses) {
    if (own.address.version() == next_hop.version()) return own.address;
  }
  return {};
}

bool is_better(const Prefix& network, const Interface& candidate, int best_length, const Interface* best,
               const IpAddress& source) {
  if (static_cast<int>(network.length) != best_length) return static_cast<int>(network.length) > best_length;
  return best != nullptr && candidate.owns(source) && !best->owns(source);
}

}  // namespace

IpAddress source_for(const Interface& interface, const IpAddress& destination, const IpAddress& next_hop) {
  return destination.is_v6() ? ipv6_source_on(interface, destination) : source_on(interface, next_hop);
}

std::optional<Route> find_route(std::span<const std::unique_ptr<Interface>> interfaces, const IpAddress& destination,
                                const IpAddress& source) {
  Route on_link{.next_hop = destination, .source = source};
  Route by_gateway{.next_hop = {}, .source = source};
  int best_length = -1;
  for (const auto& interface : interfaces) {
    const Prefix* network = interface->network_of(destination);
    if (network != nullptr && is_better(*network, *interface, best_length, on_link.interface, source)) {
      on_link.interface = interface.get();
      best_length = network->length;
    }
    const std::optional<IpAddress>& gateway = destination.is_v6() ? interface->ipv6_gateway : interface->gateway;
    if (!gateway) continue;
    const Interface* first = by_gateway.interface;
    if (first == nullptr || (interface->owns(source) && !first->owns(source))) {
      by_gateway.interface = interface.get();
      by_gateway.next_hop = *gateway;
    }
  }
  Route route = on_link.interface != nullptr ? on_link : by_gateway;
  if (route.interface == nullptr) return std::nullopt;
  if (source.is_none()) route.source = source_for(*route.interface, destination, route.next_hop);
  if (route.source.is_none()) return std::nullopt;
  return route;
}

}  // namespace handfast::ip

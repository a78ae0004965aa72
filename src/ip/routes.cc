#include "ip/routes.h"

namespace handfast::ip {

namespace {

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
    const std::optional<IpAddress>& gateway = interface->gateway;
    if (!gateway || gateway->version() != destination.version()) continue;
    const Interface* first = by_gateway.interface;
    if (first == nullptr || (interface->owns(source) && !first->owns(source))) {
      by_gateway.interface = interface.get();
      by_gateway.next_hop = *gateway;
    }
  }
  Route route = on_link.interface != nullptr ? on_link : by_gateway;
  if (route.interface == nullptr) return std::nullopt;
  if (source.is_none()) route.source = source_on(*route.interface, route.next_hop);
  if (route.source.is_none()) return std::nullopt;
  return route;
}

}  // namespace handfast::ip

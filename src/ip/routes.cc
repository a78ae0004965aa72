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
  Interface* on_link = nullptr;
  Interface* by_gateway = nullptr;
  int best_length = -1;
  for (const auto& interface : interfaces) {
    const Prefix* network = interface->network_of(destination);
    if (network != nullptr && is_better(*network, *interface, best_length, on_link, source)) {
      on_link = interface.get();
      best_length = network->length;
    }
    const bool has_gateway = interface->gateway && interface->gateway->version() == destination.version();
    if (has_gateway && (by_gateway == nullptr || (interface->owns(source) && !by_gateway->owns(source)))) {
      by_gateway = interface.get();
    }
  }
  Route route{.interface = on_link, .next_hop = destination, .source = source};
  if (on_link == nullptr) {
    if (by_gateway == nullptr) return std::nullopt;
    route.interface = by_gateway;
    route.next_hop = *by_gateway->gateway;
  }
  if (source.is_none()) route.source = source_on(*route.interface, route.next_hop);
  if (route.source.is_none()) return std::nullopt;
  return route;
}

}  // namespace handfast::ip

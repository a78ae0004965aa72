#include "ip/neighbor_discovery.h"

#include "ip/routes.h"

namespace handfast::ip {

namespace {

// RFC 4861 §7.2.5: only about somebody whom we have asked for (4861-5). What contradicts what is known is believed
// where it says that it counts more, and what nobody asked for proves nothing, so that the next packet asks (4861-6).
DropReason hear_advertisement(const wire::NeighborMessage& message, Interface& interface, Instant now) {
  if (interface.owns(message.target) || !message.mac) return DropReason::kArpNotForUs;
  const bool contradicts = interface.neighbors.contradicts(message.target, *message.mac);
  if (!contradicts || message.overrides) interface.neighbors.learn(message.target, *message.mac, false, now);
  if (contradicts && !(message.overrides && message.solicited)) interface.neighbors.doubt(message.target, now);
  return DropReason::kNone;
}

}  // namespace

bool is_neighbor_discovery(const Packet& packet) {
  if (!packet.destination.is_v6() || packet.upper != Upper::kIcmp || packet.payload.empty()) return false;
  const auto type = std::to_integer<std::uint8_t>(packet.payload[0]);
  return type == wire::kNeighborSolicitation || type == wire::kNeighborAdvertisement;
}

std::expected<std::optional<NeighborTalk>, DropReason> hear_neighbor(const Packet& packet, Interface& interface,
                                                                     Instant now) {
  const auto message = wire::parse_neighbor(packet.payload);
  if (!message) return std::unexpected(message.error());
  // RFC 4861 §7.1 (4861-1): from this link, and in no way wrapped, so that nobody beyond it can be its sender (RFC 6980
  // §5). Who has no address yet can neither tell one nor be told at one (4861-4).
  const bool is_from_nobody = packet.source.is_unspecified();
  const bool is_odd = message->is_advertisement ? is_from_nobody || (message->solicited && packet.to_group)
                                                : is_from_nobody && message->mac.has_value();
  if (is_odd || packet.hop_limit != wire::kNeighborHopLimit || packet.has_extensions) {
    return std::unexpected(DropReason::kBadNeighbor);
  }
  if (message->is_advertisement) {
    if (const DropReason why = hear_advertisement(*message, interface, now); why != DropReason::kNone) {
      return std::unexpected(why);
    }
    return std::nullopt;
  }
  if (!interface.owns(message->target)) return std::unexpected(DropReason::kArpNotForUs);
  if (message->mac && interface.is_neighbor(packet.source)) {
    interface.neighbors.learn(packet.source, *message->mac, true, now);
  }
  // RFC 4862 §5.4.3: who asks whether it can have this address learns that it cannot.
  return NeighborTalk{.source = message->target,
                      .destination = is_from_nobody ? wire::all_nodes_group() : packet.source,
                      .message = {.is_advertisement = true,
                                  .solicited = !is_from_nobody,
                                  .overrides = true,
                                  .target = message->target,
                                  .mac = interface.mac}};
}

// RFC 4861 §7.2.2: of the few who may have it, from an address of ours that the answer can come to.
std::optional<NeighborTalk> question_for(const IpAddress& address, const Interface& interface) {
  const IpAddress source = source_for(interface, address, address);
  if (source.is_none()) return std::nullopt;
  return NeighborTalk{.source = source,
                      .destination = wire::solicited_node_group(address),
                      .message = {.target = address, .mac = interface.mac}};
}

}  // namespace handfast::ip

#include "host/shard.h"
#include "tcp/handshake.h"

// What connections know of their paths, shared: TCP thinks in segments and IP in packets, and this is where the one
// becomes the other.

namespace handfast::host {

// Before a connection sends, and only where something has changed since it last did.
void Shard::tell_path(ConnectionSlot& slot, tcp::Context& context) {
  slot.paths_seen = paths_.version();
  const IpAddress& peer = slot.tcp.tuple().peer.address;
  const auto known = paths_.find(peer, now_);
  if (!known) return;
  const auto size = static_cast<std::uint16_t>(known->mtu - tcp::headers_of(peer.version()));
  slot.tcp.path_is_known(size, known->confirmed, known->since, context);
}

void Shard::note_path(const FourTuple& tuple, const tcp::Context& context) {
  if (context.path.silent) {
    // RFC 1122 §3.3.1.4: the gateway, or the peer's host itself, may have another link address by now, or be gone.
    const auto route = route_to(tuple.peer.address, tuple.host.address);
    if (route) route->interface->neighbors.doubt(route->next_hop, now_);
  }
  if (context.path.size == 0) return;
  const IpAddress& peer = tuple.peer.address;
  const auto mtu = static_cast<std::uint16_t>(context.path.size + tcp::headers_of(peer.version()));
  paths_.learn(peer, {.mtu = mtu, .confirmed = context.path.confirmed, .since = now_});
}

}  // namespace handfast::host

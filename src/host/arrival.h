#pragma once

#include <cstdint>

#include "handfast/address.h"
#include "handfast/buffer.h"
#include "handfast/frame.h"
#include "ip/routes.h"
#include "tcp/segment.h"

namespace handfast::host {

/// A packet that belongs to no connection: a reset, an echo reply, an ARP packet. `frame` is whole but for the link
/// header's destination where `next_hop` names a neighbor.
struct Reply {
  Frame frame;
  IpAddress next_hop;
};

/// A TCP segment as it came: what the layers below know of it.
struct Arrival {
  FourTuple tuple;
  tcp::Segment segment;
  Slice text;
  ip::Interface* interface;
  std::uint8_t diff_serv;
};

}  // namespace handfast::host

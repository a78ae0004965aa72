#include "ip/input.h"

namespace handfast::ip {

namespace {

// RFC 1122 §3.2.1.3 (MUST-63): a source names one host, and that is not us.
bool can_be_sender(const Interface& interface, const IpAddress& source) {
  const std::uint32_t number = source.v4_number();
  if (source.is_multicast() || source.is_loopback() || interface.is_broadcast(source)) return false;
  return number >> 24 != 0 && number >> 28 != 0xF && !interface.owns(source);
}

}  // namespace

DropReason judge_ipv4(const Interface& interface, const wire::Ipv4Header& header, bool& broadcast) {
  broadcast = header.destination.is_multicast() || interface.is_broadcast(header.destination);
  if (!broadcast && !interface.owns(header.destination)) return DropReason::kIpv4NotForUs;
  if (!can_be_sender(interface, header.source)) return DropReason::kIpv4BadSource;
  if (wire::ipv4_has_source_route(header.options)) return DropReason::kIpv4SourceRoute;
  if (header.is_fragment()) return DropReason::kIpv4Fragment;
  return DropReason::kNone;
}

}  // namespace handfast::ip

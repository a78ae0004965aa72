// An ICMPv6 message, with the packet that it may quote; once as it comes and once with its checksum put right.

#include "fuzz/icmp_checks.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"

namespace handfast::wire {
namespace {

const IpAddress kAny = IpAddress::any(IpVersion::kV6);

struct Version6 {
  static constexpr std::size_t kIpHeaderLength = kIpv6HeaderLength;
  static auto parse(std::span<const std::byte> bytes) { return parse_icmpv6(kAny, kAny, bytes); }
  static auto emit(const Icmpv6Message& message, std::span<std::byte> out) {
    return emit_icmpv6(message, kAny, kAny, out);
  }
  static auto parse_quote(std::span<const std::byte> body) { return parse_icmpv6_quote(body); }
  static std::uint16_t pseudo_sum(std::size_t length) {
    return pseudo_header_sum(kAny, kAny, kProtocolIcmpv6, static_cast<std::uint32_t>(length));
  }
};

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  return handfast::wire::check_icmp<handfast::wire::Version6>(input, size);
}

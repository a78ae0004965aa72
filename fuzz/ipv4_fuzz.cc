// An IPv4 packet: as it comes, and once more with its checksum put right, since chance never finds one.

#include "base/bytes.h"
#include "fuzz/require.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

bool same_headers(const Ipv4Header& a, const Ipv4Header& b) {
  return a.source == b.source && a.destination == b.destination && a.traffic_class == b.traffic_class &&
         a.ttl == b.ttl && a.protocol == b.protocol && a.dont_fragment == b.dont_fragment &&
         a.more_fragments == b.more_fragments && a.identification == b.identification &&
         a.fragment_offset == b.fragment_offset && a.payload_length == b.payload_length &&
         same_bytes(a.options, b.options);
}

void check(std::span<const std::byte> bytes) {
  ipv4_has_source_route(bytes);
  const auto packet = parse_ipv4(bytes);
  if (!packet) return;
  FUZZ_REQUIRE(lies_within(packet->payload, bytes) && lies_within(packet->header.options, bytes));
  FUZZ_REQUIRE(packet->payload.size() == packet->header.payload_length);
  FUZZ_REQUIRE(packet->header_length == 20 + packet->header.options.size());
  FUZZ_REQUIRE(packet->header_length + packet->payload.size() <= bytes.size());
  std::vector<std::byte> out(packet->header_length + packet->payload.size());
  FUZZ_REQUIRE(emit_ipv4(packet->header, out) == packet->header_length);
  const auto again = parse_ipv4(out);
  FUZZ_REQUIRE(again && same_headers(again->header, packet->header));
}

void check_with_right_checksum(std::span<const std::byte> input) {
  if (input.size() < kIpv4HeaderLength) return;
  ExactCopy copy(input);
  const auto bytes = copy.mutable_bytes();
  const std::size_t claimed = std::to_integer<std::size_t>(bytes[0] & std::byte{0xF}) * 4;
  const auto header = bytes.first(std::min(std::max(claimed, kIpv4HeaderLength), bytes.size()));
  base::store_be16(bytes.data() + 10, 0);
  base::store_be16(bytes.data() + 10, static_cast<std::uint16_t>(~sum_bytes(header)));
  check(bytes);
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(input, size));
  handfast::wire::check(handfast::wire::ExactCopy(bytes).bytes());
  handfast::wire::check_with_right_checksum(bytes);
  return 0;
}

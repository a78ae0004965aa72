#include "fuzz/require.h"
#include "wire/ipv6.h"
#include "wire/ipv6_extensions.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

// What the walk over the extension headers leaves is the end of the payload, and all of it where there are none.
void check_extensions(const Ipv6Packet& packet) {
  const auto upper = skip_ipv6_extensions(packet.header.next_header, packet.payload);
  if (!upper) return;
  FUZZ_REQUIRE(lies_within(upper->payload, packet.payload));
  const std::size_t passed = packet.payload.size() - upper->payload.size();
  FUZZ_REQUIRE(passed % 8 == 0);
  FUZZ_REQUIRE(passed <= kMostIpv6ExtensionBytes);
  FUZZ_REQUIRE(same_bytes(upper->payload, packet.payload.subspan(passed)));
  FUZZ_REQUIRE(passed != 0 || upper->protocol == packet.header.next_header);
}

void check(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  const auto packet = parse_ipv6(copy.bytes());
  if (!packet) return;
  FUZZ_REQUIRE(lies_within(packet->payload, copy.bytes()));
  FUZZ_REQUIRE(packet->payload.size() == packet->header.payload_length);
  std::vector<std::byte> out(kIpv6HeaderLength);
  FUZZ_REQUIRE(emit_ipv6(packet->header, out) == kIpv6HeaderLength);
  FUZZ_REQUIRE(same_bytes(out, input.first(kIpv6HeaderLength)));
  check_extensions(*packet);
  ExactCopy marked(input);
  const bool capable = (packet->header.traffic_class & 3) != 0;
  FUZZ_REQUIRE(mark_congestion(marked.mutable_bytes()) == capable);
  const auto again = parse_ipv6(marked.bytes());
  FUZZ_REQUIRE(again);
  FUZZ_REQUIRE(again->header.traffic_class == (packet->header.traffic_class | (capable ? 3 : 0)));
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  handfast::wire::check(std::as_bytes(std::span(input, size)));
  return 0;
}

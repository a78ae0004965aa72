#include "fuzz/require.h"
#include "wire/ipv6.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

void check(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  const auto packet = parse_ipv6(copy.bytes());
  if (!packet) return;
  FUZZ_REQUIRE(lies_within(packet->payload, copy.bytes()));
  FUZZ_REQUIRE(packet->payload.size() == packet->header.payload_length);
  std::vector<std::byte> out(kIpv6HeaderLength);
  FUZZ_REQUIRE(emit_ipv6(packet->header, out) == kIpv6HeaderLength);
  FUZZ_REQUIRE(same_bytes(out, input.first(kIpv6HeaderLength)));
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  handfast::wire::check(std::as_bytes(std::span(input, size)));
  return 0;
}

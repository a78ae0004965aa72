// An Ethernet frame, and the ARP packet in it where it says so.

#include "fuzz/require.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

void check_arp(std::span<const std::byte> payload) {
  const ExactCopy copy(payload);
  const auto packet = parse_arp(copy.bytes());
  if (!packet) {
    FUZZ_REQUIRE(packet.error() == DropReason::kBadArp);
    return;
  }
  std::vector<std::byte> out(kArpPacketLength);
  FUZZ_REQUIRE(emit_arp(*packet, out) == kArpPacketLength);
  FUZZ_REQUIRE(same_bytes(out, payload.first(kArpPacketLength)));
}

void check(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  check_arp(input);
  const auto frame = parse_ethernet(copy.bytes());
  if (!frame) return;
  FUZZ_REQUIRE(lies_within(frame->payload, copy.bytes()));
  FUZZ_REQUIRE(frame->payload.size() + kEthernetHeaderLength == input.size());
  std::vector<std::byte> out(kEthernetHeaderLength);
  FUZZ_REQUIRE(emit_ethernet(frame->header, out) == kEthernetHeaderLength);
  FUZZ_REQUIRE(same_bytes(out, input.first(kEthernetHeaderLength)));
  check_arp(frame->payload);
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  handfast::wire::check(std::as_bytes(std::span(input, size)));
  return 0;
}

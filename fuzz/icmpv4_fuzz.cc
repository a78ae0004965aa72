// An ICMPv4 message, with the packet that it may quote; once as it comes and once with its checksum put right.

#include "base/bytes.h"
#include "fuzz/require.h"
#include "wire/checksum.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

void check_quote(std::span<const std::byte> body) {
  const ExactCopy copy(body);
  const auto quote = parse_icmpv4_quote(copy.bytes());
  if (!quote) {
    FUZZ_REQUIRE(quote.error() == DropReason::kIcmpBadQuote);
    return;
  }
  FUZZ_REQUIRE(body.size() >= kIpv4HeaderLength);
  if (!quote->sequence) return;
  FUZZ_REQUIRE(quote->protocol == kProtocolTcp);
  FUZZ_REQUIRE(body.size() >= kIpv4HeaderLength + 8);
}

void check(std::span<const std::byte> bytes) {
  const auto message = parse_icmpv4(bytes);
  if (!message) return;
  FUZZ_REQUIRE(lies_within(message->body, bytes));
  FUZZ_REQUIRE(message->body.size() + kIcmpHeaderLength == bytes.size());
  std::vector<std::byte> out(bytes.size());
  FUZZ_REQUIRE(emit_icmpv4(*message, out) == bytes.size());
  const auto again = parse_icmpv4(out);
  FUZZ_REQUIRE(again);
  FUZZ_REQUIRE(again->type == message->type);
  FUZZ_REQUIRE(again->code == message->code);
  FUZZ_REQUIRE(again->rest == message->rest);
  FUZZ_REQUIRE(same_bytes(again->body, message->body));
  check_quote(message->body);
}

void check_with_right_checksum(std::span<const std::byte> input) {
  if (input.size() < kIcmpHeaderLength) return;
  ExactCopy copy(input);
  const auto bytes = copy.mutable_bytes();
  base::store_be16(bytes.data() + 2, 0);
  base::store_be16(bytes.data() + 2, static_cast<std::uint16_t>(~sum_bytes(bytes)));
  FUZZ_REQUIRE(parse_icmpv4(bytes));
  check(bytes);
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(input, size));
  handfast::wire::check(handfast::wire::ExactCopy(bytes).bytes());
  handfast::wire::check_with_right_checksum(bytes);
  handfast::wire::check_quote(bytes);
  return 0;
}

// An ICMPv6 message, with the packet that it may quote; once as it comes and once with its checksum put right.

#include "base/bytes.h"
#include "fuzz/require.h"
#include "wire/checksum.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

const IpAddress kAny = IpAddress::any(IpVersion::kV6);

void check_quote(std::span<const std::byte> body) {
  const ExactCopy copy(body);
  const auto quote = parse_icmpv6_quote(copy.bytes());
  if (!quote) {
    FUZZ_REQUIRE(quote.error() == DropReason::kIcmpBadQuote);
    return;
  }
  FUZZ_REQUIRE(body.size() >= kIpv6HeaderLength);
  if (!quote->sequence) return;
  FUZZ_REQUIRE(quote->protocol == kProtocolTcp);
  FUZZ_REQUIRE(body.size() >= kIpv6HeaderLength + 8);
}

void check(std::span<const std::byte> bytes) {
  const auto message = parse_icmpv6(kAny, kAny, bytes);
  if (!message) return;
  FUZZ_REQUIRE(lies_within(message->body, bytes));
  FUZZ_REQUIRE(message->body.size() + kIcmpHeaderLength == bytes.size());
  std::vector<std::byte> out(bytes.size());
  FUZZ_REQUIRE(emit_icmpv6(*message, kAny, kAny, out) == bytes.size());
  const auto again = parse_icmpv6(kAny, kAny, out);
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
  const auto pseudo = pseudo_header_sum(kAny, kAny, kProtocolIcmpv6, static_cast<std::uint32_t>(bytes.size()));
  const std::uint16_t sum = add_ones_complement(pseudo, sum_bytes(bytes));
  base::store_be16(bytes.data() + 2, static_cast<std::uint16_t>(~sum));
  FUZZ_REQUIRE(parse_icmpv6(kAny, kAny, bytes));
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

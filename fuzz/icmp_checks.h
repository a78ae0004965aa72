#pragma once

#include <vector>

#include "base/bytes.h"
#include "fuzz/require.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

// What holds for messages of both ICMPs; a Version has the functions of the one under test:
//
//   parse(bytes), emit(message, out), parse_quote(body)   those of wire/
//   kIpHeaderLength                                       the least that a quote needs
//   pseudo_sum(length)                                    what the checksum covers besides

namespace handfast::wire {

template <typename Version>
void check_quote(std::span<const std::byte> body) {
  const ExactCopy copy(body);
  const auto quote = Version::parse_quote(copy.bytes());
  if (!quote) {
    FUZZ_REQUIRE(quote.error() == DropReason::kIcmpBadQuote);
    return;
  }
  FUZZ_REQUIRE(body.size() >= Version::kIpHeaderLength);
  if (!quote->sequence) return;
  FUZZ_REQUIRE(quote->protocol == kProtocolTcp);
  FUZZ_REQUIRE(body.size() >= Version::kIpHeaderLength + 8);
}

template <typename Version>
void check_message(std::span<const std::byte> bytes) {
  const auto message = Version::parse(bytes);
  if (!message) return;
  FUZZ_REQUIRE(lies_within(message->body, bytes));
  FUZZ_REQUIRE(message->body.size() + kIcmpHeaderLength == bytes.size());
  std::vector<std::byte> out(bytes.size());
  FUZZ_REQUIRE(Version::emit(*message, out) == bytes.size());
  const auto again = Version::parse(out);
  FUZZ_REQUIRE(again);
  FUZZ_REQUIRE(again->type == message->type);
  FUZZ_REQUIRE(again->code == message->code);
  FUZZ_REQUIRE(again->rest == message->rest);
  FUZZ_REQUIRE(same_bytes(again->body, message->body));
  check_quote<Version>(message->body);
}

template <typename Version>
void check_with_right_checksum(std::span<const std::byte> input) {
  if (input.size() < kIcmpHeaderLength) return;
  ExactCopy copy(input);
  const auto bytes = copy.mutable_bytes();
  base::store_be16(bytes.data() + 2, 0);
  const std::uint16_t sum = add_ones_complement(Version::pseudo_sum(bytes.size()), sum_bytes(bytes));
  base::store_be16(bytes.data() + 2, static_cast<std::uint16_t>(~sum));
  FUZZ_REQUIRE(Version::parse(bytes));
  check_message<Version>(bytes);
}

/// One input: as it comes, with its checksum put right, and as a quote.
template <typename Version>
int check_icmp(const unsigned char* input, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(input, size));
  check_message<Version>(ExactCopy(bytes).bytes());
  check_with_right_checksum<Version>(bytes);
  check_quote<Version>(bytes);
  return 0;
}

}  // namespace handfast::wire

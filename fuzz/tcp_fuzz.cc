// A TCP segment with its options, and the input once more as an option field alone.

#include "fuzz/require.h"
#include "wire/tcp.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

// Whether AccECN has room beside everything but SACK blocks, which come after it.
bool accurate_ecn_fits(TcpOptions options) {
  const std::size_t length = options.accurate_ecn ? (2 + std::size_t{3} * options.accurate_ecn->fields + 3) / 4 * 4 : 0;
  options.accurate_ecn.reset();
  options.sack_count = 0;
  return tcp_options_length(options) + length <= kTcpMaxOptionsLength;
}

// What emit can say of these options: no notes, and of user timeout, AccECN and SACK blocks only what there is room
// for.
TcpOptions as_written(TcpOptions options) {
  options.notes = {};
  if (!user_timeout_fits(options)) options.user_timeout.reset();
  if (!accurate_ecn_fits(options)) options.accurate_ecn.reset();
  const std::size_t fit = sack_blocks_that_fit(options);
  while (options.sack_count > fit) options.sack_blocks[--options.sack_count] = {};
  return options;
}

void check_options(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  const auto options = parse_tcp_options(copy.bytes());
  if (!options) {
    FUZZ_REQUIRE(options.error() == DropReason::kTcpBadOptionLength);
    return;
  }
  FUZZ_REQUIRE(options->window_scale.value_or(0) <= kMaxWindowScale);
  FUZZ_REQUIRE(options->sack_count <= kMaxSackBlocks);
  FUZZ_REQUIRE(options->user_timeout.value_or(UserTimeout{}).value <= UserTimeout::kLargest);
  ExactCopy out(std::vector<std::byte>(tcp_options_length(*options)));
  FUZZ_REQUIRE(out.bytes().size() <= kTcpMaxOptionsLength);
  FUZZ_REQUIRE(out.bytes().size() % 4 == 0);
  FUZZ_REQUIRE(emit_tcp_options(*options, out.mutable_bytes()) == out.bytes().size());
  const auto again = parse_tcp_options(out.bytes());
  FUZZ_REQUIRE(again && *again == as_written(*options));
}

void check(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  const auto parsed = parse_tcp(copy.bytes());
  const auto fixed = parse_tcp_fixed(copy.bytes());
  if (!parsed) return;
  FUZZ_REQUIRE(fixed);
  FUZZ_REQUIRE(parsed->text_offset >= kTcpHeaderLength);
  FUZZ_REQUIRE(parsed->text_offset <= input.size());
  FUZZ_REQUIRE(parsed->text_offset == fixed->text_offset);
  ExactCopy out(std::vector<std::byte>(tcp_header_length(parsed->header)));
  FUZZ_REQUIRE(emit_tcp(parsed->header, out.mutable_bytes()) == out.bytes().size());
  const auto again = parse_tcp(out.bytes());
  TcpHeader expected = parsed->header;
  expected.options = as_written(expected.options);
  FUZZ_REQUIRE(again && again->header == expected);
  FUZZ_REQUIRE(again->text_offset == out.bytes().size());
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(input, size));
  handfast::wire::check(bytes);
  handfast::wire::check_options(bytes.first(std::min(size, handfast::wire::kTcpMaxOptionsLength)));
  return 0;
}

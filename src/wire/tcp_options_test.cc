#include "wire/tcp_options.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

TcpOptions without_notes(TcpOptions options) {
  options.notes = {};
  return options;
}

TcpOptions parsed(std::initializer_list<unsigned> numbers) {
  const auto options = parse_tcp_options(ExactCopy(bytes_of(numbers)).bytes());
  EXPECT_TRUE(options);
  return options.value_or(TcpOptions{});
}

bool is_refused(std::initializer_list<unsigned> numbers) {
  const auto options = parse_tcp_options(ExactCopy(bytes_of(numbers)).bytes());
  return !options && options.error() == DropReason::kTcpBadOptionLength;
}

std::vector<std::byte> emitted(const TcpOptions& options) {
  std::vector<std::byte> out(tcp_options_length(options), std::byte{0xEE});  // Every byte must be written.
  EXPECT_EQ(emit_tcp_options(options, out), out.size());
  return out;
}

// The length that a known kind must have; nothing where any will do.
bool length_fits_kind(unsigned kind, unsigned length) {
  switch (kind) {
    case 2:
      return length == 4;
    case 3:
      return length == 3;
    case 4:
      return length == 2;
    case 5:
      return length == 10 || length == 18 || length == 26 || length == 34;
    case 8:
      return length == 10;
    default:
      return true;
  }
}

// B1, B2, B6: every (kind, length) at every offset of the 40 bytes, NOP before and after.
TEST(TcpOptions, EveryKindAndLengthAtEveryOffset) {  // MUST-4, MUST-7, MUST-64, MUST-68
  for (std::size_t at = 0; at < kTcpMaxOptionsLength; ++at) {
    ExactCopy copy(std::vector<std::byte>(kTcpMaxOptionsLength, std::byte{1}));
    const auto bytes = copy.mutable_bytes();
    for (unsigned kind = 0; kind < 256; ++kind) {
      for (unsigned length = 0; length < 256; ++length) {
        bytes[at] = static_cast<std::byte>(kind);
        // Behind a NOP the length would be an option of its own: leave it a NOP.
        if (at + 1 < bytes.size()) bytes[at + 1] = kind == 1 ? std::byte{1} : static_cast<std::byte>(length);
        const bool single = kind <= 1;
        const bool fits = at + 1 < bytes.size() && length >= 2 && at + length <= bytes.size();
        const auto options = parse_tcp_options(bytes);
        ASSERT_EQ(options.has_value(), single || (fits && length_fits_kind(kind, length)))
            << at << " " << kind << " " << length;
        if (!options) {
          ASSERT_EQ(options.error(), DropReason::kTcpBadOptionLength);
        }
      }
    }
  }
}

// The same at the end of option fields of every length, so that "past the end" is past the end of the heap block.
TEST(TcpOptions, EveryKindAndLengthBeforeEveryEnd) {
  for (std::size_t size = 1; size <= kTcpMaxOptionsLength; ++size) {
    for (const unsigned kind : {0U, 1U, 2U, 3U, 4U, 5U, 8U, 34U, 77U, 254U, 255U}) {
      for (unsigned length = 0; length <= 44; ++length) {
        ExactCopy copy(std::vector<std::byte>(size, std::byte{1}));
        copy.mutable_bytes()[0] = static_cast<std::byte>(kind);
        if (size > 1) copy.mutable_bytes()[1] = kind == 1 ? std::byte{1} : static_cast<std::byte>(length);
        const bool fits = size > 1 && length >= 2 && length <= size;
        ASSERT_EQ(parse_tcp_options(copy.bytes()).has_value(), kind <= 1 || (fits && length_fits_kind(kind, length)))
            << size << " " << kind << " " << length;
      }
    }
  }
}

TEST(TcpOptions, LinuxSynReadsAndWritesTheSame) {  // MUST-4
  const auto options = parsed({2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 7});
  EXPECT_EQ(options.mss, 1460);
  EXPECT_EQ(options.window_scale, 7);
  EXPECT_TRUE(options.sack_permitted);
  EXPECT_EQ(options.timestamps, (TcpTimestamps{7, 9}));
  EXPECT_EQ(emitted(options), bytes_of({2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9, 1, 3, 3, 7}));
}

TEST(TcpOptions, LayoutOfLaterSegments) {
  TcpOptions options;
  options.timestamps = TcpTimestamps{1, 2};
  EXPECT_EQ(emitted(options), bytes_of({1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}));
  options.timestamps.reset();
  options.add_sack({3, 4});
  EXPECT_EQ(emitted(options), bytes_of({1, 1, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4}));
  EXPECT_TRUE(emitted({}).empty());
}

TEST(TcpOptions, FastOpenIsPaddedToFourBytes) {
  TcpOptions options;
  options.fast_open = FastOpenCookie::of(bytes_of({1, 2, 3, 4}));
  options.add_sack({3, 4});
  EXPECT_EQ(emitted(options), bytes_of({34, 6, 1, 2, 3, 4, 1, 1, 1, 1, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4}));
}

TEST(TcpOptions, SackPermittedAloneIsPaddedInFront) {
  TcpOptions options;
  options.sack_permitted = true;
  EXPECT_EQ(emitted(options), bytes_of({1, 1, 4, 2}));
}

// MUST-64: at any byte boundary; the fast path and the slow one read the same.
TEST(TcpOptions, TimestampsAtEveryOffset) {
  for (std::size_t at = 0; at <= 30; ++at) {
    std::vector<std::byte> bytes(at, std::byte{1});
    for (const unsigned number : {8U, 10U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U})
      bytes.push_back(static_cast<std::byte>(number));
    const auto options = parse_tcp_options(ExactCopy(bytes).bytes());
    ASSERT_TRUE(options);
    TcpOptions expected;
    expected.timestamps = TcpTimestamps{0x01020304, 0x05060708};
    ASSERT_EQ(*options, expected) << at;
  }
}

TEST(TcpOptions, NothingCountsBehindTheEnd) {
  EXPECT_EQ(parsed({1, 0, 2, 0}), TcpOptions{});  // MUST-69
  EXPECT_EQ(parsed({0, 2, 4, 5, 0xB4}), TcpOptions{});
}

TEST(TcpOptions, UnknownOnesAreSkippedByTheirLength) {  // MUST-6
  const auto options = parsed({99, 5, 2, 4, 0xFF, 253, 2, 2, 4, 5, 0xB4});
  EXPECT_EQ(options.mss, 1460);
  EXPECT_EQ(options.notes.unknown, 2);
}

TEST(TcpOptions, TheFirstOfDuplicatesWins) {
  const auto options = parsed({2, 4, 0, 100, 2, 4, 0, 200, 3, 3, 1, 3, 3, 2, 4, 2, 4, 2});
  EXPECT_EQ(options.mss, 100);
  EXPECT_EQ(options.window_scale, 1);
  EXPECT_EQ(options.notes.duplicates, 3);
  const auto stamps = parsed({8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 8, 10, 0, 0, 0, 3, 0, 0, 0, 4});
  EXPECT_EQ(stamps.timestamps, (TcpTimestamps{1, 2}));
  const auto sack = parsed({5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0, 0, 0, 4});
  ASSERT_EQ(sack.sack_count, 1);
  EXPECT_EQ(sack.sack_blocks[0], (SackBlock{1, 2}));
  EXPECT_TRUE(is_refused({2, 4, 0, 100, 2, 3, 0}));  // A duplicate must still be well formed.
}

TEST(TcpOptions, EveryWindowScale) {  // B4, 7323-4
  for (unsigned shift = 0; shift < 256; ++shift) {
    const auto options = parsed({3, 3, shift});
    ASSERT_EQ(options.window_scale, std::min(shift, 14U));
    ASSERT_EQ(options.notes.window_scale_clamped, shift > 14);
  }
}

TEST(TcpOptions, FastOpenCookiesOfEveryLength) {  // 7413-2
  for (const bool experimental : {false, true}) {
    for (std::size_t length = 0; length <= 36; ++length) {
      const std::size_t fixed = experimental ? 4 : 2;
      std::vector<std::byte> bytes = bytes_of({experimental ? 254U : 34U, static_cast<unsigned>(fixed + length)});
      if (experimental) bytes.insert(bytes.end(), {std::byte{0xF9}, std::byte{0x89}});
      bytes.resize(fixed + length, std::byte{0x5A});
      const auto options = parse_tcp_options(ExactCopy(bytes).bytes());
      ASSERT_TRUE(options);
      const bool fine = length == 0 || (length >= 4 && length <= 16 && length % 2 == 0);
      ASSERT_EQ(options->fast_open.has_value(), fine) << length;
      ASSERT_EQ(options->notes.unknown, fine ? 0 : 1);
      if (!fine) continue;
      ASSERT_EQ(options->fast_open->length, length);
      ASSERT_EQ(options->fast_open->experimental, experimental);
      ASSERT_EQ(*parse_tcp_options(emitted(*options)), *options);
    }
  }
  EXPECT_EQ(parsed({254, 8, 0xF9, 0x88, 1, 2, 3, 4}).notes.unknown, 1);
}

// RFC 9768 §3.2.3: two orders, none to three fields of 24 bits.
TEST(TcpOptions, AccurateEcn) {  // 9768-3
  EXPECT_EQ(parsed({172, 2}).accurate_ecn, AccurateEcnOption{});
  EXPECT_EQ(parsed({172, 5, 1, 2, 3}).accurate_ecn, (AccurateEcnOption{.ect0 = 0x010203, .fields = 1}));
  EXPECT_EQ(parsed({172, 8, 1, 2, 3, 4, 5, 6}).accurate_ecn,
            (AccurateEcnOption{.ect0 = 0x010203, .ce = 0x040506, .fields = 2}));
  EXPECT_EQ(parsed({174, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9}).accurate_ecn,
            (AccurateEcnOption{.ect0 = 0x070809, .ce = 0x040506, .ect1 = 0x010203, .fields = 3, .ect1_first = true}));
  EXPECT_TRUE(is_refused({172, 11, 1, 2, 3}));
  EXPECT_EQ(parsed({172, 5, 0, 0, 1, 174, 5, 0, 0, 2}).accurate_ecn, (AccurateEcnOption{.ect0 = 1, .fields = 1}));
}

TEST(TcpOptions, OfAnAccurateEcnOptionOfAnyLengthTheWholeFieldsCount) {  // 9768-16
  for (unsigned length = 2; length <= 40; ++length) {
    std::vector<std::byte> bytes(length);
    for (unsigned i = 0; i < length; ++i) bytes[i] = static_cast<std::byte>(i);
    bytes[0] = std::byte{172};
    bytes[1] = static_cast<std::byte>(length);
    const auto options = parse_tcp_options(ExactCopy(bytes).bytes());
    ASSERT_TRUE(options);
    ASSERT_TRUE(options->accurate_ecn);
    const unsigned fields = std::min((length - 2) / 3, 3u);
    EXPECT_EQ(options->accurate_ecn, (AccurateEcnOption{.ect0 = fields > 0 ? 0x020304u : 0u,
                                                        .ce = fields > 1 ? 0x050607u : 0u,
                                                        .ect1 = fields > 2 ? 0x08090Au : 0u,
                                                        .fields = static_cast<std::uint8_t>(fields)}));
    EXPECT_EQ(options->notes.unknown, length == 2 + 3 * fields ? 0 : 1);
  }
}

TEST(TcpOptions, AccurateEcnGoesOnlyWhereItFits) {  // 9768-3
  TcpOptions options;
  options.mss = 1460;
  options.window_scale = 7;
  options.timestamps = TcpTimestamps{1, 2};
  options.accurate_ecn = AccurateEcnOption{.fields = 3};
  EXPECT_EQ(tcp_options_length(options), 32);
  options.fast_open = FastOpenCookie::of(std::vector<std::byte>(8));
  EXPECT_EQ(tcp_options_length(options), 32);
  EXPECT_FALSE(parse_tcp_options(emitted(options))->accurate_ecn);
}

TcpOptions random_options(base::TestRandom& random) {
  TcpOptions options;
  if (random.chance(1, 2)) options.mss = static_cast<std::uint16_t>(random.next());
  if (random.chance(1, 2)) options.window_scale = static_cast<std::uint8_t>(random.below(15));
  options.sack_permitted = random.chance(1, 2);
  if (random.chance(1, 2)) {
    const auto value = static_cast<std::uint32_t>(random.next());
    options.timestamps = TcpTimestamps{value, static_cast<std::uint32_t>(random.next())};
  }
  if (random.chance(1, 3)) {
    options.fast_open = FastOpenCookie::of(random_bytes(random, random.chance(1, 4) ? 0 : 4 + 2 * random.below(7)));
    options.fast_open->experimental = random.chance(1, 2);
  }
  if (random.chance(1, 3)) {
    options.user_timeout =
        UserTimeout{.value = static_cast<std::uint16_t>(random.below(0x8000)), .in_minutes = random.chance(1, 2)};
  }
  if (random.chance(1, 3)) {
    AccurateEcnOption option{.fields = static_cast<std::uint8_t>(random.below(4)), .ect1_first = random.chance(1, 2)};
    std::uint32_t* const order[] = {option.ect1_first ? &option.ect1 : &option.ect0, &option.ce,
                                    option.ect1_first ? &option.ect0 : &option.ect1};
    for (std::size_t i = 0; i < option.fields; ++i) *order[i] = static_cast<std::uint32_t>(random.next()) >> 8;
    options.accurate_ecn = option;
  }
  for (std::uint64_t blocks = random.below(5); blocks > 0; --blocks) {
    const auto left = static_cast<std::uint32_t>(random.next());
    options.add_sack({left, static_cast<std::uint32_t>(random.next())});
  }
  return options;
}

// Whatever is written reads as itself, less what there was no room for: the user timeout, AccECN, SACK blocks.
TEST(TcpOptions, RoundTrip) {
  base::TestRandom random(1);
  for (int round = 0; round < 50000; ++round) {
    TcpOptions options = random_options(random);
    const auto bytes = emitted(options);
    ASSERT_LE(bytes.size(), kTcpMaxOptionsLength);
    ASSERT_EQ(bytes.size() % 4, 0);
    const auto back = parse_tcp_options(ExactCopy(bytes).bytes());
    ASSERT_TRUE(back);
    if (!user_timeout_fits(options)) options.user_timeout.reset();
    ASSERT_EQ(back->sack_count, std::min<std::size_t>(options.sack_count, sack_blocks_that_fit(options)));
    if (!back->accurate_ecn) options.accurate_ecn.reset();
    while (options.sack_count > back->sack_count) options.sack_blocks[--options.sack_count] = {};
    ASSERT_EQ(*back, options);
    ASSERT_EQ(emitted(*back), bytes);
  }
}

TEST(TcpOptions, SackBlocksThatFitBesideTheOthers) {
  TcpOptions options;
  for (std::uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(options.add_sack({i, i + 1}));
  EXPECT_FALSE(options.add_sack({9, 10}));
  EXPECT_EQ(tcp_options_length(options), 36);
  options.timestamps = TcpTimestamps{1, 2};
  EXPECT_EQ(sack_blocks_that_fit(options), 3);
  EXPECT_EQ(tcp_options_length(options), 40);
  options.mss = 1460;
  EXPECT_EQ(sack_blocks_that_fit(options), 2);
  options.window_scale = 7;
  options.fast_open = FastOpenCookie::of(std::vector<std::byte>(16));
  EXPECT_EQ(sack_blocks_that_fit(options), 0);
  EXPECT_EQ(tcp_options_length(options), 40);
}

TEST(TcpOptions, AUserTimeoutIsInSecondsOrInMinutes) {  // 5482-1
  EXPECT_EQ(parsed({28, 4, 0x00, 0x64}).user_timeout, (UserTimeout{.value = 100}));
  EXPECT_EQ(parsed({28, 4, 0x7F, 0xFF}).user_timeout, (UserTimeout{.value = 32767}));
  EXPECT_EQ(parsed({28, 4, 0x80, 0x01}).user_timeout, (UserTimeout{.value = 1, .in_minutes = true}));
  EXPECT_EQ(parsed({28, 4, 0, 0}).user_timeout, UserTimeout{}) << "what zero means is not decided here";
  TcpOptions options;
  options.user_timeout = UserTimeout{.value = 0x123, .in_minutes = true};
  EXPECT_EQ(emitted(options), bytes_of({28, 4, 0x81, 0x23}));
  options.user_timeout->value = 0xFFFF;
  EXPECT_EQ(emitted(options), bytes_of({28, 4, 0xFF, 0xFF}));
}

TEST(TcpOptions, AUserTimeoutOfAnotherLengthIsNone) {
  for (unsigned length = 2; length <= 8; ++length) {
    std::vector<std::byte> bytes(8, std::byte{1});
    bytes[0] = std::byte{28};
    bytes[1] = static_cast<std::byte>(length);
    const auto options = parse_tcp_options(bytes);
    ASSERT_TRUE(options) << length;
    EXPECT_EQ(options->user_timeout.has_value(), length == 4);
    EXPECT_EQ(options->notes.unknown, length == 4 ? 0 : 1);
  }
  const auto twice = parsed({28, 4, 0, 1, 28, 4, 0, 2});
  EXPECT_EQ(twice.user_timeout->value, 1);
  EXPECT_EQ(twice.notes.duplicates, 1);
}

// 40 bytes may hold, packed, what our layout of whole words has no room for.
TEST(TcpOptions, AUserTimeoutIsLeftOutWhereItDoesNotFit) {
  TcpOptions options;
  options.mss = 1460;
  options.timestamps = TcpTimestamps{1, 2};
  options.window_scale = 7;
  options.user_timeout = UserTimeout{.value = 1};
  EXPECT_TRUE(user_timeout_fits(options));
  EXPECT_EQ(tcp_options_length(options), 24u);
  options.fast_open = FastOpenCookie::of(std::vector<std::byte>(16));
  EXPECT_FALSE(user_timeout_fits(options));
  EXPECT_EQ(tcp_options_length(options), 40u);
  EXPECT_FALSE(parse_tcp_options(emitted(options))->user_timeout);
}

TEST(TcpOptions, NothingIsWrittenWithoutRoom) {
  base::TestRandom random(2);
  for (int round = 0; round < 2000; ++round) {
    const TcpOptions options = random_options(random);
    const std::size_t length = tcp_options_length(options);
    if (length == 0) continue;
    ExactCopy out(std::vector<std::byte>(random.below(length), std::byte{0x77}));
    ASSERT_EQ(emit_tcp_options(options, out.mutable_bytes()), 0);
    ASSERT_TRUE(std::ranges::all_of(out.bytes(), [](std::byte byte) { return byte == std::byte{0x77}; }));
  }
}

// Bytes that make sense often enough: random kinds with lengths that mostly fit.
TEST(TcpOptions, WhatWasReadReadsTheSameAgain) {
  base::TestRandom random(3);
  constexpr unsigned kKinds[] = {0, 1, 2, 3, 4, 5, 8, 34, 254, 99};
  constexpr unsigned kLengths[] = {2, 2, 4, 3, 2, 10, 10, 10, 8, 5};
  int good = 0;
  for (int round = 0; round < 50000; ++round) {
    auto bytes = random_bytes(random, random.below(11) * 4);
    for (std::size_t at = 0; at + 1 < bytes.size();) {
      const std::size_t pick = random.below(std::size(kKinds));
      bytes[at] = static_cast<std::byte>(kKinds[pick]);
      if (pick == 1) {
        ++at;
        continue;
      }
      bytes[at + 1] = static_cast<std::byte>(random.chance(1, 20) ? random.below(20) : kLengths[pick]);
      at += kLengths[pick];
    }
    const auto options = parse_tcp_options(ExactCopy(bytes).bytes());
    if (!options) continue;
    ++good;
    const auto again = parse_tcp_options(emitted(*options));
    ASSERT_TRUE(again);
    TcpOptions expected = without_notes(*options);
    while (expected.sack_count > again->sack_count) expected.sack_blocks[--expected.sack_count] = {};
    ASSERT_EQ(*again, expected);
  }
  EXPECT_GT(good, 5000);
}

}  // namespace
}  // namespace handfast::wire

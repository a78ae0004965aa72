#include "wire/ipv6_extensions.h"

#include <gtest/gtest.h>

#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

constexpr std::uint8_t kTcp = 6;

// Extension headers one behind the other, and what is behind them.
struct Chain {
  std::vector<std::byte> bytes{};
  std::uint8_t first = kTcp;
  std::size_t last = 0;  // where the newest header names its successor

  Chain& add(std::uint8_t header, std::vector<std::byte> body) {
    if (bytes.empty()) {
      first = header;
    } else {
      bytes[last] = std::byte{header};
    }
    last = bytes.size();
    bytes.push_back(std::byte{kTcp});
    bytes.push_back(static_cast<std::byte>((body.size() + 2) / 8 - 1));
    bytes.insert(bytes.end(), body.begin(), body.end());
    return *this;
  }
  DropReason judged() const {
    const auto upper = skip_ipv6_extensions(first, ExactCopy(bytes).bytes());
    return upper ? DropReason::kNone : upper.error();
  }
};

std::vector<std::byte> options_of(std::initializer_list<unsigned> options, std::size_t size = 6) {
  std::vector<std::byte> body = bytes_of(options);
  while (body.size() < size) body.push_back(std::byte{0});
  return body;
}

TEST(Ipv6Extensions, WhatIsBehindThemIsFound) {
  Chain chain;
  chain.add(0, options_of({5, 2, 0, 0}))
      .add(60, options_of({1, 4}))
      .add(43, options_of({0, 0}))
      .add(60, options_of({}));
  chain.bytes.push_back(std::byte{42});
  const auto upper = skip_ipv6_extensions(chain.first, chain.bytes);
  ASSERT_TRUE(upper);
  EXPECT_EQ(upper->protocol, kTcp);
  ASSERT_EQ(upper->payload.size(), 1u);
  EXPECT_EQ(upper->payload[0], std::byte{42});
  const auto plain = skip_ipv6_extensions(58, chain.bytes);
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->protocol, 58);
  EXPECT_EQ(plain->payload.size(), chain.bytes.size());
}

TEST(Ipv6Extensions, HopByHopOptionsStandFirst) {  // 8200-1
  EXPECT_EQ(Chain().add(0, options_of({})).judged(), DropReason::kNone);
  EXPECT_EQ(Chain().add(60, options_of({})).add(0, options_of({})).judged(), DropReason::kIpv6BadExtension);
  EXPECT_EQ(Chain().add(0, options_of({})).add(0, options_of({})).judged(), DropReason::kIpv6BadExtension);
}

// RFC 8200 §4.1: a receiver takes them in any order and number, up to our limit.
TEST(Ipv6Extensions, OthersStandInAnyOrderUpToTheLimit) {  // 8200-2, 8504-1
  Chain chain;
  for (std::size_t i = 0; i < kMostIpv6Extensions; ++i) {
    chain.add(i % 2 == 0 ? 60 : 43, options_of({}));
    EXPECT_EQ(chain.judged(), DropReason::kNone) << i;
  }
  EXPECT_EQ(chain.add(60, options_of({})).judged(), DropReason::kIpv6ExtensionLimit);
}

TEST(Ipv6Extensions, AnOptionSaysWhetherItMayBePassedOver) {  // 8200-4
  for (unsigned type = 2; type < 256; ++type) {
    const DropReason why = type < 64 ? DropReason::kNone : DropReason::kIpv6BadOption;
    EXPECT_EQ(Chain().add(60, options_of({type, 4, 0, 0, 0, 0})).judged(), why) << type;
    EXPECT_EQ(Chain().add(0, options_of({type, 0})).judged(), why) << type;
  }
}

TEST(Ipv6Extensions, OptionsAndPaddingHaveLimits) {  // 8504-1
  const auto options = [](std::size_t count) {
    std::vector<std::byte> body;
    for (std::size_t i = 0; i < count; ++i) {
      body.push_back(std::byte{9});
      body.push_back(std::byte{0});
    }
    while ((body.size() + 2) % 8 != 0) body.push_back(std::byte{0});
    return body;
  };
  EXPECT_EQ(Chain().add(60, options(kMostIpv6Options)).judged(), DropReason::kNone);
  EXPECT_EQ(Chain().add(60, options(kMostIpv6Options + 1)).judged(), DropReason::kIpv6ExtensionLimit);
  EXPECT_EQ(Chain().add(0, options(5)).add(60, options(4)).judged(), DropReason::kIpv6ExtensionLimit)
      << "they are counted over the whole packet";
  EXPECT_EQ(Chain().add(60, options_of({}, 14)).judged(), DropReason::kIpv6ExtensionLimit);
  EXPECT_EQ(Chain().add(60, options_of({1, 12}, 14)).judged(), DropReason::kIpv6ExtensionLimit);
  EXPECT_EQ(Chain().add(60, options_of({1, 4, 0, 0, 0, 0, 9, 6}, 14)).judged(), DropReason::kNone);
}

TEST(Ipv6Extensions, TheirBytesHaveALimit) {  // 8504-1
  const auto sized = [](std::size_t bytes) {
    std::vector<std::byte> body(bytes - 2);
    body[1] = std::byte{0};  // of a routing header that leads nowhere
    return body;
  };
  EXPECT_EQ(Chain().add(43, sized(kMostIpv6ExtensionBytes)).judged(), DropReason::kNone);
  EXPECT_EQ(Chain().add(43, sized(kMostIpv6ExtensionBytes + 8)).judged(), DropReason::kIpv6ExtensionLimit);
  EXPECT_EQ(Chain().add(43, sized(kMostIpv6ExtensionBytes)).add(43, sized(8)).judged(),
            DropReason::kIpv6ExtensionLimit);
}

TEST(Ipv6Extensions, ARoutingHeaderThatLeadsOnIsRefused) {  // 8200-5
  for (unsigned type = 0; type < 256; ++type) {
    EXPECT_EQ(Chain().add(43, options_of({type, 0})).judged(), DropReason::kNone) << type;
    EXPECT_EQ(Chain().add(43, options_of({type, 1})).judged(), DropReason::kIpv6RoutingHeader) << type;
  }
}

TEST(Ipv6Extensions, AFragmentThatIsTheWholePacketIsTaken) {  // 8200-7
  for (unsigned field = 0; field < 0x10000; field += 0x7) {
    Chain chain;
    chain.add(44, options_of({field >> 8, field & 0xFF, 1, 2, 3, 4}));
    const bool is_whole = (field & 0xFFF9) == 0;  // what is reserved counts for nothing
    ASSERT_EQ(chain.judged(), is_whole ? DropReason::kNone : DropReason::kIpv6Fragment) << field;
  }
  EXPECT_EQ(Chain().add(44, options_of({0, 6})).judged(), DropReason::kNone);
}

// A2, E1: every header cut at every place, and every length that it can claim.
TEST(Ipv6Extensions, NoLengthLeadsBeyondThePacket) {
  for (const unsigned header : {0u, 43u, 44u, 60u}) {
    for (std::size_t size = 0; size <= 40; ++size) {
      for (unsigned claim = 0; claim < 256; ++claim) {
        std::vector<std::byte> bytes(size);
        if (size > 0) bytes[0] = std::byte{kTcp};
        if (size > 1) bytes[1] = static_cast<std::byte>(claim);
        if (size > 3) bytes[2] = bytes[3] = std::byte{0};
        const std::size_t length = header == 44 ? 8 : (claim + 1) * 8;
        const auto upper = skip_ipv6_extensions(static_cast<std::uint8_t>(header), ExactCopy(bytes).bytes());
        if (size < 8 || length > size) {
          ASSERT_FALSE(upper);
          ASSERT_EQ(upper.error(), DropReason::kIpv6BadExtension);
        } else if (upper) {
          ASSERT_EQ(upper->payload.size(), size - length);
        }
      }
    }
  }
  for (unsigned length = 0; length < 256; ++length) {
    const DropReason why = length <= 4 ? DropReason::kNone : DropReason::kIpv6BadExtension;
    EXPECT_EQ(Chain().add(60, options_of({9, length})).judged(), why) << length;
  }
  EXPECT_EQ(Chain().add(60, bytes_of({9, 3, 0, 0, 0, 9})).judged(), DropReason::kIpv6BadExtension) << "no length";
}

TEST(Ipv6Extensions, NothingMayFollow) {
  EXPECT_EQ(skip_ipv6_extensions(59, {}).error(), DropReason::kIpv6NoNextHeader);
}

}  // namespace
}  // namespace handfast::wire

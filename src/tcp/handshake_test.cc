#include "tcp/handshake.h"

#include <gtest/gtest.h>

#include <set>

namespace handfast::tcp {
namespace {

constexpr base::SipKey kKey{0x0123456789ABCDEF, 0x0FEDCBA987654321};

FourTuple tuple_of(std::uint8_t host, std::uint16_t port) {
  return {.host = {IpAddress::v4(192, 0, 2, host), 80}, .peer = {IpAddress::v4(198, 51, 100, 7), port}};
}

TEST(InitialSequenceNumber, IsMonotonicInTimeForOneTuple) {  // SHLD-1, 6528-1, U-12
  const FourTuple tuple = tuple_of(1, 40000);
  const SeqNum first = initial_sequence_number(kKey, tuple, Instant(0s));
  for (std::uint32_t us = 4; us < 1'000'000; us += 39'996) {
    const SeqNum later = initial_sequence_number(kKey, tuple, Instant(std::chrono::microseconds(us)));
    EXPECT_EQ(later.since(first), us / 4);  // MUST-8: a tick each four microseconds
  }
}

TEST(InitialSequenceNumber, DiffersForEachTupleAndKey) {  // MUST-9, 6528-2
  std::set<std::uint32_t> seen;
  for (std::uint8_t host = 1; host <= 20; ++host) {
    for (std::uint16_t port = 1; port <= 50; ++port) {
      seen.insert(initial_sequence_number(kKey, tuple_of(host, port), Instant(5s)).value());
    }
  }
  EXPECT_EQ(seen.size(), 1000u);
  FourTuple swapped = tuple_of(1, 80);
  std::swap(swapped.host, swapped.peer);
  EXPECT_NE(initial_sequence_number(kKey, swapped, Instant(5s)),
            initial_sequence_number(kKey, tuple_of(1, 80), Instant(5s)));
  EXPECT_NE(initial_sequence_number({1, 2}, tuple_of(1, 1), Instant(5s)),
            initial_sequence_number(kKey, tuple_of(1, 1), Instant(5s)));
  EXPECT_NE(timestamp_offset({1, 2}, tuple_of(1, 1)), timestamp_offset(kKey, tuple_of(1, 1)));
  EXPECT_NE(timestamp_offset(kKey, tuple_of(1, 1)), timestamp_offset(kKey, tuple_of(1, 2)));
}

TEST(InitialSequenceNumber, HashesTheWholeOfIpv6Addresses) {
  std::set<std::uint32_t> seen;
  for (int byte = 0; byte < 16; ++byte) {
    std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0D, 0xB8};
    bytes[static_cast<std::size_t>(byte)] ^= 1;
    const FourTuple tuple{.host = {IpAddress::v6(bytes), 80}, .peer = {IpAddress::v6(bytes), 81}};
    seen.insert(initial_sequence_number(kKey, tuple, Instant(0s)).value());
  }
  EXPECT_EQ(seen.size(), 16u);
}

TEST(Scale, IsTheSmallestThatNamesTheBuffer) {
  for (std::uint32_t buffer : {1u, 65535u, 65536u, 131071u, 131072u, 262144u, 1u << 29, 1u << 30, 0xFFFFFFFFu}) {
    const std::uint8_t scale = scale_for(buffer);
    EXPECT_LE(scale, 14);
    EXPECT_TRUE(scale == 14 || (buffer >> scale) <= 0xFFFF) << buffer;
    EXPECT_TRUE(scale == 0 || (buffer >> (scale - 1)) > 0xFFFF) << buffer;
  }
}

TEST(Agree, OnlyWhatBothWant) {
  for (unsigned bits = 0; bits < 64; ++bits) {
    TcpConfig config;
    config.window_scale = bits & 1;
    config.timestamps = bits & 2;
    config.sack = bits & 4;
    TcpOptions theirs;
    if (bits & 8) theirs.window_scale = 5;
    if (bits & 16) theirs.timestamps.emplace();
    theirs.sack_permitted = bits & 32;
    const Agreed agreed = agree(config, theirs, 1460, IpVersion::kV4);
    EXPECT_EQ(agreed.window_scale, (bits & 9) == 9);
    EXPECT_EQ(agreed.timestamps, (bits & 18) == 18);
    EXPECT_EQ(agreed.sack, (bits & 36) == 36);
    EXPECT_EQ(agreed.send_scale, agreed.window_scale ? 5 : 0);
    EXPECT_EQ(agreed.receive_scale, agreed.window_scale ? scale_for(config.receive_buffer) : 0);
    const TcpOptions answer = answered_options(config, agreed, 1400);
    EXPECT_EQ(answer.window_scale.has_value(), agreed.window_scale);
    EXPECT_EQ(answer.timestamps.has_value(), agreed.timestamps);
    EXPECT_EQ(answer.sack_permitted, agreed.sack);
    EXPECT_EQ(answer.mss, 1400);
  }
}

}  // namespace
}  // namespace handfast::tcp

#include <gtest/gtest.h>

#include "script/live_packet.h"

// What a host under test sends is read with all its checksums: one that does not add up is a finding, not a packet.

namespace handfast::script {
namespace {

constexpr Instant kNow(std::chrono::seconds(1));

FourTuple between(IpVersion version) {
  const bool v4 = version == IpVersion::kV4;
  return {.host = *Endpoint::parse(v4 ? "192.168.0.1:8080" : "[2001:db8::1]:8080"),
          .peer = *Endpoint::parse(v4 ? "192.0.2.1:1234" : "[2001:db8::2]:1234")};
}

// Changes each byte in turn, and asks for the packet to be refused, but for the bytes that `is_free` names.
void refuses_any_change(std::vector<std::byte> packet, std::size_t header, const char* what) {
  for (std::size_t at = header; at < packet.size(); ++at) {
    packet[at] ^= std::byte{0x40};
    const auto read = read_packet(packet, kNow);
    EXPECT_FALSE(read) << what << ", byte " << at;
    packet[at] ^= std::byte{0x40};
  }
}

class ReadPacket : public testing::TestWithParam<IpVersion> {
 protected:
  std::size_t header() const { return GetParam() == IpVersion::kV4 ? 20 : 40; }
};

TEST_P(ReadPacket, SegmentsHaveAChecksum) {
  const FourTuple tuple = between(GetParam());
  const TcpWords words{.flags = 0x10, .sequence = 7, .length = 9, .acknowledgment = 8, .window = 100};
  const std::vector<std::byte> packet = tcp_packet(tuple.host, tuple.peer, {}, words);
  const auto read = read_packet(packet, kNow);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->tcp()->length, 9u);
  refuses_any_change(packet, header(), "a segment");
}

TEST_P(ReadPacket, IcmpMessagesHaveAChecksum) {
  const FourTuple tuple = between(GetParam());
  IcmpWords words;
  words.type = "echo_request";
  const std::vector<std::byte> packet = icmp_packet(tuple, {}, words, 0);
  const auto read = read_packet(packet, kNow);
  ASSERT_TRUE(read) << read.error();
  ASSERT_TRUE(read->icmp);
  refuses_any_change(packet, header(), "a message");
}

INSTANTIATE_TEST_SUITE_P(Version, ReadPacket, testing::Values(IpVersion::kV4, IpVersion::kV6),
                         [](const auto& one) { return one.param == IpVersion::kV4 ? "V4" : "V6"; });

}  // namespace
}  // namespace handfast::script

#include "script/parse_packet.h"

#include <gtest/gtest.h>

#include <string>

#include "script/test_script.h"
#include "wire/tcp.h"

namespace handfast::script {
namespace {

PacketLine packet_of(std::string_view text) { return only<PacketLine>("0 " + std::string(text)); }
TcpWords tcp_of(std::string_view text) { return segment_of("0 " + std::string(text)); }
std::string packet_error(std::string_view text) { return error_of("0 " + std::string(text)); }

TEST(ScriptPacket, ASegment) {
  const PacketLine packet = packet_of("< P. 1:1001(1000) ack 5 win 257 urg 3");
  EXPECT_EQ(packet.direction, Direction::kInbound);
  EXPECT_FALSE(packet.ports);
  EXPECT_EQ(packet.ip.ecn, EcnWord::kNone);
  const auto& segment = std::get<TcpWords>(packet.what);
  EXPECT_EQ(segment.flags, (wire::kPsh | wire::kAck).bits());
  EXPECT_FALSE(segment.ace);
  EXPECT_EQ(segment.sequence, 1u);
  EXPECT_EQ(segment.length, 1000u);
  EXPECT_EQ(segment.acknowledgment, 5u);
  EXPECT_EQ(segment.window, 257);
  EXPECT_EQ(segment.urgent, 3);
  EXPECT_FALSE(segment.any_options);
  EXPECT_TRUE(segment.options.empty());
}

TEST(ScriptPacket, OutboundTheWindowMayBeAnything) {
  EXPECT_FALSE(tcp_of("> . 1:1(0) ack 1").window);
  EXPECT_EQ(packet_error("< . 1:1(0) ack 1"),
            "t.pkt:1:19: expected win and the window of an inbound segment, seen the end of the script");
  EXPECT_EQ(packet_error("< . 1:1(0) win 65536"), "t.pkt:1:18: expected a window from 0 to 65535, seen 65536");
}

TEST(ScriptPacket, Flags) {
  const auto flags = [](std::string_view letters) { return tcp_of("> " + std::string(letters) + " 0:0(0)").flags; };
  EXPECT_EQ(flags("-"), 0);
  EXPECT_EQ(flags("S"), wire::kSyn.bits());
  EXPECT_EQ(flags("FRUEWA"), (wire::kFin | wire::kRst | wire::kUrg | wire::kEce | wire::kCwr | wire::kAe).bits());
  EXPECT_EQ(flags("."), wire::kAck.bits());
  EXPECT_EQ(flags("SEW"), (wire::kSyn | wire::kEce | wire::kCwr).bits());
  EXPECT_EQ(packet_error("> SX. 0:0(0)"),
            "t.pkt:1:6: expected flags out of FSRPEWAU with . for ACK, or . and a digit up to 7 for ACE, seen SX.");
  EXPECT_EQ(packet_error("> 0:0(0)"), "t.pkt:1:6: expected >, seen :") << "a number begins ports";
  EXPECT_EQ(packet_error("> (tos 0x1) < 0:0(0)"), "t.pkt:1:15: expected the flags of a segment, or - for none, seen <");
}

TEST(ScriptPacket, AceIsANumberBehindTheDot) {
  const TcpWords segment = tcp_of("> P.5 1:1(0) ack 1");
  EXPECT_EQ(segment.ace, 5);
  EXPECT_EQ(segment.flags, (wire::kPsh | wire::kAck | wire::kAe | wire::kEce).bits());
  EXPECT_EQ(tcp_of("> .2 1:1(0) ack 1").flags, (wire::kAck | wire::kCwr).bits());
  EXPECT_EQ(tcp_of("> .0 1:1(0) ack 1").ace, 0);
  EXPECT_NE(packet_error("> .8 1:1(0)").find("t.pkt:1:6: expected flags"), std::string::npos);
  EXPECT_NE(packet_error("> E.5 1:1(0)").find("t.pkt:1:7: expected flags"), std::string::npos);
  EXPECT_NE(packet_error("> .55 1:1(0)").find("t.pkt:1:7: expected flags"), std::string::npos);
  EXPECT_NE(packet_error("> S5E 1:1(0)").find("t.pkt:1:7: expected flags"), std::string::npos);
}

TEST(ScriptPacket, SequenceNumbersAgreeWithTheLength) {
  EXPECT_EQ(tcp_of("> . 4294967295:4294967295(0) ack 4294967295").sequence, 0xFFFFFFFF);
  EXPECT_EQ(packet_error("> . 1:1000(1000)"), "t.pkt:1:7: expected 1:1001(1000), seen 1:1000(1000)");
  EXPECT_EQ(packet_error("> . 4294967295:0(1)"), "t.pkt:1:7: expected 4294967295:4294967296(1), seen 4294967295:0(1)");
  EXPECT_EQ(packet_error("> . 4294967296:0(0)"),
            "t.pkt:1:7: expected a sequence number from 0 to 4294967295, seen 4294967296");
  EXPECT_EQ(packet_error("> . 0:65536(65536)"), "t.pkt:1:15: expected a length from 0 to 65535, seen 65536");
  EXPECT_EQ(packet_error("> . 0:65500(65500)"),
            "t.pkt:1:5: expected a segment that a datagram of 65536 bytes holds, seen 65500 bytes of text");
  EXPECT_EQ(packet_error("> . 1-1(0)"), "t.pkt:1:8: expected :, seen -1");
  EXPECT_EQ(packet_error("> . 1:1(0) ack -1"),
            "t.pkt:1:18: expected an acknowledgment number from 0 to 4294967295, seen -1");
  EXPECT_EQ(packet_error("> U. 1:1(0) urg 65536"),
            "t.pkt:1:19: expected an urgent pointer from 0 to 65535, seen 65536");
}

TEST(ScriptPacket, FieldsOfTheIpHeader) {
  EXPECT_EQ(packet_of("> [ect0] . 1:1(0)").ip.ecn, EcnWord::kEct0);
  EXPECT_EQ(packet_of("> [ect1] . 1:1(0)").ip.ecn, EcnWord::kEct1);
  EXPECT_EQ(packet_of("> (noecn) . 1:1(0)").ip.ecn, EcnWord::kNoEcn);
  EXPECT_EQ(packet_of("< [ce] . 1:1(0) win 1").ip.ecn, EcnWord::kCe);
  EXPECT_EQ(packet_of("> [ect01] . 1:1(0)").ip.ecn, EcnWord::kEct01);
  EXPECT_EQ(packet_of("> (tos 0xfc) . 1:1(0)").ip.tos, 0xFC);
  EXPECT_EQ(packet_of("> (ttl 63) . 1:1(0)").ip.ttl, 63);
  const IpFields both = packet_of("> [ect0, flowlabel 0xfffff] . 1:1(0)").ip;
  EXPECT_EQ(both.ecn, EcnWord::kEct0);
  EXPECT_EQ(both.flow_label, 0xFFFFFu);
  EXPECT_FALSE(both.tos);
}

TEST(ScriptPacket, FieldsOfTheIpHeaderThatAreNone) {
  EXPECT_EQ(packet_error("< [ect01] . 1:1(0) win 1"),
            "t.pkt:1:6: expected ect0 or ect1 in an inbound packet, seen ect01");
  EXPECT_EQ(packet_error("> (tos 0x100) . 1:1(0)"), "t.pkt:1:10: expected a TOS from 0x0 to 0xff, seen 0x100");
  EXPECT_EQ(packet_error("> (tos 5) . 1:1(0)"), "t.pkt:1:10: expected a TOS from 0x0 to 0xff, seen 5");
  EXPECT_EQ(packet_error("> (ttl 256) . 1:1(0)"), "t.pkt:1:10: expected a TTL from 0 to 255, seen 256");
  EXPECT_EQ(packet_error("> (flowlabel 0x100000) . 1:1(0)"),
            "t.pkt:1:16: expected a flow label from 0x0 to 0xfffff, seen 0x100000");
  EXPECT_EQ(packet_error("> (ecn) . 1:1(0)"),
            "t.pkt:1:6: expected noecn, ect0, ect1, ce, ect01, tos, ttl or flowlabel, seen ecn");
  EXPECT_EQ(packet_error("> (ce] . 1:1(0)"), "t.pkt:1:8: expected ), seen ]");
}

TEST(ScriptPacket, Ports) {
  const auto ports = packet_of("< 8080 > 443 S 0:0(0) win 5").ports;
  ASSERT_TRUE(ports);
  EXPECT_EQ(ports->source, 8080);
  EXPECT_EQ(ports->destination, 443);
  EXPECT_EQ(packet_error("< 65536 > 1 S 0:0(0) win 5"), "t.pkt:1:5: expected a port from 0 to 65535, seen 65536");
}

TEST(ScriptPacket, UdpDatagrams) {
  const PacketLine packet = packet_of("> udp 5 > 6 (1400)");
  EXPECT_EQ(std::get<UdpWords>(packet.what).length, 1400u);
  EXPECT_EQ(packet.ports->destination, 6);
  EXPECT_FALSE(packet_of("> udp (0)").ports);
  EXPECT_EQ(packet_error("> [ce] udp (1)"), "t.pkt:1:5: expected ECN for TCP or ICMP alone, seen it for UDP");
  EXPECT_EQ(packet_error("> udp (65536)"), "t.pkt:1:10: expected a length from 0 to 65535, seen 65536");
}

TEST(ScriptPacket, IcmpMessages) {
  const auto icmp = [](std::string_view text) { return std::get<IcmpWords>(packet_of(text).what); };
  EXPECT_EQ(icmp("< icmp unreachable").type, "unreachable");
  EXPECT_EQ(icmp("< icmp unreachable").code, "");
  EXPECT_FALSE(icmp("< icmp unreachable").quoted);
  const IcmpWords needed = icmp("< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]");
  EXPECT_EQ(needed.code, "frag_needed");
  EXPECT_EQ(needed.mtu, 1200u);
  ASSERT_TRUE(needed.quoted);
  EXPECT_EQ(needed.quoted->protocol, QuotedWords::Protocol::kTcp);
  EXPECT_EQ(needed.quoted->sequence, 1u);
  EXPECT_EQ(needed.quoted->length, 1000u);
  EXPECT_EQ(icmp("< icmp packet_too_big mtu 1280 [udp (9)]").quoted->protocol, QuotedWords::Protocol::kUdp);
  EXPECT_EQ(icmp("< icmp echo_request id 7 [raw (9)]").echo_id, 7u);
  EXPECT_EQ(icmp("< icmp echo_request id 7 [raw (9)]").quoted->length, 9u);
  EXPECT_EQ(packet_error("< icmp 3"), "t.pkt:1:10: expected a type of ICMP, seen 3");
  EXPECT_EQ(packet_error("< icmp echo_request id 65536"),
            "t.pkt:1:26: expected an identifier from 0 to 65535, seen 65536");
  EXPECT_EQ(packet_error("< icmp unreachable mtu -1"), "t.pkt:1:26: expected an MTU from 0 to 4294967295, seen -1");
}

TEST(ScriptPacket, PacketsInPacketsAreNotSupported) {
  EXPECT_EQ(packet_error("> ipv4 192.0.2.1 > 192.0.2.2: . 1:1(0)"),
            "t.pkt:1:5: not supported: a packet in a packet (ipv4)");
  EXPECT_EQ(packet_error("> ipv6 fd::1 > fd::2: . 1:1(0)"), "t.pkt:1:5: not supported: a packet in a packet (ipv6)");
  EXPECT_EQ(packet_error("> gre: . 1:1(0)"), "t.pkt:1:5: not supported: a packet in a packet (gre)");
  EXPECT_EQ(packet_error("> mpls (label 0): . 1:1(0)"), "t.pkt:1:5: not supported: a packet in a packet (mpls)");
  EXPECT_EQ(packet_error("> (ce) encap psp spi 0x1 . 1:1(0)"),
            "t.pkt:1:10: not supported: a packet in a packet (encap)");
}

}  // namespace
}  // namespace handfast::script

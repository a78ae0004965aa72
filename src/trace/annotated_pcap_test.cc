#include "trace/annotated_pcap.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

using enum TcpState;
constexpr auto kAck = SegmentView::kAck;

struct Read {
  std::uint32_t interface = 0;
  wire::CaptureDirection direction{};
  Instant at{};
  std::size_t size = 0;
  std::vector<std::string> comments;

  bool says(std::string_view words) const {
    for (const std::string& comment : comments) {
      if (comment.find(words) != std::string::npos) return true;
    }
    return false;
  }
};

std::vector<Read> read_back(const std::string& capture, std::vector<wire::CaptureInterface>* interfaces = nullptr) {
  const auto bytes = std::as_bytes(std::span(capture));
  auto reader = wire::CaptureReader::open(bytes);
  EXPECT_TRUE(reader.has_value());
  std::vector<Read> packets;
  while (reader) {
    const auto next = reader->next();
    EXPECT_TRUE(next.has_value());
    if (!next || !*next) break;
    const wire::CapturedPacket& packet = **next;
    packets.push_back({packet.interface,
                       packet.direction,
                       packet.timestamp,
                       packet.bytes.size(),
                       {packet.comments.begin(), packet.comments.end()}});
  }
  if (interfaces != nullptr) interfaces->assign(reader->interfaces().begin(), reader->interfaces().end());
  return packets;
}

// A TCP segment over IPv4 without options; checksums do not matter to a capture.
std::vector<std::byte> packet_of(Stage::Who sender, const SegmentView& segment, bool ethernet = false) {
  std::vector<std::byte> bytes(40 + segment.text_length);
  bytes[0] = std::byte{0x45};
  base::store_be16(&bytes[2], static_cast<std::uint16_t>(bytes.size()));
  bytes[9] = std::byte{6};
  base::store_be16(&bytes[20], sender == Stage::kA ? 40000 : 80);
  base::store_be16(&bytes[22], sender == Stage::kA ? 80 : 40000);
  base::store_be32(&bytes[24], segment.seq);
  base::store_be32(&bytes[28], segment.ack);
  bytes[32] = std::byte{0x50};
  bytes[33] = static_cast<std::byte>(segment.flags);
  if (ethernet) bytes.insert(bytes.begin(), 14, std::byte{0});
  return bytes;
}

struct Film {
  StringOutput output;
  AnnotatedPcap pcap;
  Stage stage;
  explicit Film(const std::vector<CapturePoint>& points) : pcap(output, points), stage(pcap) {}

  void frame(Stage::Who who, Kind kind, const std::vector<std::byte>& bytes, std::uint8_t interface = 0) {
    const auto middle = bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2);
    const std::span<const std::byte> pieces[] = {{bytes.begin(), middle}, {middle, bytes.end()}};
    Event event = stage.event_of(who, kind);
    event.tuple = {};
    event.interface = interface;
    event.frame = pieces;
    stage.emit(event);
  }
  std::vector<Read> packets() {
    pcap.finish();
    return read_back(output.text());
  }
};

TEST(AnnotatedPcap, CommentsStandWithTheirFrames) {
  Film film({CapturePoint{.host_number = Stage::kA}});
  Stage& stage = film.stage;
  const SegmentView syn = Stage::syn(Stage::kX);
  const SegmentView syn_ack = Stage::syn_ack(Stage::kY, Stage::kX + 1);
  const SegmentView ack = Stage::segment(kAck, Stage::kX + 1, Stage::kY + 1);
  stage.changes(Stage::kA, {kClosed, kSynSent}, Reason::kActiveOpen);
  stage.sends(Stage::kA, syn, {kSynSent, kSynSent}, Reason::kSendSyn);
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, syn));
  stage.at_us(20);
  film.frame(Stage::kA, Kind::kFrameReceived, packet_of(Stage::kB, syn_ack));
  stage.changes(Stage::kA, {kSynSent, kEstablished}, Reason::kSynAckArrived);
  stage.receives(Stage::kA, syn_ack, {kSynSent, kEstablished}, Reason::kSynAckArrived);
  stage.sends(Stage::kA, ack, {kEstablished, kEstablished}, Reason::kSendAck);
  stage.at_us(30);
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, ack));
  const auto packets = film.packets();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].direction, wire::CaptureDirection::kOutbound);
  EXPECT_EQ(packets[0].comments[0],
            "CLOSED -> SYN-SENT: the caller opens: a TCB is made and a SYN goes out (RFC 9293 §3.10.1)");
  EXPECT_TRUE(packets[0].says("seq = x = 4,294,967,294: the SYN uses one sequence number, next is x + 1"));
  EXPECT_EQ(packets[1].direction, wire::CaptureDirection::kInbound);
  EXPECT_EQ(packets[1].at, Instant(Duration(20000)));
  EXPECT_EQ(packets[1].size, 40u);
  EXPECT_EQ(packets[1].comments[0],
            "SYN-SENT -> ESTABLISHED: SYN and ack = iss + 1: our SYN arrived (RFC 9293 §3.10.7.3 fourth)");
  EXPECT_TRUE(packets[1].says("ack = x + 1 = 4,294,967,295: A's SYN used one sequence number"));
  EXPECT_TRUE(packets[1].says("agreed: MSS 1,400 towards B"));
  EXPECT_FALSE(packets[1].says("empty ACK"));
  EXPECT_EQ(packets[2].comments[0], "ESTABLISHED: acknowledgment (RFC 9293 §3.10.7.4 seventh)");
  EXPECT_TRUE(packets[2].says("empty ACK, uses no number, snd.nxt stays x + 1"));
  // Told by two events, written once.
  EXPECT_EQ(packets[1].comments.size(), 5u);
}

TEST(AnnotatedPcap, RetransmissionsAndDropsSayWhy) {
  Film film({CapturePoint{.host_number = Stage::kA}});
  Stage& stage = film.stage;
  const SegmentView syn = Stage::syn(Stage::kX);
  for (const Reason reason : {Reason::kSendSyn, Reason::kSendSynAgain}) {
    stage.sends(Stage::kA, syn, {kSynSent, kSynSent}, reason);
    film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, syn));
  }
  const SegmentView wrong = Stage::syn_ack(Stage::kY, 55);
  film.frame(Stage::kA, Kind::kFrameReceived, packet_of(Stage::kB, wrong));
  stage.receives(Stage::kA, wrong, {kSynSent, kSynSent}, Reason::kNone, DropReason::kTcpSynSentBadAck);
  film.frame(Stage::kA, Kind::kFrameReceived, packet_of(Stage::kB, wrong));
  Event event = stage.event_of(Stage::kA, Kind::kDropped);
  event.drop = DropReason::kTcpBadChecksum;
  stage.emit(event);
  const auto packets = film.packets();
  ASSERT_EQ(packets.size(), 4u);
  EXPECT_FALSE(packets[0].says("again"));
  EXPECT_TRUE(packets[1].says("the same segment again: its numbers were sent before"));
  EXPECT_EQ(packets[2].comments[0],
            "dropped in SYN-SENT: the SYN is not what this acknowledges (RFC 9293 §3.10.7.3 first)");
  EXPECT_EQ(packets[3].comments, std::vector<std::string>{"dropped: TCP checksum wrong (RFC 9293 §3.1 (MUST-3))"});
}

TEST(AnnotatedPcap, CommentsWaitForTheirFrameBehindOthers) {
  // The SYN waits for the neighbor's address: an ARP frame leaves first.
  Film film({CapturePoint{.host_number = Stage::kA, .interface = 0, .link = LinkKind::kEthernet, .name = "tap0"}});
  const SegmentView syn = Stage::syn(Stage::kX);
  film.stage.sends(Stage::kA, syn, {kSynSent, kSynSent}, Reason::kSendSyn);
  film.frame(Stage::kA, Kind::kFrameSent, std::vector<std::byte>(42));
  film.frame(Stage::kA, Kind::kFrameReceived, std::vector<std::byte>(42));
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, syn, true));
  const auto packets = film.packets();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_TRUE(packets[0].comments.empty());
  EXPECT_TRUE(packets[1].comments.empty());
  EXPECT_TRUE(packets[2].says("SYN: seq = iss"));
}

TEST(AnnotatedPcap, OnlyTheChosenInterfacesAreWritten) {
  Film film({{.host_number = Stage::kA, .interface = 0, .link = LinkKind::kIp, .name = "tun0"},
             {.host_number = Stage::kA, .interface = 2, .link = LinkKind::kEthernet, .name = "tap0"}});
  const auto bytes = packet_of(Stage::kA, Stage::syn(1));
  film.frame(Stage::kA, Kind::kFrameSent, bytes, 0);
  film.frame(Stage::kA, Kind::kFrameSent, bytes, 1);
  film.frame(Stage::kA, Kind::kFrameReceived, bytes, 2);
  film.frame(Stage::kB, Kind::kFrameSent, bytes, 0);
  film.pcap.finish();
  std::vector<wire::CaptureInterface> interfaces;
  const auto packets = read_back(film.output.text(), &interfaces);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].interface, 0u);
  EXPECT_EQ(packets[1].interface, 1u);
  ASSERT_EQ(interfaces.size(), 2u);
  EXPECT_EQ(interfaces[0].link_type, wire::kLinkTypeRaw);
  EXPECT_EQ(interfaces[1].link_type, wire::kLinkTypeEthernet);
  EXPECT_EQ(interfaces[1].name, "tap0");
}

TEST(AnnotatedPcap, WhatACallDoesIsNotTheLastFramesDoing) {
  Film film({CapturePoint{.host_number = Stage::kA}});
  film.frame(Stage::kA, Kind::kFrameReceived, packet_of(Stage::kB, Stage::segment(kAck, 1, 1)));
  Event call = film.stage.event_of(Stage::kA, Kind::kCall);
  call.reason = Reason::kCallerCloses;
  film.stage.emit(call);
  film.stage.changes(Stage::kA, {kEstablished, kFinWait1}, Reason::kCallerCloses);
  const SegmentView fin = Stage::segment(SegmentView::kFin | kAck, 5, 6);
  film.stage.sends(Stage::kA, fin, {kFinWait1, kFinWait1}, Reason::kSendFin);
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, fin));
  const auto packets = film.packets();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_TRUE(packets[0].comments.empty());
  EXPECT_TRUE(packets[1].says("ESTABLISHED -> FIN-WAIT-1: the caller closes"));
}

TEST(AnnotatedPcap, DeparturesThatNeverLeaveAreBounded) {
  Film film({CapturePoint{.host_number = Stage::kA}});
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    film.stage.sends(Stage::kA, Stage::segment(kAck, i, 1, 1), {kEstablished, kEstablished}, Reason::kSendText);
  }
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, Stage::segment(kAck, 0, 1, 1)));
  film.frame(Stage::kA, Kind::kFrameSent, packet_of(Stage::kA, Stage::segment(kAck, 9999, 1, 1)));
  const auto packets = film.packets();
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_TRUE(packets[0].comments.empty());
  EXPECT_TRUE(packets[1].says("new text"));
}

}  // namespace
}  // namespace handfast::trace

#include "sim/oracle.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "sim/keyed_stream.h"
#include "sim/packet_builder.h"

// An oracle that never complains proves nothing. Each test shows it a short conversation, first as it should be and
// then with one thing wrong.

namespace handfast::sim {
namespace {

constexpr Endpoint kA{IpAddress::v4(192, 0, 2, 1), 1000};
constexpr Endpoint kB{IpAddress::v4(192, 0, 2, 2), 7};
constexpr std::uint32_t kIssA = 0xFFFFFFF0, kIssB = 0x7FFFFFF8;
constexpr std::uint8_t kFin = Packet::kFin, kSyn = Packet::kSyn, kRst = Packet::kRst, kAck = Packet::kAck;

std::vector<std::byte> bytes(std::initializer_list<int> values) {
  std::vector<std::byte> out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

struct Scene {
  Scene() {
    a = ledger.enter({kA, kB}, kIssA, 11);
    b = ledger.enter({kB, kA}, kIssB, 22);
  }
  void from_a(BuiltPacket packet) { send(packet, kA, kB); }
  void from_b(BuiltPacket packet) { send(packet, kB, kA); }
  void send(BuiltPacket& packet, const Endpoint& from, const Endpoint& to) {
    packet.source = from;
    packet.destination = to;
    wire.on_sent(packet.bytes(), LinkKind::kIp);
  }
  void handshake() {
    from_a({.seq = kIssA, .flags = kSyn, .window = 1000, .options = bytes({2, 4, 5, 180})});
    from_b({.seq = kIssB, .ack = kIssA + 1, .flags = kSyn | kAck, .window = 1000, .options = bytes({2, 4, 5, 180})});
    from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000});
  }
  std::vector<std::byte> text(std::uint64_t offset, std::size_t count) const {
    std::vector<std::byte> out(count);
    KeyedStream(a->key).write(offset, out);
    return out;
  }
  void expect_complaint(const std::string& part) const {
    EXPECT_FALSE(complaints.none()) << "expected: " << part;
    EXPECT_NE(complaints.first().find(part), std::string::npos) << complaints.first();
  }

  Ledger ledger;
  Complaints complaints;
  WireOracle wire{ledger, complaints};
  EndRecord* a = nullptr;
  EndRecord* b = nullptr;
};

TEST(WireOracle, AnHonestConversationPasses) {
  Scene s;
  s.handshake();
  s.a->sent = 100;
  s.a->closed_send = true;
  s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(0, 60)});
  s.from_a({.seq = kIssA + 31, .ack = kIssB + 1, .window = 1000, .text = s.text(30, 70)});  // cut anew
  s.from_b({.seq = kIssB + 1, .ack = kIssA + 101, .window = 900});
  s.from_a({.seq = kIssA + 101, .ack = kIssB + 1, .flags = kFin | kAck, .window = 1000});
  s.from_b({.seq = kIssB + 1, .ack = kIssA + 102, .window = 900});
  s.b->closed_send = true;
  s.from_b({.seq = kIssB + 1, .ack = kIssA + 102, .flags = kFin | kAck, .window = 900});
  s.from_a({.seq = kIssA + 102, .ack = kIssB + 2, .window = 999});
  EXPECT_TRUE(s.complaints.none()) << s.complaints.first();
  EXPECT_TRUE(s.wire.agreed({kA, kB}, kIssA, kIssB));
  EXPECT_TRUE(s.wire.agreed({kB, kA}, kIssB, kIssA));
  EXPECT_FALSE(s.wire.agreed({kB, kA}, kIssB, kIssA + 1));
  EXPECT_FALSE(s.wire.agreed({kB, kA}, kIssB + 1, kIssA));
}

TEST(WireOracle, AgreementNeedsBothHalves) {
  Scene s;
  s.from_a({.seq = kIssA, .flags = kSyn});
  s.from_b({.seq = kIssB, .ack = kIssA + 1, .flags = kSyn | kAck});
  EXPECT_TRUE(s.wire.agreed({kA, kB}, kIssA, kIssB));
  EXPECT_FALSE(s.wire.agreed({kB, kA}, kIssB, kIssA));
}

struct Wrong {
  const char* name;
  const char* complaint;
  std::function<void(Scene&)> act;
};

class WrongOnTheWire : public testing::TestWithParam<Wrong> {};

TEST_P(WrongOnTheWire, IsSeen) {
  Scene s;
  GetParam().act(s);
  s.expect_complaint(GetParam().complaint);
}

const Wrong kWrongs[] = {
    {"SynWithText", "a SYN with text", [](Scene& s) { s.from_a({.seq = kIssA, .flags = kSyn, .text = bytes({1})}); }},
    {"UnaskedSyn", "no caller asked for", [](Scene& s) { s.from_a({.seq = kIssA + 1, .flags = kSyn}); }},
    {"MssLater", "belongs on a SYN",
     [](Scene& s) {
       s.handshake();
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .options = bytes({2, 4, 5, 180})});
     }},
    {"PaddingNotZero", "padded with zeros",
     [](Scene& s) { s.from_a({.seq = kIssA, .flags = kSyn, .options = bytes({0, 0, 0, 9})}); }},
    {"NoSyn", "without a SYN", [](Scene& s) { s.from_a({.seq = kIssA + 1, .ack = 5}); }},
    {"AckOfNothing", "never sent",
     [](Scene& s) {
       s.handshake();
       s.from_b({.seq = kIssB + 1, .ack = kIssA + 2});
     }},
    {"AckGoesBack", "acknowledgment that goes back",
     [](Scene& s) {
       s.handshake();
       s.a->sent = 10;
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(0, 10)});
       s.from_b({.seq = kIssB + 1, .ack = kIssA + 11});
       s.from_b({.seq = kIssB + 1, .ack = kIssA + 10});
     }},
    {"EdgeGoesBack", "SHLD-14",
     [](Scene& s) {
       s.handshake();
       s.from_b({.seq = kIssB + 1, .ack = kIssA + 1, .window = 999});
     }},
    {"WrongBytes", "I-S4",
     [](Scene& s) {
       s.handshake();
       s.a->sent = 10;
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(1, 5)});
     }},
    {"TextNobodySent", "beyond what the caller sent",
     [](Scene& s) {
       s.handshake();
       s.a->sent = 4;
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(0, 5)});
     }},
    {"BeyondTheWindow", "announced edge",
     [](Scene& s) {
       s.handshake();
       s.a->sent = 2000;
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(0, 1002)});
     }},
    {"BeyondTheMss", "peer's MSS",
     [](Scene& s) {
       s.from_a({.seq = kIssA, .flags = kSyn, .window = 1000});
       s.from_b({.seq = kIssB, .ack = kIssA + 1, .flags = kSyn | kAck, .window = 2000});
       s.a->sent = 2000;
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 1000, .text = s.text(0, 537)});
     }},
    {"EarlyFin", "before the end",
     [](Scene& s) {
       s.handshake();
       s.a->sent = 10;
       s.a->closed_send = true;
       s.from_a({.seq = kIssA + 6, .ack = kIssB + 1, .flags = kFin | kAck, .window = 1000});
     }},
    {"UnaskedFin", "no caller asked for",
     [](Scene& s) {
       s.handshake();
       s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .flags = kFin | kAck, .window = 1000});
     }},
    {"NoAck", "without ACK",
     [](Scene& s) {
       s.handshake();
       s.from_a({.seq = kIssA + 1, .flags = 0});
     }},
    {"ResetPingPong", "answer to a reset",
     [](Scene& s) {
       for (int i = 0; i < 4; ++i) s.from_a({.seq = 1, .flags = kRst});
     }},
    {"Checksum", "checksum",
     [](Scene& s) {
       auto packet = BuiltPacket{.flags = kSyn}.bytes();
       packet[24] ^= std::byte{1};
       s.wire.on_sent(packet, LinkKind::kIp);
     }},
    {"TrailingBytes", "total length",
     [](Scene& s) {
       auto packet = BuiltPacket{.flags = kSyn}.bytes();
       packet.push_back(std::byte{0});
       s.wire.on_sent(packet, LinkKind::kIp);
     }},
};

INSTANTIATE_TEST_SUITE_P(All, WrongOnTheWire, testing::ValuesIn(kWrongs),
                         [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(WireOracle, AFinAgainBehindTheWrapIsTheSameFin) {
  Scene s;
  s.handshake();
  s.a->sent = 30;
  s.a->closed_send = true;
  for (const std::uint32_t from : {0u, 5u, 30u}) {
    s.from_a({.seq = kIssA + 1 + from,
              .ack = kIssB + 1,
              .flags = kFin | kAck,
              .window = 1000,
              .text = s.text(from, 30 - from)});
  }
  EXPECT_TRUE(s.complaints.none()) << s.complaints.first();
}

TEST(WireOracle, AResetForEachSegmentIsFine) {
  Scene s;
  for (int i = 0; i < 10; ++i) {
    BuiltPacket stray{.source = kB, .destination = kA, .seq = 5, .ack = 6};
    s.wire.on_delivered(stray.bytes(), LinkKind::kIp);
    s.from_a({.seq = 6, .flags = kRst});
  }
  EXPECT_TRUE(s.complaints.none()) << s.complaints.first();
}

TEST(WireOracle, AScaledEdgeMayRoundDownButNotShrink) {
  for (const bool shrinks : {false, true}) {
    Scene s;
    s.from_a({.seq = kIssA, .flags = kSyn, .window = 1000, .options = bytes({1, 3, 3, 4})});
    s.from_b({.seq = kIssB, .ack = kIssA + 1, .flags = kSyn | kAck, .window = 1600, .options = bytes({1, 3, 3, 4})});
    s.a->sent = 100;
    s.from_a({.seq = kIssA + 1, .ack = kIssB + 1, .window = 100, .text = s.text(0, 20)});
    // The edge was iss + 1601; ack moved by 20, so 1580 are left: 98 units of 16, or 12 bytes less than before.
    s.from_b({.seq = kIssB + 1, .ack = kIssA + 21, .window = static_cast<std::uint16_t>(shrinks ? 97 : 98)});
    EXPECT_EQ(s.complaints.none(), !shrinks) << s.complaints.first();
  }
}

struct Traced {
  Scene scene;
  StateOracle oracle{scene.wire, scene.complaints};
  trace::Event event(trace::Kind kind, TcpState state) {
    trace::Event e;
    e.kind = kind;
    e.connection = 1;
    e.tuple = {kA, kB};
    e.before.state = state;
    e.after = {.state = state,
               .snd_una = kIssA + 1,
               .snd_nxt = kIssA + 1,
               .iss = kIssA,
               .rcv_nxt = kIssB + 1,
               .rcv_wnd = 1000,
               .irs = kIssB};
    return e;
  }
};

TEST(StateOracle, KnowsTheDiagram) {
  using enum TcpState;
  EXPECT_TRUE(is_legal_transition(kClosed, kSynSent));
  EXPECT_TRUE(is_legal_transition(kSynSent, kSynReceived));
  EXPECT_TRUE(is_legal_transition(kFinWait1, kTimeWait));
  EXPECT_FALSE(is_legal_transition(kListen, kEstablished));
  EXPECT_FALSE(is_legal_transition(kEstablished, kTimeWait));
  EXPECT_FALSE(is_legal_transition(kCloseWait, kTimeWait));
  int legal = 0;
  for (std::size_t from = 0; from < kTcpStateCount; ++from) {
    for (std::size_t to = 0; to < kTcpStateCount; ++to) {
      if (to != 0) legal += is_legal_transition(static_cast<TcpState>(from), static_cast<TcpState>(to)) ? 1 : 0;
    }
    EXPECT_EQ(is_legal_transition(static_cast<TcpState>(from), kClosed), from != 0);
  }
  EXPECT_EQ(legal, 18);
}

TEST(StateOracle, SeesAnIllegalTransition) {
  Traced t;
  t.scene.handshake();
  auto e = t.event(trace::Kind::kStateChanged, TcpState::kTimeWait);
  e.before.state = TcpState::kEstablished;
  t.oracle.on_event(e);
  t.scene.expect_complaint("I-S10");
}

TEST(StateOracle, SeesAnEstablishedConnectionThatThePeerNeverAgreedTo) {
  for (const bool agreed : {true, false}) {
    Traced t;
    t.scene.handshake();
    auto e = t.event(trace::Kind::kStateChanged, TcpState::kEstablished);
    e.before.state = TcpState::kSynSent;
    if (!agreed) e.after.irs += 1;
    t.oracle.on_event(e);
    EXPECT_EQ(t.scene.complaints.none(), agreed);
    if (!agreed) t.scene.expect_complaint("I-G4");
  }
}

TEST(StateOracle, SeesNumbersThatGoBack) {
  const struct {
    const char* complaint;
    std::function<void(trace::TcbView&)> change;
  } kCases[] = {
      {"rcv.nxt goes back", [](trace::TcbView& v) { v.rcv_nxt -= 1, v.rcv_wnd += 1; }},
      {"SHLD-14", [](trace::TcbView& v) { v.rcv_wnd -= 1; }},
      {"snd.una goes back", [](trace::TcbView& v) { v.snd_una -= 1; }},
      {"beyond snd.nxt", [](trace::TcbView& v) { v.snd_una += 1; }},
  };
  for (const auto& wrong : kCases) {
    Traced t;
    auto e = t.event(trace::Kind::kSegmentReceived, TcpState::kEstablished);
    t.oracle.on_event(e);
    EXPECT_TRUE(t.scene.complaints.none());
    wrong.change(e.after);
    t.oracle.on_event(e);
    t.scene.expect_complaint(wrong.complaint);
  }
}

TEST(StateOracle, SeesAWrongAck) {
  Traced t;
  auto e = t.event(trace::Kind::kSegmentSent, TcpState::kEstablished);
  e.segment.flags = trace::SegmentView::kAck;
  e.segment.ack = e.after.rcv_nxt;
  t.oracle.on_event(e);
  EXPECT_TRUE(t.scene.complaints.none());
  e.segment.ack -= 1;
  t.oracle.on_event(e);
  t.scene.expect_complaint("I-S3");
}

TEST(Counters, BalanceOrNot) {
  Counters counters;
  counters.frames_received = 10;
  counters.segments_received = 6;
  counters.arp_processed = 1;
  counters.drop(DropReason::kTcpBadChecksum) = 3;
  counters.drop(DropReason::kTcpPaws) = 4;  // counted as segments already
  counters.drop(DropReason::kTcpEcnForms) = 1;
  EXPECT_EQ(unbalanced(counters), "");
  counters.frames_received = 11;
  EXPECT_NE(unbalanced(counters), "");
}

TEST(TraceHash, DependsOnEveryByteAndOnTheOrder) {
  const auto hash = [](std::vector<std::byte> text) {
    TraceHash h;
    h.add(text);
    return h.value();
  };
  const auto base = hash(bytes({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_NE(base, hash(bytes({1, 2, 3, 4, 5, 6, 7, 9, 8})));
  EXPECT_NE(base, hash(bytes({1, 2, 3, 4, 5, 6, 7, 8, 9, 0})));
  TraceHash a, b;
  a.add(1), a.add(2);
  b.add(2), b.add(1);
  EXPECT_NE(a.value(), b.value());
}

}  // namespace
}  // namespace handfast::sim

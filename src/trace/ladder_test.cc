#include "trace/ladder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "base/test_random.h"
#include "trace/ladder_page.h"
#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

using enum TcpState;
using Step = Stage::Step;
constexpr auto kAck = SegmentView::kAck;
constexpr auto kRst = SegmentView::kRst;
constexpr auto kPsh = SegmentView::kPsh;
constexpr Step kOpen = {kEstablished, kEstablished};

struct Drawing {
  StringOutput output;
  Ladder ladder;
  Stage stage;
  explicit Drawing(LadderOptions options = {.both_ends = true}) : ladder(output, options), stage(ladder) {}

  const std::string& text() {
    ladder.finish();
    return output.text();
  }
  bool shows(std::string_view words) { return text().find(words) != std::string::npos; }
  std::size_t count(std::string_view words) {
    std::size_t found = 0;
    for (std::size_t at = text().find(words); at != std::string::npos; at = text().find(words, at + 1)) ++found;
    return found;
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    std::istringstream stream(text());
    for (std::string line; std::getline(stream, line);) all.push_back(line);
    return all;
  }
};

TEST(Ladder, HandshakeTellsNumbersStatesAndKnowledge) {
  Drawing drawing({.both_ends = true, .width = 100});
  drawing.stage.handshake();
  EXPECT_EQ(drawing.text(), R"(
A 192.0.2.1:40000                                                                     B 192.0.2.2:80
x: A's initial sequence number                                        y: B's initial sequence number
  │                                                                                              │
  │ B: the caller listens: a TCB is made and waits (RFC 9293 §3.10.1)                   0.000 ms │
CLOSED                                                                               CLOSED → LISTEN
  │                                                                                              │
  │ #1  A → B  SYN, no text, window 65,535                                              0.005 ms │
  │     seq = x = 4,294,967,294: the SYN uses one sequence number, next is x + 1                 │
  │     offers MSS 1,460, window scale 7, SACK                                                   │
  │     A: the caller opens: a TCB is made and a SYN goes out (RFC 9293 §3.10.1)                 │
  │     A: SYN: seq = iss, one sequence number, no text (RFC 9293 §3.5)                          │
  ├─────────────────────────────────────────────────────────────────────────────────────────────▶│
  │     B: the peer's SYN: rcv.nxt = seq + 1 (RFC 9293 §3.10.7.2 third)                10.005 ms │
CLOSED → SYN-SENT                                                              LISTEN → SYN-RECEIVED
  │ now known to work:     own sending      own receiving     peer's sending   peer's receiving  │
  │   to A                      ·                 ·                 ·                 ·          │
  │   to B                      ·                yes               yes                ·          │
  │                                                                                              │
  │ #2  B → A  SYN+ACK, no text, window 65,535                                         10.005 ms │
  │     seq = y = 4,294,967,040: the SYN uses one sequence number, next is y + 1                 │
  │     ack = x + 1 = 4,294,967,295: A's SYN used one sequence number                            │
  │     offers MSS 1,400, window scale 8, SACK                                                   │
  │     B: SYN+ACK: ack = irs + 1, one sequence number, no text (RFC 9293 §3.5)                  │
  │◀─────────────────────────────────────────────────────────────────────────────────────────────┤
  │     A: SYN and ack = iss + 1: our SYN arrived (RFC 9293 §3.10.7.3 fourth)          20.005 ms │
  │     agreed: MSS 1,400 towards B, 1,460 towards A; A's windows times 128, B's times 256;      │
  │       SACK; no timestamps                                                                    │
SYN-SENT → ESTABLISHED                                                                  SYN-RECEIVED
  │ now known to work:     own sending      own receiving     peer's sending   peer's receiving  │
  │   to A                     yes               yes               yes               yes         │
  │   to B                      ·                yes               yes                ·          │
  │                                                                                              │
  │ #3  A → B  ACK, no text, window 65,535                                             20.005 ms │
  │     seq = x + 1 = 4,294,967,295: empty ACK, uses no number, snd.nxt stays x + 1              │
  │     ack = y + 1 = 4,294,967,041: B's SYN used one sequence number                            │
  │     A: acknowledgment (RFC 9293 §3.10.7.4 seventh)                                           │
  ├─────────────────────────────────────────────────────────────────────────────────────────────▶│
  │     B: ack = iss + 1: both directions are known to work (RFC 9293 §3.10.7.4 fifth) 30.005 ms │
ESTABLISHED                                                               SYN-RECEIVED → ESTABLISHED
  │ now known to work:     own sending      own receiving     peer's sending   peer's receiving  │
  │   to A                     yes               yes               yes               yes         │
  │   to B                     yes               yes               yes               yes         │
)");
}

TEST(Ladder, EventOrderWithinAMomentDoesNotMatter) {
  // The state change may be told before the segment or after it.
  Drawing before, after;
  for (Drawing* drawing : {&before, &after}) {
    Stage& stage = drawing->stage;
    stage.sends(Stage::kA, Stage::syn(Stage::kX), {kClosed, kSynSent}, Reason::kSendSyn);
    stage.at_us(7);
    if (drawing == &before) stage.changes(Stage::kB, {kListen, kSynReceived}, Reason::kSynArrived);
    stage.receives(Stage::kB, Stage::syn(Stage::kX), {kListen, kSynReceived}, Reason::kSynArrived);
    if (drawing == &after) stage.changes(Stage::kB, {kListen, kSynReceived}, Reason::kSynArrived);
  }
  EXPECT_EQ(before.text(), after.text());
}

TEST(Ladder, LostSynIsShownAsLostAndThenAsTheSameSegmentAgain) {
  Drawing drawing;
  Stage& stage = drawing.stage;
  stage.sends(Stage::kA, Stage::syn(Stage::kX), {kClosed, kSynSent}, Reason::kSendSyn);
  stage.at_us(1'000'000);
  stage.sends(Stage::kA, Stage::syn(Stage::kX), {kSynSent, kSynSent}, Reason::kSendSynAgain);
  stage.at_us(1'010'000);
  stage.receives(Stage::kB, Stage::syn(Stage::kX), {kListen, kSynReceived}, Reason::kSynArrived);
  EXPECT_EQ(drawing.count("lost: it never arrives"), 1u);
  EXPECT_TRUE(drawing.shows("the same segment again: its numbers were sent in #1"));
  EXPECT_TRUE(drawing.shows("A: the same segment again: the stage was interrupted (RFC 9293 §3.8.1)"));
  EXPECT_LT(drawing.text().find("lost:"), drawing.text().find("#2 "));
}

TEST(Ladder, ASegmentGivenUpThatArrivesIsLateAndASecondCopyIsACopy) {
  Drawing drawing;
  Stage& stage = drawing.stage;
  const SegmentView ack = Stage::segment(kAck, Stage::kX + 1, Stage::kY + 1);
  stage.handshake();
  stage.at_us(40'000);
  stage.sends(Stage::kB, Stage::segment(kAck, Stage::kY + 1, Stage::kX + 1), kOpen, Reason::kSendAck);
  stage.at_us(4'000'000);
  stage.receives(Stage::kB, ack, kOpen, Reason::kAcceptable);
  stage.receives(Stage::kA, Stage::segment(kAck, Stage::kY + 1, Stage::kX + 1), kOpen, Reason::kAcceptable);
  EXPECT_TRUE(drawing.shows("a second copy of #3: the network delivers it once more"));
  EXPECT_TRUE(drawing.shows("lost: it never arrives") || drawing.shows("#4 arrives after all, late"));
}

TEST(Ladder, ThreeLaterArrivalsGiveASegmentUp) {
  Drawing drawing;
  Stage& stage = drawing.stage;
  stage.handshake();
  const auto ack = [](std::uint32_t number) { return Stage::segment(kAck, Stage::kX + 1, Stage::kY + number); };
  stage.at_us(40'000);
  for (std::uint32_t i = 1; i < 5; ++i) stage.sends(Stage::kA, ack(i), kOpen, Reason::kSendAck);
  stage.at_us(50'000);
  for (std::uint32_t i = 2; i < 4; ++i) stage.receives(Stage::kB, ack(i), kOpen, Reason::kAcceptable);
  EXPECT_EQ(drawing.output.text().find("lost"), std::string::npos);
  stage.receives(Stage::kB, ack(4), kOpen, Reason::kAcceptable);
  EXPECT_NE(drawing.output.text().find("lost: it never arrives"), std::string::npos);
}

TEST(Ladder, AStaleSynIsNamedAndTheResetAgainstItIsTold) {
  Drawing drawing;
  Stage& stage = drawing.stage;
  constexpr std::uint32_t kZ = 1'000'000;
  stage.listens(Stage::kB);
  stage.at_us(100);
  stage.receives(Stage::kB, Stage::syn(kZ), {kListen, kSynReceived}, Reason::kSynArrived);
  const SegmentView answer = Stage::syn_ack(Stage::kY, kZ + 1);
  stage.sends(Stage::kB, answer, {kSynReceived, kSynReceived}, Reason::kSendSynAck);
  stage.at_us(200);
  stage.receives(Stage::kA, answer, {kClosed, kClosed}, Reason::kReplyReset, DropReason::kTcpClosed);
  const SegmentView reset = Stage::segment(kRst, kZ + 1);
  stage.sends(Stage::kA, reset, {kClosed, kClosed}, Reason::kReplyReset);
  stage.at_us(300);
  stage.receives(Stage::kB, reset, {kSynReceived, kListen}, Reason::kReturnToListen);
  EXPECT_TRUE(drawing.shows("seq = z = 1,000,000: the SYN uses one sequence number, next is z + 1"));
  EXPECT_TRUE(drawing.shows("an old duplicate, or forged: A did not send it in this trace"));
  EXPECT_TRUE(drawing.shows("ack = z + 1 = 1,000,001: answers the old duplicate, not a SYN of A"));
  EXPECT_TRUE(drawing.shows("A: dropped: no connection: answered with a reset (RFC 9293 §3.10.7.1)"));
  EXPECT_TRUE(drawing.shows("seq = z + 1 = 1,000,001: a reset uses no number"));
  EXPECT_TRUE(drawing.shows("SYN-RECEIVED → LISTEN"));
  EXPECT_TRUE(drawing.shows("B: reset of a half-open passive connection (RFC 9293 §3.10.7.4 second)"));
  // The real handshake then has its own x.
  stage.handshake();
  EXPECT_TRUE(drawing.shows("seq = x = 4,294,967,294: the SYN uses one sequence number, next is x + 1"));
  EXPECT_TRUE(drawing.shows("ack = x + 1 = 4,294,967,295: A's SYN used one sequence number"));
}

TEST(Ladder, CloseNamesTheNumberOfEachFin) {
  Drawing drawing;
  drawing.stage.handshake();
  drawing.stage.transfer(1);
  drawing.stage.close();
  EXPECT_TRUE(drawing.shows("seq = x + 1,001 = 999: the FIN uses one sequence number, next is x + 1,002"));
  EXPECT_TRUE(drawing.shows("ack = x + 1,002 = 1,000: A's FIN used one sequence number"));
  EXPECT_TRUE(drawing.shows("ack = x + 1,001 = 999: 1,000 more bytes arrived"));
  EXPECT_TRUE(drawing.shows("ESTABLISHED → FIN-WAIT-1"));
  EXPECT_TRUE(drawing.shows("A: the caller closes: a FIN follows what is queued (RFC 9293 §3.10.4)"));
  EXPECT_TRUE(drawing.shows("LAST-ACK → CLOSED"));
  EXPECT_TRUE(drawing.shows("A: 2 MSL have passed (RFC 9293 §3.10.8)"));
  EXPECT_TRUE(drawing.shows("TIME-WAIT → CLOSED"));
}

TEST(Ladder, LongRunsOfTextAreSummedUp) {
  Drawing drawing;
  drawing.stage.handshake();
  drawing.stage.transfer(1234);
  drawing.stage.close();
  EXPECT_TRUE(drawing.shows("... A → B: 1,231 segments, 1.2 MB ..."));
  EXPECT_TRUE(drawing.shows("... B → A: 1,231 segments, no text ..."));
  EXPECT_LT(drawing.text().size(), 30'000u);
}

TEST(Ladder, FiltersLeaveOutAndCount) {
  Drawing handshake({.both_ends = true, .filter = LadderFilter::kHandshake});
  Drawing edges({.both_ends = true, .filter = LadderFilter::kHandshakeAndClose});
  for (Drawing* drawing : {&handshake, &edges}) {
    drawing->stage.handshake();
    drawing->stage.transfer(5);
    drawing->stage.close();
  }
  EXPECT_FALSE(handshake.shows("1,000 bytes of text"));
  EXPECT_FALSE(handshake.shows("FIN-WAIT-1"));
  EXPECT_TRUE(handshake.shows("... A → B: 7 segments, 5.0 kB ..."));
  EXPECT_FALSE(edges.shows("1,000 bytes of text"));
  EXPECT_TRUE(edges.shows("FIN-WAIT-1"));
  EXPECT_TRUE(edges.shows("... A → B: 5 segments, 5.0 kB ..."));
}

TEST(Ladder, OneHostsTraceInfersThePeer) {
  Drawing drawing(LadderOptions{});
  drawing.stage.only(Stage::kA);
  drawing.stage.handshake();
  drawing.stage.transfer(1);
  drawing.stage.close();
  EXPECT_TRUE(drawing.shows("?: inferred; the events of this end are not in the trace"));
  EXPECT_TRUE(drawing.shows("SYN-RECEIVED ?"));
  EXPECT_TRUE(drawing.shows("SYN-RECEIVED → ESTABLISHED ?"));
  EXPECT_TRUE(drawing.shows("ESTABLISHED → CLOSE-WAIT ?"));
  EXPECT_TRUE(drawing.shows("CLOSE-WAIT → LAST-ACK ?"));
  EXPECT_FALSE(drawing.shows("lost"));
  EXPECT_TRUE(drawing.shows("ack = y + 1 = 4,294,967,041: B's SYN used one sequence number"));
}

TEST(Ladder, OnePassiveHostsTraceKnowsWhenAllIsKnown) {
  Drawing drawing(LadderOptions{});
  drawing.stage.only(Stage::kB);
  drawing.stage.handshake();
  EXPECT_TRUE(drawing.shows("A 192.0.2.1:40000"));
  EXPECT_TRUE(drawing.shows("SYN-RECEIVED → ESTABLISHED"));
  EXPECT_TRUE(drawing.shows("SYN-SENT → ESTABLISHED ?"));
  EXPECT_EQ(drawing.count("now known to work"), 2u);
}

TEST(Ladder, SegmentsCutAndJoinedOnTheirWayAreMatched) {
  Drawing drawing({.both_ends = true, .text_limit = 100});
  Stage& stage = drawing.stage;
  const auto text = [](std::uint32_t from, std::uint32_t length) {
    return Stage::segment(kAck | kPsh, Stage::kX + 1 + from, Stage::kY + 1, length);
  };
  stage.handshake();
  stage.at_us(40'000);
  stage.sends(Stage::kA, text(0, 3000), kOpen, Reason::kSendText);
  stage.at_us(50'000);
  for (std::uint32_t i = 0; i < 3; ++i) stage.receives(Stage::kB, text(i * 1000, 1000), kOpen, Reason::kAcceptable);
  for (std::uint32_t i = 3; i < 6; ++i) stage.sends(Stage::kA, text(i * 1000, 1000), kOpen, Reason::kSendText);
  stage.at_us(60'000);
  stage.receives(Stage::kB, text(3000, 3000), kOpen, Reason::kAcceptable);
  EXPECT_FALSE(drawing.shows("an old duplicate"));
  EXPECT_FALSE(drawing.shows("lost"));
  EXPECT_FALSE(drawing.shows("has not arrived"));
  EXPECT_FALSE(drawing.shows("only"));
  EXPECT_EQ(drawing.count(" bytes of text, next is"), 4u);
}

TEST(Ladder, EveryLineBetweenTheLifelinesHasTheSameWidth) {
  for (const bool ascii : {false, true}) {
    Drawing drawing({.both_ends = true, .ascii = ascii, .width = 90});
    drawing.stage.handshake();
    drawing.stage.transfer(2);
    drawing.stage.close();
    for (const std::string& line : drawing.lines()) {
      if (line.starts_with("  ")) {
        EXPECT_EQ(columns_of(line), 88u) << line;
      }
      EXPECT_LE(columns_of(line), 90u) << line;
      if (ascii) {
        EXPECT_EQ(columns_of(line), line.size()) << line;
      }
    }
  }
}

TEST(Ladder, ColoursOnlyAddEscapes) {
  Drawing plain, coloured({.both_ends = true, .colour = true});
  for (Drawing* drawing : {&plain, &coloured}) {
    drawing->stage.handshake();
    drawing->stage.close();
  }
  std::string stripped;
  bool escape = false;
  for (const char c : coloured.text()) {
    if (c == '\x1b') escape = true;
    if (!escape) stripped += c;
    if (c == 'm') escape = false;
  }
  EXPECT_NE(coloured.text(), plain.text());
  EXPECT_EQ(stripped, plain.text());
}

TEST(Ladder, TellsWhySegmentsBecomeSmaller) {
  Drawing drawing;
  drawing.stage.handshake();
  Event event = drawing.stage.event_of(Stage::kA, Kind::kCall);
  for (const Reason reason : {Reason::kCallSend, Reason::kPathReportBelieved, Reason::kPathBlackHole}) {
    event.reason = reason;
    drawing.stage.emit(event);
  }
  EXPECT_TRUE(drawing.shows("A: too big, says ICMP, and nothing speaks against it: smaller segments (RFC 1191 §3)"));
  EXPECT_TRUE(drawing.shows("A: large segments time out again and again: smaller ones (RFC 4821 §7.7)"));
  EXPECT_FALSE(drawing.shows("A: SEND"));
}

// Any stream of events, however senseless, is drawn without harm and in bounded memory.
TEST(Ladder, SurvivesNonsense) {
  base::TestRandom random(7);
  for (int round = 0; round < 20; ++round) {
    Drawing drawing({.both_ends = round % 2 == 0, .text_limit = 1000});
    for (int i = 0; i < 2000; ++i) {
      const Stage::Who speaker = random.next() % 2 == 0 ? Stage::kA : Stage::kB;
      Event event = drawing.stage.event_of(speaker, static_cast<Kind>(random.next() % 12));
      const std::uint64_t other_port = random.next() % 40;
      if (random.next() % 2 == 0)
        event.tuple.peer.port = static_cast<std::uint16_t>(event.tuple.peer.port + other_port);
      event.at = Instant(Duration(static_cast<std::int64_t>(random.next() % 5'000'000'000)));
      event.reason = static_cast<Reason>(random.next() % 70);
      event.drop = random.next() % 3 == 0 ? static_cast<DropReason>(random.next() % 90) : DropReason::kNone;
      const auto flags = static_cast<std::uint16_t>(random.next());
      const auto seq = static_cast<std::uint32_t>(random.next() % 5000);
      const auto ack = static_cast<std::uint32_t>(random.next() % 5000);
      const auto length = static_cast<std::uint32_t>(random.next() % 3000);
      event.segment = Stage::segment(flags, seq, ack, length);
      event.segment.options.sack_count = static_cast<std::uint8_t>(random.next());
      event.before.state = static_cast<TcpState>(random.next() % 11);
      event.after.state = static_cast<TcpState>(random.next() % 11);
      event.after.iss = static_cast<std::uint32_t>(random.next() % 5000);
      drawing.stage.emit(event);
    }
    EXPECT_FALSE(drawing.text().empty());
  }
}

}  // namespace
}  // namespace handfast::trace

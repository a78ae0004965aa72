#include "scene/scene.h"

// Losses repaired with a peer that selects: SACK (RFC 2018, RFC 2883), RACK-TLP (RFC 8985), PRR (RFC 9937), F-RTO
// (RFC 5682) and what undoes a needless repair. The round trip is 100 ms, a segment holds 1,000 bytes, and segment n
// begins at 1 + 1000 n.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;
constexpr Duration kRtt = 100ms;

constexpr std::uint32_t at(std::uint32_t segment) { return 1 + segment * kMss; }

void establish(Scene& s, bool timestamps = false) {
  s.host_listens();
  Line syn{.flags = SYN, .mss = kMss, .sack_ok = true};
  if (timestamps) {
    syn.mss = kMss + 12;
    syn.ts = Stamps{.val = 5000, .ecr = 0};
  }
  s.peer_sends(syn);
  s.host_sends({.flags = SYN_ACK});
  s.silent_for(kRtt);
  Line ack{.flags = ACK};
  if (timestamps) ack.ts = Stamps{.val = 5100, .ecr = 0};
  s.peer_sends(ack);
  ASSERT_EQ(s.info().srtt, kRtt);
}

void send_segments(Scene& s, std::uint32_t count, std::uint32_t first = 0) {
  s.caller_sends_bytes(count * kMss);
  for (std::uint32_t i = 0; i < count; ++i) s.host_sends({.flags = ACK, .seq = at(first + i), .len = kMss});
  s.host_is_silent();
}

// ESTABLISHED with a peer that does not select; ten of twenty segments are out.
void fill_the_window_without_sack(Scene& s) {
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = kMss});
  s.host_sends({.flags = SYN_ACK});
  s.silent_for(kRtt);
  s.peer_sends({.flags = ACK});
  s.caller_sends_bytes(20 * kMss);
  for (std::uint32_t i = 0; i < 10; ++i) s.host_sends({.flags = ACK, .seq = at(i), .len = kMss});
}

void selects(Scene& s, std::uint32_t ack, std::vector<Block> blocks) {
  s.peer_sends({.flags = ACK, .ack = ack, .sack = std::move(blocks)});
}

void sends_again(Scene& s, std::uint32_t segment, Where where = Where::current()) {
  s.host_sends({.flags = ACK, .seq = at(segment), .len = kMss}, where);
  EXPECT_TRUE(s.last().again);
}

// --- acknowledgments that overtake each other ---

TEST(LateAcknowledgment, WhatItSelectsIsNews) {  // 2018-6
  Scene s;
  establish(s);
  send_segments(s, 8);
  s.silent_for(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(2)});
  selects(s, at(1), {{at(4), at(6)}});
  EXPECT_EQ(s.info().bytes_in_flight, 4 * kMss);
  EXPECT_EQ(s.info().sacked, 2 * kMss);
}

TEST(LateAcknowledgment, WhatWasAcknowledgedSinceIsNoDuplicate) {  // 2883-2
  Scene s;
  establish(s);
  send_segments(s, 8);
  s.silent_for(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(4)});
  selects(s, at(1), {{at(2), at(4)}});
  EXPECT_EQ(s.info().duplicates_reported, 0u);
  EXPECT_EQ(s.info().bytes_in_flight, 4 * kMss);
}

TEST(LateAcknowledgment, ADuplicateFromBeforeTheLossDoesNotUndoIt) {  // 2883-2
  for (const bool late : {false, true}) {
    Scene s;
    establish(s);
    send_segments(s, 10);
    s.silent_for(kRtt);
    s.peer_sends({.flags = ACK, .ack = at(2)});
    s.skip_all();
    selects(s, at(2), {{at(3), at(6)}});
    sends_again(s, 2);
    const std::uint32_t cwnd = s.info().ssthresh;
    selects(s, at(late ? 1 : 2), {{at(0), at(1)}});
    EXPECT_EQ(s.info().ssthresh, cwnd) << late;
    EXPECT_EQ(s.info().repair, RepairPhase::kFast) << late;
    s.skip_all();
  }
}

// --- RACK ---

TEST(Rack, TellsHowFarBehindTextCameLate) {
  Scene s;
  establish(s);
  send_segments(s, 8);
  s.silent_for(kRtt);
  selects(s, at(0), {{at(1), at(2)}});
  EXPECT_FALSE(s.info().reordering_seen);
  EXPECT_EQ(s.info().reordering_degree, 0u);
  selects(s, at(0), {{at(5), at(6)}, {at(1), at(2)}});
  EXPECT_EQ(s.info().reordering_degree, 0u) << "what came is the highest yet";
  selects(s, at(0), {{at(2), at(3)}, {at(5), at(6)}, {at(1), at(2)}});
  EXPECT_TRUE(s.info().reordering_seen);
  EXPECT_EQ(s.info().reordering_degree, 4 * kMss);
  selects(s, at(3), {{at(5), at(6)}});
  EXPECT_EQ(s.info().reordering_degree, 6 * kMss) << "the first of all came last";
}

TEST(Rack, ThreeSegmentsBeyondAGapLeaveNoDoubt) {  // 8985-3
  Scene s;  // RFC 8985 §6.2 step 4: no reordering window once three segments were delivered beyond the gap
  establish(s);
  send_segments(s, 10);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  s.host_is_silent();
  selects(s, 1, {{at(1), at(3)}});
  s.host_is_silent();
  selects(s, 1, {{at(1), at(4)}});
  sends_again(s, 0);
  s.host_is_silent();
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
}

TEST(Rack, OneSegmentBeyondAGapWaitsForTheReorderingWindow) {  // 8985-3, 8985-4
  Scene s;  // §6.2 step 4 and 5: a quarter of the shortest round trip
  establish(s);
  send_segments(s, 2);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  s.silent_for(kRtt / 4 - 1ms);
  s.after(1ms);
  sends_again(s, 0);
}

TEST(Rack, TextThatWasOnlyLateIsNotSentAgain) {  // 8985-4
  Scene s;
  establish(s);
  send_segments(s, 2);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  s.silent_for(10ms);
  s.peer_sends({.flags = ACK, .ack = at(2)});
  s.silent_for(1h);
  EXPECT_EQ(s.info().retransmissions, 0u);
}

TEST(Rack, OnlyTheHolesAreSentAgain) {
  Scene s;
  establish(s);
  send_segments(s, 10);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  selects(s, 1, {{at(3), at(4)}, {at(1), at(2)}});
  s.host_is_silent();
  selects(s, 1, {{at(5), at(10)}, {at(3), at(4)}, {at(1), at(2)}});
  sends_again(s, 0);
  sends_again(s, 2);
  sends_again(s, 4);
  s.host_is_silent();
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(10)});
  s.silent_for(1h);
  EXPECT_EQ(s.info().retransmissions, 3u);
}

TEST(Rack, ALostRetransmissionIsNoticedAndCountsAgain) {  // 5681-12, 8985-2
  Scene s;  // RFC 8985 §3.1; RFC 5681 §4.3: the loss of a retransmission is another indication of congestion
  establish(s);
  send_segments(s, 10);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(7)}});
  sends_again(s, 0);
  s.host_is_silent();
  const std::uint32_t ssthresh = s.info().ssthresh;
  s.after(1ms);
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ACK, .seq = at(10), .len = kMss});
  selects(s, 1, {{at(1), at(10)}});
  s.after(kRtt);
  selects(s, 1, {{at(1), at(11)}});  // sent after the retransmission, and delivered
  sends_again(s, 0);
  EXPECT_LT(s.info().ssthresh, ssthresh);
}

TEST(Rack, AfterAReorderingTheWindowStaysOpenThoughThreeArrived) {  // 8985-3, 8985-5
  Scene s;                                                          // §6.2 step 3
  establish(s);
  send_segments(s, 2);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  s.peer_sends({.flags = ACK, .ack = at(2)});  // segment 0 came after segment 1
  send_segments(s, 6, 2);
  s.after(kRtt);
  selects(s, at(2), {{at(3), at(8)}});
  s.silent_for(kRtt / 4 - 1ms);
  s.after(1ms);
  sends_again(s, 2);
}

TEST(Rack, EachRoundOfDuplicatesWidensTheWindow) {  // 8985-3
  Scene s;                                          // §6.2 step 4: by a quarter of the shortest round trip
  establish(s);
  send_segments(s, 2);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  s.after(25ms);
  sends_again(s, 0);
  s.peer_sends({.flags = ACK, .ack = at(2)});
  selects(s, at(2), {{at(0), at(1)}});  // it had arrived: reported twice
  send_segments(s, 2, 2);
  s.after(kRtt);
  selects(s, at(2), {{at(3), at(4)}});
  s.silent_for(50ms - 1ms);
  s.after(1ms);
  sends_again(s, 2);
}

// --- the scoreboard ---

TEST(Selective, ATimeoutSendsNothingAgainThatWasSelected) {
  Scene s;  // RFC 6675 §5.1
  establish(s);
  send_segments(s, 4);
  s.after(kRtt);
  selects(s, 1, {{at(3), at(4)}});
  s.after(25ms);
  s.skip_all();  // repaired, and the repair is lost
  s.after(1s);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = at(1), .sack = std::vector<Block>{{at(3), at(4)}}});
  sends_again(s, 1);
  sends_again(s, 2);
  s.peer_sends({.flags = ACK, .ack = at(2), .sack = std::vector<Block>{{at(3), at(4)}}});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = at(4)});
  s.silent_for(1h);
}

TEST(Selective, APeerThatTakesBackWhatItSelectedGetsItAgain) {
  Scene s;  // RFC 2018 §8
  establish(s);
  send_segments(s, 4);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(4)}});
  sends_again(s, 0);
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(1)});  // and not of what it selected: it has it no more
  s.host_is_silent();
  s.after(s.info().rto);
  sends_again(s, 1);
  s.peer_sends({.flags = ACK, .ack = at(2)});
  sends_again(s, 2);
  sends_again(s, 3);
  s.peer_sends({.flags = ACK, .ack = at(4)});
  s.silent_for(1h);
}

TEST(Selective, NothingIsFreedBeforeItIsAcknowledged) {  // 2018-6
  Scene s;                                               // RFC 2018 §8
  establish(s);
  send_segments(s, 4);
  selects(s, 1, {{at(1), at(4)}});
  sends_again(s, 0);
  EXPECT_EQ(s.info().send_queued, 4 * kMss);
}

TEST(Selective, AnImpossibleBlockChangesNothing) {  // 2018-9, 2883-2
  Scene s;
  establish(s);
  send_segments(s, 3);
  s.after(kRtt);
  for (const Block& block : {Block{at(3), at(4)}, Block{at(2), at(1)}, Block{0, at(1)}, Block{0x80000001, at(2)},
                             Block{at(1), 0x80000001}, Block{1, at(3)}}) {
    selects(s, 1, {block});
    EXPECT_EQ(s.info().bytes_in_flight, 3 * kMss);
  }
  s.host_is_silent();
}

// --- duplicates reported: RFC 2883 ---

TEST(Dsack, WhatArrivesTwiceIsReportedOnce) {  // 2883-1
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 500});
  s.peer_sends({.flags = ACK, .seq = 501, .len = 500});
  s.skip_all();
  s.peer_sends({.flags = ACK, .seq = 1, .len = 500});
  s.host_sends({.flags = ACK, .ack = 1001, .sack = std::vector<Block>{{1, 501}}});
  s.peer_sends({.flags = ACK, .seq = 1501, .len = 500});
  s.host_sends({.flags = ACK, .ack = 1001, .sack = std::vector<Block>{{1501, 2001}}});
}

TEST(Dsack, APartThatIsNewIsTakenAndThePartThatIsNotIsReported) {
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 500});
  s.skip_all();
  s.peer_sends({.flags = ACK, .seq = 301, .len = 400});
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 701, .sack = std::vector<Block>{{301, 501}}});
  s.caller_receives_bytes(700);
}

TEST(Dsack, ADuplicateBeyondAGapStandsBeforeTheRangeThatHoldsIt) {
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.peer_sends({.flags = ACK, .seq = 501, .len = 500});
  s.skip_all();
  s.peer_sends({.flags = ACK, .seq = 1001, .len = 500});
  s.skip_all();
  s.peer_sends({.flags = ACK, .seq = 501, .len = 500});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{501, 1001}, {501, 1501}}});
}

TEST(Dsack, ThePartBeyondAGapThatIsNotNewIsReportedToo) {  // 2883-1
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.peer_sends({.flags = ACK, .seq = 501, .len = 500});
  s.skip_all();
  s.peer_sends({.flags = ACK, .seq = 801, .len = 700});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{801, 1001}, {501, 1501}}});
  s.peer_sends({.flags = ACK, .seq = 301, .len = 1500});  // on both sides of what is held
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{501, 1501}, {301, 1801}}});
}

TEST(Sack, AFinThatIsHeldHasItsNumberInTheBlock) {  // 2018-8
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.peer_sends({.flags = ACK, .seq = 301, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{301, 401}}});
  s.peer_sends({.flags = FIN_ACK, .seq = 501, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{501, 602}, {301, 401}}});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 500});
  s.host_sends({.flags = ACK, .ack = 602});
}

// --- the tail loss probe ---

TEST(TailProbe, TheLastSegmentGoesAgainAfterTwoRoundTrips) {  // 8985-7, 8985-8
  Scene s;                                                    // RFC 8985 §7.2, §7.3
  establish(s);
  send_segments(s, 3);
  s.silent_for(2 * kRtt - 1ms);
  s.after(1ms);
  sends_again(s, 2);
  s.host_is_silent();
  EXPECT_EQ(s.info().backoff, 0);
  s.after(kRtt);
  selects(s, 1, {{at(2), at(3)}});  // a round trip after the probe: the others are late by far
  sends_again(s, 0);
  s.host_is_silent();  // PRR: one segment for the one that was delivered
  s.peer_sends({.flags = ACK, .ack = at(1), .sack = std::vector<Block>{{at(2), at(3)}}});
  sends_again(s, 1);
  s.host_is_silent();
}

TEST(TailProbe, OneSegmentWaitsForTheDelayOfItsAcknowledgmentToo) {  // 8985-7, 8985-8
  Scene s;
  establish(s);
  send_segments(s, 1);
  const Duration rto = s.info().rto;  // 300 ms, below 2 SRTT + 200 ms: the probe takes its place
  s.silent_for(rto - 1ms);
  s.after(1ms);
  sends_again(s, 0);
  EXPECT_EQ(s.info().backoff, 0) << "a probe is no timeout";
  s.silent_for(rto - 1ms);
  s.after(1ms);
  sends_again(s, 0);
  EXPECT_EQ(s.info().backoff, 1);
}

TEST(TailProbe, OneThatAWindowHeldBackIsForgottenWithProgress) {
  Scene s;  // RFC 8985 §7.2: an acknowledgment that advances starts the wait anew
  establish(s);
  send_segments(s, 4);
  s.peer_sends({.flags = ACK, .ack = 1, .win = 500});
  s.silent_for(2 * kRtt + 10ms);  // the probe was due, and what it would send lies beyond the window
  s.peer_sends({.flags = ACK, .ack = at(2)});
  s.silent_for(2 * kRtt - 1ms);
}

TEST(TailProbe, NewTextIsTheBetterProbe) {
  Scene s;  // §7.3: what Nagle holds back goes now
  establish(s);
  s.caller_sends_bytes(2 * kMss + 10);
  s.host_sends({.flags = ACK, .seq = at(0), .len = kMss});
  s.host_sends({.flags = ACK, .seq = at(1), .len = kMss});
  s.silent_for(2 * kRtt - 1ms);
  s.after(1ms);
  s.host_sends({.flags = PSH_ACK, .seq = at(2), .len = 10});
  EXPECT_FALSE(s.last().again);
}

TEST(TailProbe, ALossThatItRepairedIsAnsweredByTheCongestionControl) {  // 8985-9
  Scene s;  // §7.4: acknowledged once, so one of the two was lost
  establish(s);
  send_segments(s, 3);
  s.after(2 * kRtt);
  sends_again(s, 2);
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ACK, .seq = at(3), .len = kMss});
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(4)});
  EXPECT_LT(s.info().ssthresh, 10 * kMss);
}

TEST(TailProbe, AProbeThatArrivedTwiceCostsNothing) {
  Scene s;
  establish(s);
  send_segments(s, 3);
  s.after(2 * kRtt);
  sends_again(s, 2);
  selects(s, at(3), {{at(2), at(3)}});
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ACK, .seq = at(3), .len = kMss});
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(4)});
  EXPECT_GT(s.info().ssthresh, 1u << 29);
}

// --- nothing was lost after all ---

TEST(Undo, TheWindowComesBackWhenEveryRetransmissionArrivedTwice) {  // 2883-2
  Scene s;                                                           // RFC 3708, RFC 2883
  establish(s);
  send_segments(s, 10);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(4)}});
  sends_again(s, 0);
  const TcpInfo before = s.info();
  EXPECT_EQ(before.ssthresh, 5 * kMss);
  s.peer_sends({.flags = ACK, .ack = at(10)});
  selects(s, at(10), {{at(0), at(1)}});
  EXPECT_GT(s.info().ssthresh, 1u << 29);
  EXPECT_GE(s.info().cwnd, 10 * kMss);
}

TEST(Undo, ATimestampFromBeforeTheRetransmissionTellsOfTheOriginal) {
  Scene s;  // RFC 3522
  establish(s, true);
  send_segments(s, 10);  // stamped 100
  s.after(kRtt);
  s.peer_sends(
      {.flags = ACK, .ack = 1, .ts = Stamps{.val = 5200, .ecr = 100}, .sack = std::vector<Block>{{at(1), at(4)}}});
  sends_again(s, 0);  // stamped 200
  s.after(5ms);
  s.peer_sends({.flags = ACK, .ack = at(4), .ts = Stamps{.val = 5205, .ecr = 100}});
  EXPECT_GT(s.info().ssthresh, 1u << 29);
  EXPECT_GE(s.info().cwnd, 10 * kMss);
}

TEST(Undo, ATimestampOfTheRetransmissionUndoesNothing) {
  Scene s;
  establish(s, true);
  send_segments(s, 10);
  s.after(kRtt);
  s.peer_sends(
      {.flags = ACK, .ack = 1, .ts = Stamps{.val = 5200, .ecr = 100}, .sack = std::vector<Block>{{at(1), at(4)}}});
  sends_again(s, 0);
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(4), .ts = Stamps{.val = 5300, .ecr = 200}});
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
  s.skip_all();
}

// Two episodes, each with a true loss; the second begins at segment 10.
void lose_one_and_repair_it(Scene& s) {
  establish(s, true);
  send_segments(s, 10);
  s.after(kRtt);
  s.peer_sends(
      {.flags = ACK, .ack = 1, .ts = Stamps{.val = 5200, .ecr = 100}, .sack = std::vector<Block>{{at(1), at(10)}}});
  sends_again(s, 0);  // stamped 200
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(10), .ts = Stamps{.val = 5300, .ecr = 200}});
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
}

TEST(Undo, TheNextEpisodeIsJudgedByItsOwnRetransmission) {
  Scene s;  // the episode before it is over, and what it remembered with it
  lose_one_and_repair_it(s);
  send_segments(s, 5, 10);  // stamped 300
  s.after(kRtt);
  s.peer_sends({.flags = ACK,
                .ack = at(10),
                .ts = Stamps{.val = 5400, .ecr = 200},
                .sack = std::vector<Block>{{at(11), at(14)}}});
  sends_again(s, 10);  // stamped 400
  const std::uint32_t cut = s.info().ssthresh;
  EXPECT_LT(cut, 5 * kMss);
  // A further duplicate, which echoes what moved the left edge of the window last (RFC 7323 §4.3).
  s.peer_sends({.flags = ACK,
                .ack = at(10),
                .ts = Stamps{.val = 5400, .ecr = 200},
                .sack = std::vector<Block>{{at(11), at(15)}}});
  EXPECT_EQ(s.info().ssthresh, cut) << "an acknowledgment from before the repair undid it";
  s.skip_all();
}

TEST(Undo, OnlyTheFirstAdvanceBearsWitness) {
  Scene s;  // RFC 3522 §3.2: the acknowledgment of the first retransmission, and none after it
  establish(s, true);
  send_segments(s, 10);
  s.after(kRtt);
  const auto tells = [&](std::uint32_t ack, std::uint32_t value, std::uint32_t echo, std::vector<Block> blocks) {
    s.peer_sends({.flags = ACK, .ack = ack, .ts = Stamps{.val = value, .ecr = echo}, .sack = std::move(blocks)});
    s.skip_all();
  };
  tells(1, 5200, 100, {{at(3), at(5)}, {at(1), at(2)}});
  tells(1, 5200, 100, {{at(3), at(5)}, {at(1), at(2)}, {at(8), at(10)}});  // holes go again, stamped 200
  s.after(kRtt);
  tells(at(2), 5300, 200, {{at(3), at(5)}, {at(6), at(10)}});  // 5 goes again, stamped 300
  tells(at(5), 5300, 200, {{at(6), at(10)}});                  // answers 2, and is silent about 5
  EXPECT_LE(s.info().ssthresh, 5 * kMss);
}

TEST(FRto, OriginalsThatArriveAfterATimeoutUndoIt) {  // 5682-4
  Scene s;                                            // RFC 5682 §3.1
  establish(s);
  send_segments(s, 10);
  s.after(2 * kRtt);
  s.skip_all();  // the probe
  s.after(s.info().rto);
  sends_again(s, 0);
  EXPECT_EQ(s.info().cwnd, kMss);
  s.peer_sends({.flags = ACK, .ack = at(2)});  // segment 1 was not sent again
  EXPECT_GT(s.info().ssthresh, 1u << 29);
  EXPECT_GE(s.info().cwnd, 10 * kMss);
  s.skip_all();
}

TEST(FRto, ALossThatTheSameAcknowledgmentShowsIsJudgedByTheWindowThatCameBack) {
  Scene s;
  establish(s);
  send_segments(s, 10);
  s.after(2 * kRtt);
  s.skip_all();  // the probe
  s.after(s.info().rto);
  sends_again(s, 0);
  EXPECT_EQ(s.info().cwnd, kMss);
  // Segment 1 was not sent again, so the timeout was needless; segment 2 is missing, so something was lost all the
  // same.
  selects(s, at(2), {{at(3), at(7)}});
  EXPECT_EQ(s.info().repair, RepairPhase::kFast);
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
  s.skip_all();
}

TEST(FRto, NewTextGoesBeforeWhatIsHeldToBeLost) {  // 5682-1, 5682-2
  Scene s;                                         // §2.1 step 2 b, with a peer that does not select
  fill_the_window_without_sack(s);
  s.after(s.info().rto);
  sends_again(s, 0);
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = at(1)});
  s.host_sends({.flags = ACK, .seq = at(10), .len = kMss});
  s.host_sends({.flags = ACK, .seq = at(11), .len = kMss});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = at(2)});  // step 3 b: it was not sent again
  EXPECT_GT(s.info().ssthresh, 1u << 29);
  s.skip_all();
}

TEST(FRto, ADuplicateAfterTheTimeoutSaysThatTheLossWasReal) {  // 5682-3
  Scene s;                                                     // §2.1 step 2 a
  fill_the_window_without_sack(s);
  s.after(s.info().rto);
  sends_again(s, 0);
  s.peer_sends({.flags = ACK, .ack = 1});  // something left the network, so the next goes
  sends_again(s, 1);
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = at(1)});
  sends_again(s, 2);
  s.host_is_silent();
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
}

// --- what STATUS tells of all this ---

TEST(Status, TellsWhatIsKnownOfThePath) {
  Scene s;
  establish(s);
  send_segments(s, 4);
  s.after(kRtt);
  selects(s, 1, {{at(1), at(2)}});
  TcpInfo info = s.info();
  EXPECT_EQ(info.congestion, "newreno");
  EXPECT_EQ(info.path_mtu, 1500u + beyond_ipv4());
  EXPECT_EQ(info.min_rtt, kRtt);
  EXPECT_EQ(info.sacked, kMss);
  EXPECT_EQ(info.delivered, kMss);
  EXPECT_EQ(info.repair, RepairPhase::kNone);
  EXPECT_EQ(info.since_sent, kRtt);
  EXPECT_EQ(info.since_heard, Duration::zero());
  EXPECT_EQ(info.delivery_rate, 10 * kMss) << "a segment in 100 ms";
  s.after(25ms);
  sends_again(s, 0);
  info = s.info();
  EXPECT_EQ(info.repair, RepairPhase::kFast);
  EXPECT_EQ(info.retransmissions, 1u);
  EXPECT_EQ(info.since_heard, 25ms);
}

TEST(Status, TellsWhatTheCallerHandedOverAndWhatWasNotSent) {
  Scene s;
  establish(s);
  s.caller_sends_bytes(15 * kMss);
  EXPECT_EQ(s.info().not_sent, 5 * kMss);
  EXPECT_EQ(s.info().bytes_in_flight, 10 * kMss);
  s.skip_all();
}

// --- proportional rate reduction ---

TEST(Prr, TheFlightShrinksWithEachDeliveryAndNotAtOnce) {  // 8985-6, 9937-1, 9937-3, 9937-4
  Scene s;  // RFC 9937 §6: with half as ssthresh, one segment out for two delivered
  establish(s);
  s.caller_sends_bytes(40 * kMss);
  for (std::uint32_t i = 0; i < 10; ++i) s.host_sends({.flags = ACK, .seq = at(i), .len = kMss});
  s.after(kRtt);
  selects(s, 1, {{at(1), at(4)}});  // 3,000 delivered: 1,500 may go out
  sends_again(s, 0);
  s.host_is_silent();
  selects(s, 1, {{at(1), at(5)}});  // 4,000: 2,000
  s.host_sends({.flags = ACK, .seq = at(10), .len = kMss});
  s.host_is_silent();
  selects(s, 1, {{at(1), at(6)}});  // 5,000: 2,500
  s.host_is_silent();
  selects(s, 1, {{at(1), at(7)}});  // five segments are in flight, as many as ssthresh allows
  s.host_is_silent();
  selects(s, 1, {{at(1), at(8)}});  // four: one may follow
  s.host_sends({.flags = ACK, .seq = at(11), .len = kMss});
  s.host_is_silent();
  s.after(kRtt);
  s.peer_sends({.flags = ACK, .ack = at(12)});
  EXPECT_EQ(s.info().cwnd, 5 * kMss);
  s.skip_all();
}

}  // namespace
}  // namespace handfast::scene

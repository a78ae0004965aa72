#include "scene/scene.h"

// What happens when segments are lost: RFC 6298, RFC 5681, RFC 6582, RFC 3042, and giving up by RFC 9293 §3.8.3.
// A peer with an MSS of 1,000 makes the numbers easy to follow: segment n begins at 1 + 1000 n.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;

// ESTABLISHED, with `count` segments of new text sent and nothing acknowledged.
void send_segments(Scene& s, std::uint32_t count, std::uint32_t first = 0) {
  s.caller_sends_bytes(count * kMss);
  for (std::uint32_t i = 0; i < count; ++i) s.host_sends({.flags = ACK, .seq = 1 + (first + i) * kMss, .len = kMss});
  s.host_is_silent();
}

void duplicates(Scene& s, int count, std::uint32_t ack) {
  for (int i = 0; i < count; ++i) s.peer_sends({.flags = ACK, .ack = ack});
}

// --- the retransmission timer ---

TEST(Rto, TextIsSentAgainAfterTheTimeoutWithDoublingPauses) {  // 8985-1, MUST-18, 6298-8
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends("lost");
  s.host_sends({.flags = ACK, .seq = 1, .text = "lost"});
  for (const auto pause : {200ms, 400ms, 800ms, 1600ms, 3200ms}) {
    s.silent_for(pause - 1ms);
    s.after(1ms);
    s.host_sends({.flags = PSH_ACK, .seq = 1, .text = "lost"});
    EXPECT_TRUE(s.last().again);
  }
}

TEST(Rto, CountsAnewWhereTheOldestSegmentGoesAgainForAnotherReason) {  // 6298-7
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 4);
  const Duration rto = s.info().rto;
  s.silent_for(rto - 10ms);
  duplicates(s, 3, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.silent_for(rto - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
}

TEST(Rto, FollowsTheRoundTripTime) {  // MUST-18, 6298-7
  Scene s;                            // RFC 6298 §2.2: RTO = SRTT + 4 RTTVAR = 3 R after the first sample
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = kMss});
  s.host_sends({.flags = SYN_ACK});
  s.silent_for(300ms);
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().srtt, 300ms);
  EXPECT_EQ(s.info().rttvar, 150ms);
  EXPECT_EQ(s.info().rto, 900ms);
  s.caller_sends("lost");
  s.host_sends({.flags = ACK, .text = "lost"});
  s.silent_for(899ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "lost"});
}

TEST(Rto, NoSampleIsTakenFromTextSentTwice) {  // MUST-18, 6298-5
  Scene s;                                     // Karn: RFC 6298 §3
  s.establish({.mss = kMss});
  const Duration srtt = s.info().srtt;
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "x"});
  s.silent_for(350ms);
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().srtt, srtt);
}

TEST(Rto, ATimestampTellsWhichTransmissionIsAcknowledged) {
  Scene s;  // RFC 7323 §4.1
  s.establish({.mss = kMss, .timestamps = true});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x", .ts = Stamps{.val = 0, .ecr = 1000}});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "x", .ts = Stamps{.val = 200, .ecr = 1000}});
  s.silent_for(80ms);
  s.peer_sends({.flags = ACK, .ts = Stamps{.val = 1280, .ecr = 200}});
  EXPECT_EQ(s.info().srtt, Duration(80ms) / 8);  // 7/8 of a first sample of nothing, and 1/8 of 80 ms
}

TEST(Rto, StaysBackedOffUntilNewTextIsAcknowledged) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "x"});
  EXPECT_EQ(s.info().backoff, 1);
  s.peer_sends({.flags = ACK});
  // The acknowledgment is ambiguous, so RFC 6298 §5 keeps the doubled timeout for the next text.
  s.caller_sends("y");
  s.host_sends({.flags = ACK, .text = "y"});
  s.silent_for(399ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 2, .text = "y"});
}

TEST(Rto, AnAckOfSomeRestartsTheTimer) {  // 6298-7
  Scene s;                                // RFC 6298 §5.3
  s.establish({.mss = kMss});
  send_segments(s, 2);
  s.silent_for(150ms);
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.silent_for(Duration(s.info().rto) - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1001, .len = kMss});
}

TEST(Rto, NothingRunsWhenEverythingIsAcknowledged) {
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 3);
  s.peer_sends({.flags = ACK});
  s.silent_for(1h);
  EXPECT_EQ(s.end().next_deadline(), kNever);
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(Rto, TheWindowFallsToOneSegmentAndEverythingGoesAgainInOrder) {  // MUST-19, 5681-6, 8985-6
  Scene s;                                                            // RFC 5681 §3.1
  s.establish({.mss = kMss});
  send_segments(s, 8);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.host_is_silent();
  EXPECT_EQ(s.info().cwnd, kMss);
  EXPECT_EQ(s.info().ssthresh, 4 * kMss);
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.host_sends({.flags = ACK, .seq = 1001, .len = kMss});
  s.host_sends({.flags = ACK, .seq = 2001, .len = kMss});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 3001});  // one more segment, though two were acknowledged (3465-1)
  for (std::uint32_t i = 3; i < 6; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * kMss, .len = kMss});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 8001});  // the rest had arrived the first time
  s.host_is_silent();
  EXPECT_EQ(s.info().bytes_in_flight, 0u);
}

TEST(Rto, ARepeatedTimeoutDoesNotHalveTheThresholdAgain) {
  Scene s;  // RFC 5681 §3.1
  s.establish({.mss = kMss});
  send_segments(s, 8);
  s.after(200ms);
  s.skip_all();
  s.after(400ms);
  s.skip_all();
  EXPECT_EQ(s.info().ssthresh, 4 * kMss);
  EXPECT_EQ(s.info().cwnd, kMss);
}

TEST(Rto, TheFirstTimeoutOfOtherTextHalvesThoughTheBackoffIsKept) {
  Scene s;  // RFC 5681 §3.1; Karn keeps the backoff over an acknowledgment that may be of either transmission
  s.establish({.mss = kMss});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "x"});
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().backoff, 1);
  const std::uint32_t before = s.info().ssthresh;
  s.caller_sends("y");
  s.host_sends({.flags = ACK, .text = "y"});
  s.after(400ms);
  s.skip_all();
  EXPECT_EQ(s.info().ssthresh, 2 * kMss);
  EXPECT_LE(s.info().ssthresh, before);
}

TEST(GivingUp, R1CountsFromTheLastProgress) {
  Scene s;  // SHLD-10
  s.establish({.mss = kMss});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(200ms + 400ms);
  s.skip_all();
  s.peer_sends({.flags = ACK});
  s.caller_sends("y");
  s.host_sends({.flags = ACK, .text = "y"});
  s.after(800ms);
  s.skip_all();
  s.caller_hears(0);
}

TEST(Rto, AcknowledgedTextIsNeverSentAgain) {
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 4);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 4001});
  s.silent_for(10min);
}

TEST(GivingUp, TheCallerHearsAtR1AndTheConnectionEndsAtR2) {  // MUST-47
  Scene s;                                                    // MUST-20, SHLD-9, SHLD-10, SHLD-11
  s.establish({.mss = kMss});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(200ms + 400ms);
  s.skip_all();
  s.caller_hears(0);
  s.after(800ms);
  s.skip_all();
  s.caller_hears(Readiness::kSoftError);
  s.after(98s);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(60s);
  s.skip_all();
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kTimedOut));
  s.caller_hears(Readiness::kFailed | Readiness::kReadable | Readiness::kWritable);
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(GivingUp, AnAckOfNewTextStartsTheSilenceAnew) {
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 3);
  for (std::uint32_t i = 1; i <= 2; ++i) {
    s.after(70s);
    s.skip_all();
    s.peer_sends({.flags = ACK, .ack = 1 + i * kMss});
    s.skip_all();
  }
  s.state_is("ESTABLISHED");
}

// --- fast retransmit and recovery ---

TEST(FastRetransmit, TheThirdDuplicateSendsTheFirstSegmentAgain) {  // 5681-8
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 8);
  duplicates(s, 2, 1);
  s.host_is_silent();
  EXPECT_EQ(s.info().cwnd, 10 * kMss);
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitFast);
  s.host_is_silent();
  EXPECT_EQ(s.info().ssthresh, 4 * kMss);
  EXPECT_EQ(s.info().cwnd, 4 * kMss);
  duplicates(s, 4, 1);
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 8001});
  s.host_is_silent();
  EXPECT_EQ(s.info().ssthresh, 4 * kMss);
  EXPECT_EQ(s.info().cwnd, 4 * kMss);
}

TEST(FastRetransmit, LimitedTransmitSendsNewTextForTheFirstTwoDuplicates) {  // 3042-1, 3042-2, 3042-3, 5681-9
  Scene s;                                                                   // RFC 3042
  s.establish({.mss = kMss});
  s.caller_sends_bytes(20 * kMss);
  for (std::uint32_t i = 0; i < 10; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * kMss, .len = kMss});
  s.host_is_silent();
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 10001, .len = kMss});
  s.host_is_silent();
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 11001, .len = kMss});
  s.host_is_silent();
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.host_is_silent();
  // RFC 5681 §3.2 step 2: what limited transmit sent does not count in FlightSize.
  EXPECT_EQ(s.info().ssthresh, 5 * kMss);
}

TEST(FastRetransmit, FurtherDuplicatesLetNewTextOutOnceTheWindowAllows) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(20 * kMss);
  for (std::uint32_t i = 0; i < 10; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * kMss, .len = kMss});
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 10001, .len = kMss});
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 11001, .len = kMss});
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  // ssthresh 5,000 + 3 duplicates = 8,000; FlightSize is 12,000: the fifth duplicate from here makes room.
  duplicates(s, 4, 1);
  s.host_is_silent();
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 12001, .len = kMss});
  duplicates(s, 1, 1);
  s.host_sends({.flags = ACK, .seq = 13001, .len = kMss});
}

TEST(FastRetransmit, APartialAckUncoversTheNextHole) {  // 6582-2
  Scene s;                                              // RFC 6582 §3.2 step 3
  s.establish({.mss = kMss});
  send_segments(s, 8);
  duplicates(s, 3, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 3001});  // segments 0 and 3 were lost
  s.host_sends({.flags = ACK, .seq = 3001, .len = kMss});
  EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitPartial);
  s.peer_sends({.flags = ACK, .ack = 6001});  // and 6
  s.host_sends({.flags = ACK, .seq = 6001, .len = kMss});
  EXPECT_EQ(s.info().cwnd, 4 * kMss);  // one episode: halved once
  s.peer_sends({.flags = ACK, .ack = 8001});
  s.host_is_silent();
  EXPECT_EQ(s.info().ssthresh, 4 * kMss);
}

TEST(FastRetransmit, APartialAckGivesTheRepairAnotherTimeout) {  // 6582-5
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 8);
  s.silent_for(150ms);
  duplicates(s, 3, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 3001});
  s.host_sends({.flags = ACK, .seq = 3001, .len = kMss});
  s.silent_for(Duration(s.info().rto) - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 3001, .len = kMss});
  EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitTimeout);
}

TEST(FastRetransmit, DuplicatesAfterATimeoutStartNoOther) {  // 6582-4
  Scene s;                                                   // RFC 6582 §4: "recover"
  s.establish({.mss = kMss});
  send_segments(s, 8);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.skip_all();
  const std::uint32_t ssthresh = s.info().ssthresh;
  duplicates(s, 1, 1001);
  s.skip_all();
  duplicates(s, 1, 1001);
  s.skip_all();
  duplicates(s, 1, 1001);
  s.skip_all();
  EXPECT_EQ(s.info().ssthresh, ssthresh);
}

TEST(FastRetransmit, TwoDuplicatesAreReordering) {
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 4);
  duplicates(s, 2, 1);
  s.peer_sends({.flags = ACK, .ack = 4001});
  s.host_is_silent();
  EXPECT_GE(s.info().cwnd, 10 * kMss);
  EXPECT_EQ(s.info().retransmissions, 0u);
}

TEST(FastRetransmit, WindowUpdatesAndTextAreNoDuplicates) {
  Scene s;  // RFC 5681 §2
  s.establish({.mss = kMss});
  send_segments(s, 4);
  for (std::uint16_t i = 0; i < 4; ++i) {
    s.peer_sends({.flags = ACK, .ack = 1, .win = static_cast<std::uint16_t>(60000 + i)});
  }
  for (int i = 0; i < 4; ++i) s.peer_sends({.flags = ACK, .ack = 1, .win = 60003, .len = 10});
  s.host_is_silent();
  EXPECT_EQ(s.info().retransmissions, 0u);
}

TEST(FastRetransmit, ALostRetransmissionWaitsForTheTimeout) {
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 8);
  duplicates(s, 3, 1);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  duplicates(s, 4, 1);
  s.host_is_silent();
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  EXPECT_EQ(s.info().cwnd, kMss);
}

TEST(FastRetransmit, ForgedDuplicatesDoNotInflateBeyondWhatIsInFlight) {  // 5681-13
  Scene s;  // RFC 5681 §3.2; the ACK-spoofing of RFC 5681 §7
  s.establish({.mss = kMss});
  s.caller_sends_bytes(200 * kMss);
  for (std::uint32_t i = 0; i < 10; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * kMss, .len = kMss});
  for (int i = 0; i < 500; ++i) {
    duplicates(s, 1, 1);
    s.skip_all();
  }
  EXPECT_LE(s.end().view().snd_nxt - s.end().view().snd_una, 65535u);
  EXPECT_LE(s.info().cwnd, 6 * kMss);
}

// --- the congestion window ---

TEST(Cwnd, BeginsWithTenSegments) {  // 5681-1
  Scene s;                           // RFC 6928 §2
  s.establish({.mss = kMss});
  EXPECT_EQ(s.info().cwnd, 10 * kMss);
  s.caller_sends_bytes(50 * kMss);
  EXPECT_EQ(s.waiting(), 10u);
  s.skip_all();
}

TEST(Cwnd, BeginsWithFewerOfLargeSegments) {
  Scene s({.mss = 8960});
  s.establish({.mss = 8960});
  EXPECT_EQ(s.info().cwnd, 17920u);  // max(2 MSS, 14,600)
}

TEST(Cwnd, BeginsWithOneSegmentAfterARepeatedSyn) {  // 5681-3, 6298-9
  Scene s;                                           // RFC 5681 §3.1
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.after(1s);
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN_ACK, .mss = kMss});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().cwnd, kMss);
  s.caller_sends_bytes(3 * kMss);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
  s.host_is_silent();
  s.silent_for(3s - 1ms);  // RFC 6298 §5.7
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = kMss});
}

TEST(Cwnd, BeginsWithOneSegmentAfterARepeatedSynAck) {
  for (const bool compact : {true, false}) {
    Scene s({.compact_half_open = compact});
    s.host_listens();
    s.peer_sends({.flags = SYN, .mss = kMss});
    s.host_sends({.flags = SYN_ACK});
    s.after(1s);
    s.host_sends({.flags = SYN_ACK, .seq = 0});
    s.peer_sends({.flags = ACK});
    EXPECT_EQ(s.info().cwnd, kMss);
    EXPECT_EQ(s.info().rto, 3s);
  }
}

TEST(Cwnd, SlowStartCountsBytesAndAtMostTwoSegmentsAnAck) {
  Scene s;  // RFC 3465, L = 2
  s.establish({.mss = kMss});
  s.caller_sends_bytes(100 * kMss);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.skip_all();
  EXPECT_EQ(s.info().cwnd, 11 * kMss);
  s.peer_sends({.flags = ACK, .ack = 3001});
  s.skip_all();
  EXPECT_EQ(s.info().cwnd, 13 * kMss);
  s.peer_sends({.flags = ACK, .ack = 8001});
  s.skip_all();
  EXPECT_EQ(s.info().cwnd, 15 * kMss);
}

TEST(Cwnd, DividedAcksGainNothing) {  // 3465-1
  Scene s;                            // RFC 3465 §2: a thousand ACKs of a byte each are one segment
  s.establish({.mss = kMss});
  s.caller_sends_bytes(100 * kMss);
  s.skip_all();
  for (std::uint32_t i = 1; i <= 1000; ++i) {
    s.peer_sends({.flags = ACK, .ack = 1 + i});
    s.skip_all();
  }
  EXPECT_LE(s.info().cwnd, 11 * kMss);
}

TEST(Cwnd, CongestionAvoidanceAddsASegmentARoundTrip) {  // 5681-5
  Scene s;                                               // RFC 5681 §3.1 equation 3
  s.establish({.mss = kMss});
  send_segments(s, 8);
  duplicates(s, 3, 1);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 8001});
  EXPECT_EQ(s.info().cwnd, 4 * kMss);
  s.caller_sends_bytes(100 * kMss);
  s.skip_all();
  std::uint32_t ack = 8001;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(s.info().cwnd, 4 * kMss);
    ack += kMss;
    s.peer_sends({.flags = ACK, .ack = ack});
    s.skip_all();
  }
  EXPECT_EQ(s.info().cwnd, 5 * kMss);
}

TEST(Cwnd, AWindowThatIsNotUsedDoesNotGrow) {
  Scene s;
  s.establish({.mss = kMss});
  for (std::uint32_t i = 0; i < 50; ++i) {
    s.caller_sends("x");
    s.host_sends({.flags = ACK, .text = "x"});
    s.peer_sends({.flags = ACK});
  }
  EXPECT_EQ(s.info().cwnd, 10 * kMss);
}

// 30 segments are sent and acknowledged one by one, the last with the peer's window at `last`.
void widen_the_window(Scene& s, std::uint16_t last) {
  s.establish({.mss = kMss});
  s.caller_sends_bytes(30 * kMss);
  s.skip_all();
  for (std::uint32_t i = 1; i <= 30; ++i) {
    const std::uint16_t window = i < 30 ? 65535 : last;
    s.peer_sends({.flags = ACK, .ack = 1 + i * kMss, .win = window});
    s.skip_all();
  }
  EXPECT_GT(s.info().cwnd, 15 * kMss);
}

TEST(Cwnd, AnIdleConnectionStartsAgainFromTheInitialWindow) {  // 5681-10
  Scene s;                                                     // RFC 5681 §4.1
  widen_the_window(s, 65535);
  s.silent_for(10s);
  s.caller_sends_bytes(40 * kMss);
  EXPECT_EQ(s.waiting(), 10u);
  s.skip_all();
}

TEST(Cwnd, AWindowThatWasShutForLongIsAPauseToo) {  // 5681-10
  Scene s;
  widen_the_window(s, 0);
  s.caller_sends_bytes(40 * kMss);
  s.host_is_silent();
  s.after(100ms);
  s.peer_sends({.flags = ACK, .ack = 1 + 30 * kMss, .win = 1000});  // soon enough
  EXPECT_GT(s.info().cwnd, 15 * kMss);
  s.host_sends({.flags = ACK, .seq = 1 + 30 * kMss, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 1 + 31 * kMss, .win = 0});
  s.after(10s);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 2 + 31 * kMss, .win = 0});  // it took the octet of the probe
  s.after(1s);
  s.peer_sends({.flags = ACK, .ack = 2 + 31 * kMss, .win = 65535});
  EXPECT_EQ(s.info().cwnd, 10 * kMss);
  s.skip_all();
}

// The usual case: nobody took the octets of the probes, which are no text that was sent.
TEST(Cwnd, ProbesThatWereRefusedDoNotShortenThePause) {  // 5681-10
  Scene s;
  widen_the_window(s, 0);
  s.caller_sends_bytes(40 * kMss);
  for (const auto pause : {200ms, 400ms, 800ms}) {
    s.after(pause);
    s.host_sends({.flags = ACK, .seq = 1 + 30 * kMss, .len = 1});
    s.peer_sends({.flags = ACK, .ack = 1 + 30 * kMss, .win = 0});
  }
  s.peer_sends({.flags = ACK, .ack = 1 + 30 * kMss, .win = 65535});
  EXPECT_EQ(s.info().cwnd, 10 * kMss);
  s.skip_all();
}

// --- the peer takes its window back ---

TEST(WindowShrink, NothingNewGoesAndWhatIsOutsideIsNotSentAgain) {  // 7323-8
  Scene s;                                                          // MUST-34, SHLD-15, SHLD-16
  s.establish({.mss = kMss});
  send_segments(s, 6);
  s.peer_sends({.flags = ACK, .ack = 1001, .win = 2000});  // right edge from 65,536 back to 3,001
  s.caller_sends_bytes(kMss);
  s.host_is_silent();
  s.after(Duration(s.info().rto));
  s.host_sends({.flags = ACK, .seq = 1001, .len = kMss});
  s.peer_sends({.flags = ACK, .ack = 2001, .win = 1000});
  s.host_sends({.flags = ACK, .seq = 2001, .len = kMss});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 3001, .win = 10000});
  s.host_sends({.flags = ACK, .seq = 3001, .len = kMss});
  s.skip_all();
}

TEST(WindowShrink, AWindowShrunkToZeroIsProbed) {
  Scene s;  // MUST-35
  s.establish({.mss = kMss});
  send_segments(s, 3);
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
  s.host_is_silent();
  s.silent_for(199ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
  s.silent_for(399ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 10000});
  s.host_sends({.flags = ACK, .seq = 2, .len = 999});
  s.skip_all();
  EXPECT_EQ(s.info().cwnd, 10 * kMss);  // nothing was congested
}

TEST(IcmpError, ASoftOneIsReportedAndEndsNothing) {  // MUST-47
  Scene s;                                           // MUST-56, SHLD-25
  s.establish({.mss = kMss});
  send_segments(s, 2);
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1001), false));
  s.caller_hears(Readiness::kSoftError);
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kUnreachable));
}

TEST(IcmpError, ASoftOneIsKeptUntilThePeerAcknowledgesSomethingNew) {  // SHLD-25
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 2);
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1001), false));
  s.peer_sends({.flags = ACK, .ack = 1});
  EXPECT_EQ(s.info().icmp_error, IcmpError::kHost) << "nothing arrived";
  s.peer_sends({.flags = ACK, .ack = 1001});
  EXPECT_EQ(s.info().icmp_error, IcmpError::kNone);
  EXPECT_EQ(s.info().error, std::error_code());
}

TEST(IcmpError, ASoftOneOfAnAttemptHasPassedWithTheSynAck) {  // SHLD-25
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(0), false));
  EXPECT_EQ(s.info().icmp_error, IcmpError::kHost);
  s.peer_sends({.flags = SYN | ACK, .ack = 1});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().icmp_error, IcmpError::kNone);
}

TEST(IcmpError, TheLastOneIsToldBesideTheTimeOut) {  // SHLD-25
  Scene s;
  s.establish({.mss = kMss});
  send_segments(s, 1);
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1), true));
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1), false));
  s.after(3min);
  s.skip_all();
  EXPECT_EQ(s.info().error, make_error_code(Error::kTimedOut));
  EXPECT_EQ(s.info().icmp_error, IcmpError::kHost);
}

TEST(IcmpError, AHardOneIsSoftInSynchronizedStates) {  // 5927-3
  Scene s;                                             // RFC 5927 §5.2
  s.establish({.mss = kMss});
  send_segments(s, 2);
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1), true));
  s.caller_hears(Readiness::kSoftError);
  s.state_is("ESTABLISHED");
}

TEST(IcmpError, AHardOneEndsAnAttemptToConnect) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(0), false));
  s.state_is("SYN-SENT");
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(0), true));
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kUnreachable));
  EXPECT_EQ(s.info().icmp_error, IcmpError::kPort);
}

TEST(IcmpError, OneThatQuotesANumberNotInFlightIsIgnored) {  // 5927-1
  Scene s;                                                   // RFC 5927 §4.1
  s.establish({.mss = kMss});
  send_segments(s, 2);
  for (const std::uint32_t quoted : {0u, 2001u, 0x80000000u}) {
    EXPECT_FALSE(s.end().icmp_error(s.host_raw(quoted), true));
  }
  s.caller_hears(0);
}

}  // namespace
}  // namespace handfast::scene

#include "scene/scene.h"

// The size of the path: what ICMP reports of it (RFC 1191, RFC 5927 §7.2), timeouts where it reports nothing, and
// probes (RFC 4821). The interface and the peer take segments of 1,460 bytes; a packet is 40 bytes more.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kFull = 1460;
constexpr std::uint32_t kSmall = 1240;  // an MTU of 1280
constexpr std::uint32_t kBase = 1160;   // base_path_mtu
constexpr std::uint32_t kFloor = 512;   // min_path_mtu

LoneEndOptions with(PathMtuProbing probing) {
  LoneEndOptions options;
  options.config.path_mtu_probing = probing;
  return options;
}

// A round trip takes its time, so that timers have their order.
void establish(Scene& s, bool sack = true, Duration round_trip = 50ms) {
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = kFull, .sack_ok = sack});
  s.host_sends({.flags = SYN_ACK});
  s.silent_for(round_trip);
  s.peer_sends({.flags = ACK});
}

// `count` segments of new text leave, from number `first` on.
void send_segments(Scene& s, std::uint32_t count, std::uint32_t size = kFull) {
  const std::uint32_t first = s.host_next();
  s.caller_sends_bytes(count * size);
  for (std::uint32_t i = 0; i < count; ++i) s.host_sends({.flags = ACK, .seq = first + i * size, .len = size});
  s.host_is_silent();
}

// Full segments are known to arrive.
void prove_full_size(Scene& s, bool sack) {
  establish(s, sack);
  send_segments(s, 2);
  s.after(10ms);
  s.peer_sends({.flags = ACK});
}

// All text from `from` on goes again in segments of `size`, the last of them as long as it has to be.
void goes_again(Scene& s, std::uint32_t from, std::uint32_t to, std::uint32_t size) {
  for (std::uint32_t at = from; at < to; at += size) {
    s.host_sends({.flags = ACK, .seq = at, .len = std::min(size, to - at)});
    EXPECT_TRUE(s.last().again);
  }
  s.host_is_silent();
}

// Lets timeouts pass until `count` of them are counted; what the last one sends waits.
void time_out(Scene& s, int count) {
  for (int i = 0; i < 60000 && s.info().backoff < count; ++i) {
    s.skip_all();
    s.after(1ms);
  }
}

void wait_until_it_sends(Scene& s) {
  for (int i = 0; i < 60000 && s.waiting() == 0; ++i) s.after(1ms);
}

// --- reports ---

TEST(PathReport, AFirstOneIsBelievedAtOnceAndIsNoCongestion) {  // 7323-20
  for (const bool sack : {false, true}) {
    Scene s;
    establish(s, sack);
    send_segments(s, 10);
    const std::uint32_t cwnd = s.info().cwnd;
    EXPECT_EQ(s.end().path_report(s.host_raw(1), 1280), DropReason::kNone);
    s.look();
    goes_again(s, 1, 1 + 10 * kFull, kSmall);
    EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitTooBig);
    EXPECT_EQ(s.info().cwnd, cwnd);
    EXPECT_EQ(s.info().backoff, 0);
    EXPECT_EQ(s.info().path_mtu, 1280u);
    EXPECT_EQ(s.end().path_news.size, kSmall);
    s.after(10ms);
    s.peer_sends({.flags = ACK});
    EXPECT_GE(s.info().cwnd, cwnd);
    send_segments(s, 3, kSmall);
  }
}

TEST(PathReport, WhatWentOutBeforeTheQuotedSegmentIsLeftAlone) {
  Scene s;
  establish(s);
  send_segments(s, 4);
  EXPECT_EQ(s.end().path_report(s.host_raw(1 + 2 * kFull), 1280), DropReason::kNone);
  s.look();
  goes_again(s, 1 + 2 * kFull, 1 + 4 * kFull, kSmall);
}

TEST(PathReport, TheFinGoesAgainBehindTheText) {
  Scene s;
  establish(s);
  send_segments(s, 1);
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK});
  s.end().path_report(s.host_raw(1), 1280);
  s.look();
  s.host_sends({.flags = ACK, .seq = 1, .len = kSmall});
  s.host_sends({.flags = ACK, .seq = 1 + kSmall, .len = kFull - kSmall});
  s.host_is_silent();
  s.peer_sends({.flags = ACK});
  s.state_is("FIN-WAIT-2");
}

TEST(PathReport, OneThatContradictsWhatArrivedWaitsForATimeout) {  // 5927-5
  Scene s;
  prove_full_size(s, true);
  const std::uint32_t from = s.host_next();
  send_segments(s, 1);
  s.caller_sends_bytes(kFull);
  s.host_sends({.flags = ACK, .len = kFull});
  const std::uint32_t cwnd = s.info().cwnd;
  EXPECT_EQ(s.end().path_report(s.host_raw(from), 1280), DropReason::kNone);
  s.look();
  s.host_is_silent();
  EXPECT_EQ(s.info().path_mtu, 1500u);
  EXPECT_EQ(s.end().path_news.size, 0u);
  // A tail probe goes out first, as large as it was.
  wait_until_it_sends(s);
  s.host_sends({.flags = ACK, .seq = from + kFull, .len = kFull});
  s.host_is_silent();
  wait_until_it_sends(s);
  goes_again(s, from, from + 2 * kFull, kSmall);
  EXPECT_EQ(s.info().cwnd, cwnd) << "what was too big was no congestion";
  EXPECT_EQ(s.info().backoff, 0);
  EXPECT_EQ(s.info().path_mtu, 1280u);
  EXPECT_EQ(s.end().counters().path_reports_believed, 1u);
}

TEST(PathReport, AnAcknowledgmentOfWhatItQuotesRefutesIt) {  // 5927-5
  Scene s;
  prove_full_size(s, false);
  const std::uint32_t from = s.host_next();
  send_segments(s, 3);
  EXPECT_EQ(s.end().path_report(s.host_raw(from), 600), DropReason::kNone);
  s.peer_sends({.flags = ACK, .ack = from + kFull});
  EXPECT_EQ(s.end().counters().path_reports_refuted, 1u);
  time_out(s, 1);
  s.host_sends({.flags = ACK, .seq = from + kFull, .len = kFull});
  EXPECT_EQ(s.info().path_mtu, 1500u);
  s.skip_all();
}

TEST(PathReport, ATimeoutOfOtherTextDoesNotConfirmIt) {  // 5927-5
  Scene s;
  prove_full_size(s, false);
  const std::uint32_t from = s.host_next();
  send_segments(s, 3);
  EXPECT_EQ(s.end().path_report(s.host_raw(from + kFull), 600), DropReason::kNone);
  time_out(s, 1);
  s.host_sends({.flags = ACK, .seq = from, .len = kFull});
  EXPECT_EQ(s.info().path_mtu, 1500u);
  s.skip_all();
}

TEST(PathReport, WhatCannotBeIsRefused) {  // 4821-4
  Scene s;
  establish(s);
  send_segments(s, 2);
  struct {
    std::uint32_t seq;
    std::uint32_t mtu;
    DropReason why;
  } const refused[] = {{1, 1500, DropReason::kIcmpMtuNotSmaller},   {1, 65535, DropReason::kIcmpMtuNotSmaller},
                       {1, 551, DropReason::kIcmpMtuTooSmall},      {1, 68, DropReason::kIcmpMtuTooSmall},
                       {1, 1, DropReason::kIcmpMtuTooSmall},        {0, 1280, DropReason::kIcmpOutsideWindow},
                       {2921, 1280, DropReason::kIcmpOutsideWindow}};
  for (const auto& [seq, mtu, why] : refused) EXPECT_EQ(s.end().path_report(s.host_raw(seq), mtu), why) << mtu;
  s.look();
  s.host_is_silent();
  EXPECT_EQ(s.info().path_mtu, 1500u);
  EXPECT_EQ(s.end().path_report(s.host_raw(1), 552), DropReason::kNone);
  EXPECT_EQ(s.info().mss, kFloor);
  s.skip_all();
}

TEST(PathReport, OneThatIsNoSmallerThanWhatIsInFlightIsRefused) {
  Scene s;
  establish(s);
  s.caller_sends("small");
  s.host_sends({.flags = ACK, .text = "small"});
  EXPECT_EQ(s.end().path_report(s.host_raw(1), 1280), DropReason::kIcmpMtuNotSmaller);
  EXPECT_EQ(s.info().path_mtu, 1500u);
}

TEST(PathReport, NothingRaisesTheSize) {
  Scene s;
  establish(s);
  send_segments(s, 2);
  s.end().path_report(s.host_raw(1), 1000);
  EXPECT_EQ(s.end().path_report(s.host_raw(1), 1400), DropReason::kIcmpMtuNotSmaller);
  EXPECT_EQ(s.info().path_mtu, 1000u);
  s.skip_all();
}

TEST(PathReport, ARouterWithoutASizeLeadsToTheNextPlateau) {
  Scene s;  // RFC 1191 §7
  establish(s);
  send_segments(s, 2);
  for (const std::uint32_t mtu : {1492u, 1006u, 552u}) {
    s.end().path_report(s.host_raw(1), 0);
    EXPECT_EQ(s.info().path_mtu, mtu);
    s.look();
    s.skip_all();
  }
}

TEST(PathReport, TimestampsCountInTheSize) {  // MUST-16
  Scene s;
  s.establish({.mss = kFull, .timestamps = true});
  s.caller_sends_bytes(2 * 1448);
  s.skip_all();
  s.end().path_report(s.host_raw(1), 1280);
  s.look();
  s.host_sends({.flags = ACK, .seq = 1, .len = 1228});
  s.skip_all();
}

TEST(PathReport, WhatAnotherConnectionLearnedCounts) {
  Scene s;
  establish(s);
  s.end().path_is_known(kSmall, false);
  send_segments(s, 2, kSmall);
  s.peer_sends({.flags = ACK});
  s.end().path_is_known(600, false);
  EXPECT_EQ(s.info().mss, kSmall) << "segments of that size arrived, and a report alone says otherwise";
  s.end().path_is_known(600, true);
  EXPECT_EQ(s.info().mss, 600u);
  s.end().path_is_known(1000, true);
  EXPECT_EQ(s.info().mss, 600u);
}

TEST(PathReport, ASuperSegmentIsCutAnew) {
  LoneEndOptions options;
  options.largest_text = 65000;
  options.config.initial_window_segments = 20;  // a super-segment is at most half of it
  Scene s(options);
  establish(s);
  s.caller_sends_bytes(10 * kFull);
  EXPECT_EQ(s.take().segment_size, kFull);
  s.end().path_report(s.host_raw(1), 1280);
  s.look();
  const Sent again = s.take();
  EXPECT_EQ(again.segment_size, kSmall);
  EXPECT_EQ(again.text.size(), 10 * kFull);
}

// --- black holes ---

TEST(BlackHole, TimeoutsOfFullSegmentsLeadToSmallOnes) {  // 4821-3, 4821-4
  Scene s;
  establish(s);
  send_segments(s, 2);
  time_out(s, 2);
  s.host_sends({.flags = ACK, .seq = 1, .len = kFull});
  time_out(s, 3);
  s.host_sends({.flags = ACK, .seq = 1, .len = kBase});
  EXPECT_EQ(s.info().path_mtu, 1200u);
  for (int more = 4; more < 7; ++more) {
    time_out(s, more);
    s.host_sends({.flags = ACK, .seq = 1, .len = kFloor});
    EXPECT_EQ(s.info().path_mtu, 552u);
  }
  EXPECT_EQ(s.end().counters().path_black_holes, 2u);
  EXPECT_EQ(s.end().path_news.size, 0u);
}

TEST(BlackHole, ASizeThatHasArrivedIsDoubtedLater) {
  Scene s;
  prove_full_size(s, true);
  const std::uint32_t from = s.host_next();
  send_segments(s, 2);
  time_out(s, 4);
  s.host_sends({.flags = ACK, .seq = from, .len = kFull});
  time_out(s, 5);
  s.host_sends({.flags = ACK, .seq = from, .len = kBase});
  time_out(s, 6);
  s.host_sends({.flags = ACK, .seq = from, .len = kFloor});
  s.skip_all();
}

TEST(BlackHole, SmallTextThatTimesOutSaysNothingOfThePath) {
  Scene s;
  establish(s);
  s.caller_sends("lost");
  s.host_sends({.flags = ACK, .text = "lost"});
  time_out(s, 5);
  s.skip_all();
  EXPECT_EQ(s.info().path_mtu, 1500u);
}

TEST(BlackHole, CanBeLeftAlone) {
  Scene s(with(PathMtuProbing::kOff));
  establish(s);
  send_segments(s, 2);
  time_out(s, 5);
  s.host_sends({.flags = ACK, .seq = 1, .len = kFull});
  s.skip_all();
}

// --- probes ---

// A connection that begins at the base size and looks for more, its first probe out: `probe` begins there.
std::uint32_t reach_probe(Scene& s) {
  establish(s);
  s.caller_sends_bytes(8 * kBase);
  const std::uint32_t text = 8 * kBase;
  // The search begins with the first text, so its first segment is the probe.
  s.host_sends({.flags = ACK, .seq = 1, .len = kFull});
  EXPECT_EQ(s.last().reason, trace::Reason::kSendPathProbe);
  std::uint32_t at = 1 + kFull;
  for (; at + kBase <= 1 + text; at += kBase) s.host_sends({.flags = ACK, .seq = at, .len = kBase});
  s.host_is_silent();
  return at;
}

TEST(PathProbe, OneThatArrivesRaisesTheSize) {  // 4821-1
  Scene s(with(PathMtuProbing::kAlways));
  reach_probe(s);
  s.peer_sends({.flags = ACK, .ack = 1 + kFull});
  EXPECT_EQ(s.info().path_mtu, 1500u);
  EXPECT_EQ(s.end().counters().path_probes_delivered, 1u);
  s.skip_all();
}

TEST(PathProbe, OneThatIsLostAloneIsNoCongestion) {  // 4821-2
  Scene s(with(PathMtuProbing::kAlways));
  const std::uint32_t at = reach_probe(s);
  const std::uint32_t cwnd = s.info().cwnd;
  s.after(20ms);
  s.peer_sends({.flags = ACK, .ack = 1, .sack = {{Block{1 + kFull, at}}}});
  // Its text goes again in segments that are known to pass, and nothing else has changed.
  s.host_sends({.flags = ACK, .seq = 1, .len = kBase});
  s.host_sends({.flags = ACK, .seq = 1 + kBase, .len = kFull - kBase});
  EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitTooBig);
  EXPECT_EQ(s.info().cwnd, cwnd);
  EXPECT_EQ(s.info().backoff, 0);
  EXPECT_EQ(s.info().repair, RepairPhase::kNone);
  EXPECT_EQ(s.info().path_mtu, 1200u);
  EXPECT_EQ(s.end().counters().path_probes_lost, 1u);
  s.skip_all();
}

TEST(PathProbe, ALossBesideItIsCongestionAndTheSizeIsTriedAgain) {  // 4821-2
  Scene s(with(PathMtuProbing::kAlways));
  const std::uint32_t at = reach_probe(s);
  const std::uint32_t cwnd = s.info().cwnd;
  s.after(20ms);
  s.peer_sends({.flags = ACK, .ack = 1, .sack = {{Block{1 + kFull + kBase, at}}}});
  EXPECT_LT(s.info().cwnd, cwnd);
  EXPECT_EQ(s.end().counters().path_probes_lost, 0u);
  s.skip_all();
}

TEST(PathProbe, ATimeoutOfTheProbeAloneIsNoneForTheConnection) {  // 4821-2
  Scene s(with(PathMtuProbing::kAlways));
  establish(s, true, 900ms);
  // Round trips of nearly a second, so steady that a timeout comes hardly later; then RACK sees that the path changes
  // the order and waits a quarter of one longer.
  for (int i = 0; i < 30; ++i) {
    s.caller_sends("x");
    s.host_sends({.flags = ACK, .len = 1});
    s.after(900ms);
    s.skip_all();
    s.peer_sends({.flags = ACK});
  }
  const std::uint32_t first = s.host_next();
  send_segments(s, 2, kBase);
  s.after(900ms);
  s.peer_sends({.flags = ACK, .ack = first, .sack = {{Block{first + kBase, first + 2 * kBase}}}});
  s.peer_sends({.flags = ACK});
  const std::uint32_t probe = s.host_next();
  s.caller_sends_bytes(8 * kBase);
  s.host_sends({.flags = ACK, .seq = probe, .len = kFull});
  std::uint32_t at = probe + kFull;
  for (; s.waiting() > 0; at += kBase) s.host_sends({.flags = ACK, .seq = at, .len = kBase});
  const std::uint32_t cwnd = s.info().cwnd;
  s.after(900ms);
  s.peer_sends({.flags = ACK, .ack = probe, .sack = {{Block{probe + kFull, at}}}});
  s.skip_all();
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = probe, .len = kBase});
  EXPECT_EQ(s.last().reason, trace::Reason::kRetransmitTooBig);
  EXPECT_EQ(s.info().backoff, 0);
  EXPECT_GE(s.info().cwnd, cwnd);
  EXPECT_EQ(s.end().counters().path_probes_lost, 1u);
  s.skip_all();
}

TEST(PathProbe, ThereIsNoneOnAHealthyPathUnlessAsked) {
  Scene s;
  establish(s);
  send_segments(s, 10);
  s.peer_sends({.flags = ACK});
  send_segments(s, 10);
  EXPECT_EQ(s.end().counters().path_probes_sent, 0u);
}

TEST(PathProbe, NeedsTextAndWindowBehindIt) {
  Scene s(with(PathMtuProbing::kAlways));
  establish(s);
  send_segments(s, 3, kBase);
  EXPECT_EQ(s.end().counters().path_probes_sent, 0u);
}

TEST(PathProbe, ASizeThatHasAgedIsTriedAnew) {  // 4821-1
  for (const auto probing : {PathMtuProbing::kOff, PathMtuProbing::kOnBlackHole}) {
    Scene s(with(probing));
    establish(s);
    send_segments(s, 2);
    s.end().path_report(s.host_raw(1), 1280);
    s.look();
    s.skip_all();
    s.peer_sends({.flags = ACK, .ack = 1 + 2 * kFull});
    s.after(9min);
    send_segments(s, 2, kSmall);
    s.peer_sends({.flags = ACK});
    s.after(2min);
    s.caller_sends_bytes(6 * kFull);
    s.host_sends({.flags = ACK, .len = kFull});
    EXPECT_EQ(s.end().counters().path_probes_sent, probing == PathMtuProbing::kOff ? 0u : 1u);
    s.skip_all();
  }
}

// --- reports to the caller ---

TEST(IcmpError, TheCallerCanSwitchReportsOff) {  // SHLD-20
  Scene s;
  establish(s);
  s.end().connection()->set_error_reports(false);
  (void)s.end().take_signals();
  send_segments(s, 1);
  EXPECT_TRUE(s.end().icmp_error(s.host_raw(1), false));
  time_out(s, 4);
  s.skip_all();
  s.caller_hears(0);
  EXPECT_EQ(s.info().error, make_error_code(Error::kUnreachable));
}

}  // namespace
}  // namespace handfast::scene

// Single segments: RFC 9293 §3.10.7 and §3.5.2, the RFC 5961 rules, trimming, text out of order, and our own rules.
#include <gtest/gtest.h>

#include <string>

#include "enumerate.h"
#include "textbook.h"
#include "textbook_shorthand.h"

namespace model {
namespace {

using namespace shorthand;

constexpr const char* kAck = "<SEQ=100><ACK=300><CTL=ACK>";

// The receive window is 100 bytes: 300 to 399.
Textbook in_state(const std::string& route_name) {
  for (const Route& route : all_routes(100)) {
    if (route.name == route_name) return walk(route, 99, 299, 100);
  }
  ADD_FAILURE() << "no route " << route_name;
  return Textbook();
}

// What one segment brings about, in one line: replies, signals, state.
std::string step(Textbook& host, const Segment& segment) {
  const Outcome out = host.segment_arrives(segment);
  const std::string told = signals(out);
  return sent(out) + (told.empty() ? "" : " (" + told + ")") + " " + state_of(host);
}
std::string in(const std::string& route, const Segment& segment) {
  Textbook host = in_state(route);
  return step(host, segment);
}

TEST(TextbookClosed, AnswersAllButAReset) {
  EXPECT_EQ(in("CLOSED", syn(700)), "<SEQ=0><ACK=701><CTL=RST,ACK> CLOSED");
  EXPECT_EQ(in("CLOSED", Segment{.syn = true, .fin = true, .seq = 700, .text = "ab"}),
            "<SEQ=0><ACK=704><CTL=RST,ACK> CLOSED");
  EXPECT_EQ(in("CLOSED", ack(700, 800, "x")), "<SEQ=800><CTL=RST> CLOSED");
  EXPECT_EQ(in("CLOSED", rst(700)), "silence CLOSED");
  EXPECT_EQ(in("CLOSED", rst_ack(700, 800)), "silence CLOSED");
}

TEST(TextbookListen, RstThenAckThenSyn) {
  EXPECT_EQ(in("LISTEN", rst(1)), "silence LISTEN");
  EXPECT_EQ(in("LISTEN", rst_ack(1, 2)), "silence LISTEN");
  EXPECT_EQ(in("LISTEN", syn_ack(1, 555)), "<SEQ=555><CTL=RST> LISTEN");
  EXPECT_EQ(in("LISTEN", Segment{.fin = true, .seq = 1}), "silence LISTEN");
  EXPECT_EQ(in("LISTEN", syn(299)), "<SEQ=99><ACK=300><CTL=SYN,ACK> SYN-RECEIVED");
}

TEST(TextbookListen, TextAndFinOnTheSynAreSentAgain) {
  Segment full = syn(299, "ab");
  full.fin = true;
  Textbook host = in_state("LISTEN");
  EXPECT_EQ(step(host, full), "<SEQ=99><ACK=300><CTL=SYN,ACK> SYN-RECEIVED");
  EXPECT_EQ(step(host, ack(300, 100)), "silence (established) ESTABLISHED");
  EXPECT_EQ(host.tcb().unread, "");
}

TEST(TextbookListen, TextAndFinOnTheSynAreKeptWhenChosen) {
  Segment full = syn(299, "ab");
  full.fin = true;
  Textbook host(100, {.keep_text_of_syn_in_listen = true});
  host.set_next_iss(99);
  host.open_passive();
  step(host, full);
  EXPECT_EQ(step(host, ack(300, 100)), "<SEQ=100><ACK=303><CTL=ACK> (established, connection closing) CLOSE-WAIT");
  EXPECT_EQ(host.receive().delivered, "ab");
}

TEST(TextbookSynSent, AnUnacceptableAckIsResetUnlessItIsAReset) {
  for (std::uint32_t bad : {98u, 99u, 101u, 99u + 0x80000000u}) {
    EXPECT_EQ(in("SYN-SENT", syn_ack(299, bad)), "<SEQ=" + std::to_string(bad) + "><CTL=RST> SYN-SENT");
    EXPECT_EQ(in("SYN-SENT", ack(299, bad, "x")), "<SEQ=" + std::to_string(bad) + "><CTL=RST> SYN-SENT");
    EXPECT_EQ(in("SYN-SENT", rst_ack(0, bad)), "silence SYN-SENT");
  }
}

TEST(TextbookSynSent, AResetNeedsAnAckOfOurSyn) {
  EXPECT_EQ(in("SYN-SENT", rst(0)), "silence SYN-SENT");
  EXPECT_EQ(in("SYN-SENT", rst_ack(0, 100)), "silence (connection reset) CLOSED");
  EXPECT_EQ(in("SYN-SENT", rst_ack(12345, 100)), "silence (connection reset) CLOSED");
}

TEST(TextbookSynSent, WithoutSynOrRstNothingHappens) {
  EXPECT_EQ(in("SYN-SENT", ack(299, 100, "x")), "silence SYN-SENT");
  EXPECT_EQ(in("SYN-SENT", fin(299, 100)), "silence SYN-SENT");
  EXPECT_EQ(in("SYN-SENT", Segment{.fin = true, .seq = 5}), "silence SYN-SENT");
}

TEST(TextbookSynSent, TextAndFinOfTheSynAckAreProcessedAtOnce) {
  Textbook host = in_state("SYN-SENT");
  const Outcome out = host.segment_arrives(syn_ack(299, 100, "hello"));
  EXPECT_EQ(sent(out), "<SEQ=100><ACK=305><CTL=ACK>");
  EXPECT_FALSE(out.replies.front().may_be_delayed);
  EXPECT_EQ(out.delivered, "hello");
  Segment with_fin = syn_ack(299, 100, "hi");
  with_fin.fin = true;
  EXPECT_EQ(in("SYN-SENT", with_fin), "<SEQ=100><ACK=303><CTL=ACK> (established, connection closing) CLOSE-WAIT");
}

TEST(TextbookSynSent, TextOfABareSynWaitsForEstablished) {
  Textbook host = in_state("SYN-SENT");
  EXPECT_EQ(step(host, syn(299, "ab")), "<SEQ=99><ACK=300><CTL=SYN,ACK> SYN-RECEIVED");
  EXPECT_EQ(step(host, syn_ack(299, 100)), "<SEQ=100><ACK=302><CTL=ACK> (established) ESTABLISHED");
  EXPECT_EQ(host.receive().delivered, "ab");
}

TEST(TextbookSynSent, TheSynsWindowIsTheSendWindow) {
  Textbook host = in_state("SYN-SENT");
  host.segment_arrives(syn_ack(299, 100));
  EXPECT_EQ(host.tcb().snd_wnd, kWindow);
  EXPECT_EQ(host.tcb().max_snd_wnd, kWindow);
}

TEST(TextbookSynReceived, TheSameSynGetsTheSameSynAck) {
  for (const char* route : {"SYN-RECEIVED (passive)", "SYN-RECEIVED (simultaneous)"}) {
    Textbook host = in_state(route);
    const std::string first = sent(host.retransmission_timeout());
    const std::string again = step(host, syn(299));
    EXPECT_EQ(again, first + " SYN-RECEIVED");
    EXPECT_EQ(step(host, syn(299, "text")), again);
    EXPECT_EQ(step(host, Segment{.syn = true, .fin = true, .seq = 299}), again);
  }
}

TEST(TextbookSynReceived, AnotherSyn) {
  EXPECT_EQ(in("SYN-RECEIVED (passive)", syn(350)), "silence LISTEN");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", syn_ack(350, 100)), "silence LISTEN");
  EXPECT_EQ(in("SYN-RECEIVED (simultaneous)", syn(350)), std::string(kAck) + " SYN-RECEIVED");
  for (std::uint32_t outside : {298u, 400u, 299u + 0x80000000u}) {
    EXPECT_EQ(in("SYN-RECEIVED (passive)", syn(outside)), std::string(kAck) + " SYN-RECEIVED");
    EXPECT_EQ(in("SYN-RECEIVED (simultaneous)", syn(outside)), std::string(kAck) + " SYN-RECEIVED");
  }
  EXPECT_EQ(in("SYN-RECEIVED (passive)", syn_ack(299, 100, "x")), std::string(kAck) + " SYN-RECEIVED");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", syn_ack(299, 100)), std::string(kAck) + " SYN-RECEIVED");
}

TEST(TextbookSynReceived, Figure7WithTextGoesOnToTheText) {
  EXPECT_EQ(in("SYN-RECEIVED (simultaneous)", syn_ack(299, 100, "x")),
            "<SEQ=100><ACK=301><CTL=ACK> (established) ESTABLISHED");
  EXPECT_EQ(in("SYN-RECEIVED (simultaneous)", syn_ack(299, 101)), std::string(kAck) + " SYN-RECEIVED");
}

TEST(TextbookSynReceived, AReset) {
  EXPECT_EQ(in("SYN-RECEIVED (passive)", rst(300)), "silence LISTEN");
  EXPECT_EQ(in("SYN-RECEIVED (simultaneous)", rst(300)), "silence (connection refused) CLOSED");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", rst(301)), std::string(kAck) + " SYN-RECEIVED");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", rst(299)), "silence SYN-RECEIVED");
}

TEST(TextbookSynReceived, AnUnacceptableAckIsReset) {
  for (std::uint32_t bad : {99u, 98u, 101u, 99u - kPeerWindow - 1}) {
    const std::string reset = "<SEQ=" + std::to_string(bad) + "><CTL=RST> SYN-RECEIVED";
    EXPECT_EQ(in("SYN-RECEIVED (passive)", ack(300, bad, "x")), reset);
    EXPECT_EQ(in("SYN-RECEIVED (passive)", fin(300, bad)), reset);
  }
}

TEST(TextbookSynReceived, TheLiteralOrderAcknowledgesAnAckOutOfRange) {
  Textbook host(100, {.reset_for_bad_ack_in_syn_received = false});
  host.set_next_iss(99);
  host.open_passive();
  step(host, syn(299));
  EXPECT_EQ(step(host, ack(300, 101)), std::string(kAck) + " SYN-RECEIVED");
  EXPECT_EQ(step(host, ack(300, 98 - kWindow)), std::string(kAck) + " SYN-RECEIVED");
  EXPECT_EQ(step(host, ack(300, 99)), "<SEQ=99><CTL=RST> SYN-RECEIVED");
}

TEST(TextbookSynReceived, TheLastAckMayCarryTextAndAFin) {
  EXPECT_EQ(in("SYN-RECEIVED (passive)", ack(300, 100)), "silence (established) ESTABLISHED");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", ack(300, 100, "x")), "<SEQ=100><ACK=301><CTL=ACK> (established) ESTABLISHED");
  EXPECT_EQ(in("SYN-RECEIVED (passive)", fin(300, 100, "x")),
            "<SEQ=100><ACK=302><CTL=ACK> (established, connection closing) CLOSE-WAIT");
}

TEST(TextbookSequence, FourRowsOfTable6) {
  for (std::uint32_t bad : {299u, 400u, 300u + 0x80000000u, 299u - 1000}) {
    EXPECT_EQ(in("ESTABLISHED (passive)", ack(bad, 100)), std::string(kAck) + " ESTABLISHED");
    EXPECT_EQ(in("ESTABLISHED (passive)", ack(bad, 100, "x")), std::string(kAck) + " ESTABLISHED");
    EXPECT_EQ(in("ESTABLISHED (passive)", rst(bad)), "silence ESTABLISHED");
  }
  for (std::uint32_t good : {300u, 350u, 399u}) {
    EXPECT_EQ(in("ESTABLISHED (passive)", ack(good, 100)), "silence ESTABLISHED");
  }
}

TEST(TextbookSequence, AZeroWindowRefusesTextButReadsAcksAndResets) {
  Textbook host = in_state("ESTABLISHED (zero window)");
  ASSERT_EQ(host.tcb().rcv_wnd, 0u);
  host.send("abc");  // 100 to 102
  EXPECT_EQ(step(host, ack(400, 101)), "silence ESTABLISHED");
  EXPECT_EQ(host.tcb().snd_una, 101u);
  EXPECT_EQ(step(host, ack(400, 102, "probe")), "<SEQ=103><ACK=400><CTL=ACK> ESTABLISHED");
  EXPECT_EQ(host.tcb().snd_una, 102u);
  EXPECT_EQ(step(host, fin(400, 103)), "<SEQ=103><ACK=400><CTL=ACK> ESTABLISHED");
  EXPECT_EQ(step(host, ack(401, 103)), "<SEQ=103><ACK=400><CTL=ACK> ESTABLISHED");
  EXPECT_EQ(step(host, rst(401)), "silence ESTABLISHED");
  Segment with_text = rst(400);
  with_text.text = "why";
  EXPECT_EQ(step(host, with_text), "silence (connection reset) CLOSED");
}

TEST(TextbookReset, Rfc5961ThreeTests) {
  for (const char* route : {"ESTABLISHED (passive)", "FIN-WAIT-1", "FIN-WAIT-2"}) {
    const std::string stays = " " + std::string(name_of(in_state(route).state()));
    Textbook host = in_state(route);
    EXPECT_EQ(step(host, rst(301)), "<SEQ=" + std::to_string(host.tcb().snd_nxt) + "><ACK=300><CTL=ACK>" + stays);
    EXPECT_EQ(step(host, rst(399)), "<SEQ=" + std::to_string(host.tcb().snd_nxt) + "><ACK=300><CTL=ACK>" + stays);
    EXPECT_EQ(step(host, rst(299)), "silence" + stays);
    EXPECT_EQ(step(host, rst(400)), "silence" + stays);
    EXPECT_EQ(step(host, rst(300)), "silence (connection reset) CLOSED");
  }
  EXPECT_EQ(in("CLOSE-WAIT", rst(301)), "silence (connection reset) CLOSED");
  EXPECT_EQ(in("CLOSING", rst(301)), "silence CLOSED");
  EXPECT_EQ(in("LAST-ACK", rst(301)), "silence CLOSED");
}

TEST(TextbookReset, AResetThatReachesIntoTheWindowOnlyWithItsTextIsOutside) {
  Segment straddling = rst(299);
  straddling.text = "ab";
  EXPECT_EQ(in("ESTABLISHED (passive)", straddling), "silence ESTABLISHED");
}

TEST(TextbookSyn, ChallengedWhateverItsNumber) {
  for (std::uint32_t seq : {5u, 299u, 300u, 350u, 400u, 0x90000000u}) {
    EXPECT_EQ(in("ESTABLISHED (passive)", syn(seq)), std::string(kAck) + " ESTABLISHED");
    EXPECT_EQ(in("ESTABLISHED (passive)", syn_ack(seq, 100, "x")), std::string(kAck) + " ESTABLISHED");
    EXPECT_EQ(in("LAST-ACK", syn(seq)), "<SEQ=101><ACK=301><CTL=ACK> LAST-ACK");
  }
}

TEST(TextbookAck, NoAckBitNoProcessing) {
  EXPECT_EQ(in("ESTABLISHED (passive)", Segment{.seq = 300, .text = "x"}), "silence ESTABLISHED");
  EXPECT_EQ(in("ESTABLISHED (passive)", Segment{.fin = true, .seq = 300}), "silence ESTABLISHED");
}

TEST(TextbookAck, Rfc5961Range) {
  const std::uint32_t lowest = 100 - kPeerWindow;
  EXPECT_EQ(in("ESTABLISHED (passive)", ack(300, lowest, "x")), "<SEQ=100><ACK=301><CTL=ACK> ESTABLISHED");
  EXPECT_EQ(in("ESTABLISHED (passive)", ack(300, lowest - 1, "x")), std::string(kAck) + " ESTABLISHED");
  EXPECT_EQ(in("ESTABLISHED (passive)", ack(300, 101, "x")), std::string(kAck) + " ESTABLISHED");
}

TEST(TextbookAck, SendWindowFollowsTheNewestSegmentOnly) {
  Textbook host = in_state("ESTABLISHED (passive)");
  auto offer = [&host](std::uint32_t seq, std::uint32_t number, std::uint32_t window) {
    Segment segment = ack(seq, number);
    segment.window = window;
    host.segment_arrives(segment);
    return host.tcb().snd_wnd;
  };
  EXPECT_EQ(offer(310, 100, 500), 500u);
  EXPECT_EQ(offer(305, 100, 600), 500u) << "older SEQ";
  EXPECT_EQ(offer(310, 100, 700), 700u) << "same SEQ, same ACK";
  EXPECT_EQ(offer(310, 99, 800), 700u) << "ACK below SND.UNA";
  EXPECT_EQ(offer(310, 101, 9000), 700u) << "ACK beyond SND.NXT";
  EXPECT_EQ(host.tcb().max_snd_wnd, kPeerWindow);
}

TEST(TextbookText, InOrderTextMayWaitForItsAck) {
  Textbook host = in_state("ESTABLISHED (passive)");
  const Outcome out = host.segment_arrives(ack(300, 100, "abc"));
  EXPECT_EQ(sent(out), "<SEQ=100><ACK=303><CTL=ACK>");
  EXPECT_TRUE(out.replies.front().may_be_delayed);
  EXPECT_EQ(out.delivered, "abc");
}

TEST(TextbookText, OutOfOrderTextIsHeldAndAcknowledgedAtOnce) {
  Textbook host = in_state("ESTABLISHED (passive)");
  const Outcome late = host.segment_arrives(ack(303, 100, "def"));
  EXPECT_EQ(sent(late) + late.delivered, kAck);
  EXPECT_FALSE(late.replies.front().may_be_delayed);
  EXPECT_EQ(step(host, fin(308, 100)), std::string(kAck) + " ESTABLISHED");
  const Outcome gap = host.segment_arrives(ack(300, 100, "abcd"));
  EXPECT_EQ(gap.delivered, "abcdef");
  EXPECT_EQ(sent(gap), "<SEQ=100><ACK=306><CTL=ACK>");
  EXPECT_FALSE(gap.replies.front().may_be_delayed);
  EXPECT_EQ(step(host, ack(306, 100, "gh")), "<SEQ=100><ACK=309><CTL=ACK> (connection closing) CLOSE-WAIT");
  EXPECT_EQ(host.receive().delivered, "abcdefgh");
}

TEST(TextbookText, TrimmedOnBothSides) {
  Textbook host = in_state("ESTABLISHED (passive)");
  host.segment_arrives(ack(300, 100, "abc"));
  const Outcome left = host.segment_arrives(ack(301, 100, "XXde"));
  EXPECT_EQ(left.delivered, "de");
  host.receive();
  host.set_receive_window(4);
  const Outcome right = host.segment_arrives(fin(305, 100, "123456"));
  EXPECT_EQ(right.delivered, "1234");
  EXPECT_EQ(sent(right) + " " + state_of(host), "<SEQ=100><ACK=309><CTL=ACK> ESTABLISHED") << "the FIN fell off too";
}

TEST(TextbookText, AFinRightOfTheWindowIsTrimmedAndOneAtItsLastNumberIsNot) {
  Textbook host = in_state("ESTABLISHED (passive)");
  host.set_receive_window(3);
  Textbook other = host;
  EXPECT_EQ(step(host, fin(300, 100, "abc")), "<SEQ=100><ACK=303><CTL=ACK> ESTABLISHED");
  EXPECT_EQ(step(other, fin(300, 100, "ab")), "<SEQ=100><ACK=303><CTL=ACK> (connection closing) CLOSE-WAIT");
}

TEST(TextbookText, PiggybacksOnTextThatAnAckReleases) {
  Textbook host = in_state("ESTABLISHED (passive)");
  Segment shut = ack(300, 100);
  shut.window = 0;
  host.segment_arrives(shut);
  host.send("out");
  EXPECT_EQ(step(host, ack(300, 100, "in")), "<SEQ=100><ACK=302><CTL=ACK><DATA=3> ESTABLISHED");
}

TEST(TextbookText, AfterThePeersFinNothingIsNew) {
  for (const char* route : {"CLOSE-WAIT", "CLOSING", "LAST-ACK"}) {
    Textbook host = in_state(route);
    const std::uint32_t una = host.tcb().snd_una;
    const std::string stays = " " + state_of(host);
    const std::string answer = "<SEQ=" + std::to_string(host.tcb().snd_nxt) + "><ACK=301><CTL=ACK>";
    EXPECT_EQ(step(host, ack(301, una, "x")), "silence" + stays);
    // CLOSING: "if the ACK acknowledges our FIN …; otherwise, ignore the segment".
    EXPECT_EQ(step(host, fin(301, una)), (host.state() == State::kClosing ? "silence" : answer) + stays);
    EXPECT_EQ(step(host, fin(300, una)), answer + stays) << "the FIN again";
    EXPECT_EQ(host.tcb().rcv_nxt, 301u);
  }
}

Segment urg(std::uint32_t seq, std::uint32_t pointer, const std::string& text = "") {
  Segment segment = ack(seq, 100, text);
  segment.urg = true;
  segment.urgent_pointer = pointer;
  return segment;
}

TEST(TextbookUrgent, IsToldAtOnceAndAtEachAdvance) {
  Textbook host = in_state("ESTABLISHED (passive)");
  EXPECT_EQ(signals(host.segment_arrives(urg(300, 5))), "urgent data") << "though none of it is here";
  EXPECT_EQ(host.urgent_remaining(), 5u);
  EXPECT_EQ(signals(host.segment_arrives(urg(300, 5, "ab"))), "") << "the same end";
  EXPECT_EQ(signals(host.segment_arrives(urg(302, 1))), "") << "RCV.UP never goes back";
  EXPECT_EQ(host.urgent_remaining(), 5u) << "nothing was consumed";
  EXPECT_EQ(signals(host.segment_arrives(urg(302, 4, "cd"))), "urgent data");
  host.receive();
  EXPECT_EQ(host.urgent_remaining(), 2u);
  EXPECT_EQ(host.segment_arrives(ack(304, 100, "ef")).delivered, "ef") << "urgent text is text";
  host.receive();
  EXPECT_EQ(host.urgent_remaining(), 0u);
  EXPECT_EQ(signals(host.segment_arrives(urg(306, 0))), "") << "a pointer to what was consumed";
}

TEST(TextbookUrgent, OnlyWhereTextIsReceived) {
  for (const char* route : {"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}) {
    Textbook host = in_state(route);
    EXPECT_EQ(signals(host.segment_arrives(urg(host.tcb().rcv_nxt, 5))), "") << route;
  }
  Textbook listener = in_state("LISTEN");
  Segment opens = syn(300);
  opens.urg = true;
  opens.urgent_pointer = 5;
  EXPECT_EQ(signals(listener.segment_arrives(opens)), "");
}

TEST(TextbookUrgent, BesideASynAckItCountsFromTheSyn) {
  Textbook host = in_state("SYN-SENT");
  Segment answer = syn_ack(300, host.tcb().snd_nxt);
  answer.urg = true;
  answer.urgent_pointer = 5;
  EXPECT_EQ(signals(host.segment_arrives(answer)), "established, urgent data");
  EXPECT_EQ(host.urgent_remaining(), 4u);
}

TEST(TextbookUrgent, AShutWindowLetsThePointerIn) {
  Textbook host = in_state("ESTABLISHED (passive)");
  host.set_receive_window(0);
  EXPECT_EQ(signals(host.segment_arrives(urg(300, 3, "abc"))), "urgent data");
}

TEST(TextbookUrgent, AFinEndsItWhereThatIsChosen) {
  for (const bool ends : {false, true}) {
    Textbook host(100, {.urgent_ends_at_fin = ends});
    host.set_next_iss(99);
    host.open_passive();
    host.segment_arrives(syn(299));
    host.segment_arrives(ack(300, 100));
    Segment last = urg(300, 5);
    last.fin = true;
    EXPECT_EQ(signals(host.segment_arrives(last)), ends ? "connection closing" : "urgent data, connection closing");
  }
}

TEST(TextbookClose, AcksOfOurFin) {
  EXPECT_EQ(in("FIN-WAIT-1", ack(300, 100)), "silence FIN-WAIT-1");
  EXPECT_EQ(in("FIN-WAIT-1", ack(300, 101)), "silence FIN-WAIT-2");
  EXPECT_EQ(in("FIN-WAIT-1 (text outstanding)", ack(300, 102)), "silence FIN-WAIT-1");
  EXPECT_EQ(in("FIN-WAIT-1 (text outstanding)", ack(300, 103)), "silence FIN-WAIT-2");
  EXPECT_EQ(in("FIN-WAIT-1", fin(300, 100)), "<SEQ=101><ACK=301><CTL=ACK> (connection closing) CLOSING");
  EXPECT_EQ(in("FIN-WAIT-1", fin(300, 101, "x")), "<SEQ=101><ACK=302><CTL=ACK> (connection closing) TIME-WAIT");
  EXPECT_EQ(in("FIN-WAIT-2", ack(300, 101, "x")), "<SEQ=101><ACK=301><CTL=ACK> FIN-WAIT-2");
  EXPECT_EQ(in("FIN-WAIT-2", fin(300, 101)), "<SEQ=101><ACK=301><CTL=ACK> (connection closing) TIME-WAIT");
  EXPECT_EQ(in("CLOSING", ack(301, 100)), "silence CLOSING");
  EXPECT_EQ(in("CLOSING", ack(301, 101)), "silence TIME-WAIT");
  EXPECT_EQ(in("LAST-ACK", ack(301, 100)), "silence LAST-ACK");
  EXPECT_EQ(in("LAST-ACK", ack(301, 101)), "silence (closed) CLOSED");
}

TEST(TextbookTimeWait, IgnoresResetsAndAcknowledgesTheFin) {
  const char* again = "<SEQ=101><ACK=301><CTL=ACK> TIME-WAIT";
  for (std::uint32_t seq : {300u, 301u, 350u, 500u}) EXPECT_EQ(in("TIME-WAIT", rst(seq)), "silence TIME-WAIT");
  Textbook host = in_state("TIME-WAIT");
  const Outcome repeated = host.segment_arrives(fin(300, 101));
  EXPECT_EQ(sent(repeated) + " " + state_of(host), again);
  EXPECT_TRUE(repeated.time_wait_restarted);
  EXPECT_FALSE(host.segment_arrives(fin(299, 101)).time_wait_restarted) << "not the FIN that was received";
  EXPECT_FALSE(host.segment_arrives(fin(300, 102)).time_wait_restarted) << "an ACK of something never sent";
  EXPECT_FALSE(host.segment_arrives(fin(301, 101)).time_wait_restarted);
  EXPECT_EQ(step(host, ack(301, 101)), "silence TIME-WAIT") << "or two hosts would acknowledge for ever";
  EXPECT_EQ(step(host, ack(301, 101, "x")), again);
  EXPECT_EQ(step(host, ack(299, 101)), again);
}

TEST(TextbookTimeWait, ASynBeyondTheOldConnectionMayOpenANewOne) {
  Textbook host = in_state("TIME-WAIT");
  for (std::uint32_t fresh : {302u, 5000u, 300u + 0x7fffffffu}) {
    const Outcome out = host.segment_arrives(syn(fresh));
    EXPECT_TRUE(out.new_connection_may_open) << fresh;
    EXPECT_EQ(sent(out), "silence");
  }
  for (std::uint32_t old : {301u, 300u, 299u, 302u + 0x80000000u}) {
    const Outcome out = host.segment_arrives(syn(old));
    EXPECT_FALSE(out.new_connection_may_open) << old;
    EXPECT_EQ(sent(out), "<SEQ=101><ACK=301><CTL=ACK>");
  }
  EXPECT_EQ(step(host, syn_ack(5000, 101)), "<SEQ=101><ACK=301><CTL=ACK> TIME-WAIT");
  EXPECT_EQ(state_of(host), "TIME-WAIT");
}

}  // namespace
}  // namespace model

// User calls in all states (RFC 9293 §3.10.1-3.10.6): 66 cells, and what the calls do to each other.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "enumerate.h"
#include "textbook.h"
#include "textbook_shorthand.h"

namespace model {
namespace {

using namespace shorthand;

constexpr std::uint32_t kIss = 99;   // our first byte of text is 100
constexpr std::uint32_t kIrs = 299;  // the peer's is 300

Textbook in_state(const std::string& route_name) {
  for (const Route& route : all_routes(100)) {
    if (route.name == route_name) return walk(route, kIss, kIrs, 100);
  }
  ADD_FAILURE() << "no route " << route_name;
  return Textbook();
}

struct Row {
  const char* route;
  const char* answer;
  const char* sent;
  const char* state_after;
};

void check(const std::vector<Row>& rows, const std::function<Outcome(Textbook&)>& call) {
  ASSERT_EQ(rows.size(), 11u);
  for (const Row& row : rows) {
    Textbook host = in_state(row.route);
    const Outcome out = call(host);
    EXPECT_EQ(out.answer, row.answer) << row.route;
    EXPECT_EQ(sent(out), row.sent) << row.route;
    EXPECT_EQ(state_of(host), row.state_after) << row.route;
    EXPECT_EQ(signals(out), "") << row.route;
  }
}

constexpr const char* kExists = "error: connection already exists";
constexpr const char* kMissing = "error: connection does not exist";
constexpr const char* kClosing = "error: connection closing";
constexpr const char* kNoPeer = "error: remote socket unspecified";

TEST(TextbookCalls, ActiveOpenInEveryState) {
  check(
      {
          {"CLOSED", "ok", "<SEQ=99><CTL=SYN>", "SYN-SENT"},
          {"LISTEN", "ok", "<SEQ=99><CTL=SYN>", "SYN-SENT"},
          {"SYN-SENT", kExists, "silence", "SYN-SENT"},
          {"SYN-RECEIVED (passive)", kExists, "silence", "SYN-RECEIVED"},
          {"ESTABLISHED (passive)", kExists, "silence", "ESTABLISHED"},
          {"FIN-WAIT-1", kExists, "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", kExists, "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", kExists, "silence", "CLOSE-WAIT"},
          {"CLOSING", kExists, "silence", "CLOSING"},
          {"LAST-ACK", kExists, "silence", "LAST-ACK"},
          {"TIME-WAIT", kExists, "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.open_active(kIss); });
}

TEST(TextbookCalls, PassiveOpenInEveryState) {
  check(
      {
          {"CLOSED", "ok", "silence", "LISTEN"},
          {"LISTEN", kExists, "silence", "LISTEN"},
          {"SYN-SENT", kExists, "silence", "SYN-SENT"},
          {"SYN-RECEIVED (passive)", kExists, "silence", "SYN-RECEIVED"},
          {"ESTABLISHED (passive)", kExists, "silence", "ESTABLISHED"},
          {"FIN-WAIT-1", kExists, "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", kExists, "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", kExists, "silence", "CLOSE-WAIT"},
          {"CLOSING", kExists, "silence", "CLOSING"},
          {"LAST-ACK", kExists, "silence", "LAST-ACK"},
          {"TIME-WAIT", kExists, "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.open_passive(); });
}

TEST(TextbookCalls, SendInEveryState) {
  check(
      {
          {"CLOSED", kMissing, "silence", "CLOSED"},
          {"LISTEN", kNoPeer, "silence", "LISTEN"},
          {"SYN-SENT", "queued", "silence", "SYN-SENT"},
          {"SYN-RECEIVED (passive)", "queued", "silence", "SYN-RECEIVED"},
          {"ESTABLISHED (passive)", "ok", "<SEQ=100><ACK=300><CTL=ACK><DATA=2>", "ESTABLISHED"},
          {"FIN-WAIT-1", kClosing, "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", kClosing, "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", "ok", "<SEQ=100><ACK=301><CTL=ACK><DATA=2>", "CLOSE-WAIT"},
          {"CLOSING", kClosing, "silence", "CLOSING"},
          {"LAST-ACK", kClosing, "silence", "LAST-ACK"},
          {"TIME-WAIT", kClosing, "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.send("hi"); });
}

TEST(TextbookCalls, ReceiveInEveryState) {
  check(
      {
          {"CLOSED", kMissing, "silence", "CLOSED"},
          {"LISTEN", "queued", "silence", "LISTEN"},
          {"SYN-SENT", "queued", "silence", "SYN-SENT"},
          {"SYN-RECEIVED (passive)", "queued", "silence", "SYN-RECEIVED"},
          {"ESTABLISHED (passive)", "queued", "silence", "ESTABLISHED"},
          {"FIN-WAIT-1", "queued", "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", "queued", "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", kClosing, "silence", "CLOSE-WAIT"},
          {"CLOSING", kClosing, "silence", "CLOSING"},
          {"LAST-ACK", kClosing, "silence", "LAST-ACK"},
          {"TIME-WAIT", kClosing, "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.receive(); });
}

TEST(TextbookCalls, CloseInEveryState) {
  check(
      {
          {"CLOSED", kMissing, "silence", "CLOSED"},
          {"LISTEN", "ok", "silence", "CLOSED"},
          {"SYN-SENT", "ok", "silence", "CLOSED"},
          {"SYN-RECEIVED (passive)", "ok", "<SEQ=100><ACK=300><CTL=FIN,ACK>", "FIN-WAIT-1"},
          {"ESTABLISHED (passive)", "ok", "<SEQ=100><ACK=300><CTL=FIN,ACK>", "FIN-WAIT-1"},
          {"FIN-WAIT-1", kClosing, "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", kClosing, "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", "ok", "<SEQ=100><ACK=301><CTL=FIN,ACK>", "LAST-ACK"},
          {"CLOSING", kClosing, "silence", "CLOSING"},
          {"LAST-ACK", kClosing, "silence", "LAST-ACK"},
          {"TIME-WAIT", kClosing, "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.close(); });
}

TEST(TextbookCalls, AbortInEveryState) {
  check(
      {
          {"CLOSED", kMissing, "silence", "CLOSED"},
          {"LISTEN", "ok", "silence", "CLOSED"},
          {"SYN-SENT", "ok", "silence", "CLOSED"},
          {"SYN-RECEIVED (passive)", "ok", "<SEQ=100><CTL=RST>", "CLOSED"},
          {"ESTABLISHED (passive)", "ok", "<SEQ=100><CTL=RST>", "CLOSED"},
          {"FIN-WAIT-1", "ok", "<SEQ=101><CTL=RST>", "CLOSED"},
          {"FIN-WAIT-2", "ok", "<SEQ=101><CTL=RST>", "CLOSED"},
          {"CLOSE-WAIT", "ok", "<SEQ=100><CTL=RST>", "CLOSED"},
          {"CLOSING", "ok", "silence", "CLOSED"},
          {"LAST-ACK", "ok", "silence", "CLOSED"},
          {"TIME-WAIT", "ok", "silence", "CLOSED"},
      },
      [](Textbook& host) { return host.abort(); });
}

TEST(TextbookCalls, StatusInEveryState) {
  check(
      {
          {"CLOSED", kMissing, "silence", "CLOSED"},
          {"LISTEN", "state = LISTEN", "silence", "LISTEN"},
          {"SYN-SENT", "state = SYN-SENT", "silence", "SYN-SENT"},
          {"SYN-RECEIVED (passive)", "state = SYN-RECEIVED", "silence", "SYN-RECEIVED"},
          {"ESTABLISHED (passive)", "state = ESTABLISHED", "silence", "ESTABLISHED"},
          {"FIN-WAIT-1", "state = FIN-WAIT-1", "silence", "FIN-WAIT-1"},
          {"FIN-WAIT-2", "state = FIN-WAIT-2", "silence", "FIN-WAIT-2"},
          {"CLOSE-WAIT", "state = CLOSE-WAIT", "silence", "CLOSE-WAIT"},
          {"CLOSING", "state = CLOSING", "silence", "CLOSING"},
          {"LAST-ACK", "state = LAST-ACK", "silence", "LAST-ACK"},
          {"TIME-WAIT", "state = TIME-WAIT", "silence", "TIME-WAIT"},
      },
      [](Textbook& host) { return host.status(); });
}

TEST(TextbookCalls, ActiveOpenNeedsThePeersAddress) {
  for (const char* route : {"CLOSED", "LISTEN"}) {
    Textbook host = in_state(route);
    EXPECT_EQ(host.open_active(kIss, false).answer, kNoPeer);
    EXPECT_EQ(state_of(host), route);
  }
}

TEST(TextbookCalls, SendTurnsAFullySpecifiedListenActive) {
  Textbook host(100);
  host.set_next_iss(kIss);
  host.open_passive(true);
  EXPECT_EQ(sent(host.send("hi")), "<SEQ=99><CTL=SYN>");
  EXPECT_EQ(state_of(host), "SYN-SENT");
  EXPECT_FALSE(host.tcb().passive_open);
  const Outcome out = host.segment_arrives(syn_ack(kIrs, 100));
  EXPECT_EQ(sent(out), "<SEQ=100><ACK=300><CTL=ACK> <SEQ=100><ACK=300><CTL=ACK><DATA=2>");
}

TEST(TextbookCalls, QueuedSendAndCloseGoOutAfterTheHandshake) {
  Textbook host = in_state("SYN-RECEIVED (passive)");
  host.send("hi");
  EXPECT_EQ(host.close().answer, "queued");
  EXPECT_EQ(host.send("more").answer, kClosing);
  EXPECT_EQ(host.close().answer, kClosing);
  EXPECT_EQ(state_of(host), "SYN-RECEIVED");
  const Outcome out = host.segment_arrives(ack(300, 100));
  EXPECT_EQ(sent(out), "<SEQ=100><ACK=300><CTL=ACK><DATA=2> <SEQ=102><ACK=300><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(host), "FIN-WAIT-1");
}

TEST(TextbookCalls, TheFinWaitsForTextThatTheWindowHoldsBack) {
  Textbook host = in_state("ESTABLISHED (passive)");
  Segment narrow = ack(300, 100);
  narrow.window = 3;
  host.segment_arrives(narrow);
  EXPECT_EQ(sent(host.send("12345")), "<SEQ=100><ACK=300><CTL=ACK><DATA=3>");
  EXPECT_EQ(sent(host.close()), "silence");
  EXPECT_EQ(state_of(host), "FIN-WAIT-1");
  const Outcome rest = host.segment_arrives(ack(300, 103));
  EXPECT_EQ(sent(rest), "<SEQ=103><ACK=300><CTL=ACK><DATA=2> <SEQ=105><ACK=300><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(host), "FIN-WAIT-1");
  host.segment_arrives(ack(300, 105));
  EXPECT_EQ(state_of(host), "FIN-WAIT-1") << "all text, but not yet the FIN";
  host.segment_arrives(ack(300, 106));
  EXPECT_EQ(state_of(host), "FIN-WAIT-2");
}

TEST(TextbookCalls, CloseWaitBecomesLastAckOnlyWithTheFin) {
  Textbook host = in_state("CLOSE-WAIT");
  Segment shut = ack(301, 100);
  shut.window = 0;
  host.segment_arrives(shut);
  host.send("x");
  host.close();
  EXPECT_EQ(state_of(host), "CLOSE-WAIT");
  EXPECT_EQ(host.send("y").answer, kClosing);
  EXPECT_EQ(sent(host.segment_arrives(ack(301, 100))),
            "<SEQ=100><ACK=301><CTL=ACK><DATA=1> <SEQ=101><ACK=301><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(host), "LAST-ACK");
}

TEST(TextbookCalls, AWaitingReceiveIsAnswered) {
  Textbook host = in_state("ESTABLISHED (passive)");
  host.receive();
  const Outcome text = host.segment_arrives(ack(300, 100, "abc"));
  EXPECT_EQ(returned(text) + " " + text.delivered, "RECEIVE ok abc");
  EXPECT_EQ(host.tcb().rcv_wnd, 100u) << "the text went straight to the user";
  host.receive();
  EXPECT_EQ(returned(host.segment_arrives(fin(303, 100))), "RECEIVE error: connection closing");
}

TEST(TextbookCalls, WaitingCallsLearnOfTheEnd) {
  Textbook listening = in_state("LISTEN");
  listening.receive();
  EXPECT_EQ(returned(listening.close()), "RECEIVE error: closing");
  Textbook opening = in_state("SYN-SENT");
  opening.receive();
  opening.send("x");
  EXPECT_EQ(returned(opening.abort()), "RECEIVE error: connection reset, SEND error: connection reset");
  Textbook reset = in_state("ESTABLISHED (passive)");
  reset.receive();
  EXPECT_EQ(returned(reset.segment_arrives(rst(300))), "RECEIVE error: connection reset");
  Textbook slow = in_state("SYN-SENT");
  slow.send("x");
  const Outcome out = slow.user_timeout();
  EXPECT_EQ(returned(out), "SEND error: connection aborted due to user timeout");
  EXPECT_EQ(signals(out), "connection aborted due to user timeout");
  EXPECT_EQ(state_of(slow), "CLOSED");
}

TEST(TextbookCalls, UnreadTextNarrowsTheWindowAndReceiveWidensIt) {
  Textbook host = in_state("ESTABLISHED (passive)");
  host.segment_arrives(ack(300, 100, "abc"));
  EXPECT_EQ(host.tcb().rcv_wnd, 97u);
  EXPECT_EQ(host.receive().delivered, "abc");
  EXPECT_EQ(host.tcb().rcv_wnd, 100u);
  host.segment_arrives(fin(303, 100, "de"));
  EXPECT_EQ(host.receive().delivered, "de") << "CLOSE-WAIT still hands out what is there";
  EXPECT_EQ(host.receive().answer, kClosing);
}

TEST(TextbookCalls, ChoiceCloseInSynReceivedWaits) {
  Textbook host(kWindow, {.close_in_syn_received_waits = true});
  host.open_active(99);
  host.segment_arrives(syn(299));
  EXPECT_EQ(host.close().answer, "queued");
  EXPECT_EQ(state_of(host), "SYN-RECEIVED");
  EXPECT_EQ(sent(host.segment_arrives(ack(300, 100))), "<SEQ=100><ACK=300><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(host), "FIN-WAIT-1");
}

TEST(TextbookCalls, ChoiceFinWaitsForWindow) {
  for (const bool waits : {false, true}) {
    Textbook host(kWindow, {.fin_waits_for_window = waits});
    host.set_next_iss(99);
    host.open_passive();
    host.segment_arrives(syn(299));
    host.segment_arrives({.ack = true, .seq = 300, .ack_number = 100, .window = 0});
    EXPECT_EQ(sent(host.close()), waits ? "silence" : "<SEQ=100><ACK=300><CTL=FIN,ACK>");
    EXPECT_EQ(state_of(host), "FIN-WAIT-1");
    EXPECT_EQ(sent(host.segment_arrives(ack(300, 100))), waits ? "<SEQ=100><ACK=300><CTL=FIN,ACK>" : "silence");
  }
}

TEST(TextbookCalls, ChoiceSendEdgeStaysWithoutUpdate) {
  for (const bool stays : {false, true}) {
    Textbook host(kWindow, {.send_edge_stays_without_update = stays});
    host.set_next_iss(99);
    host.open_passive();
    host.segment_arrives(syn(299));
    host.segment_arrives(ack(300, 100));
    host.segment_arrives(ack(301, 100, "b"));  // beyond a gap, and the newest word on the window
    host.send("xyz");
    host.segment_arrives(ack(300, 102));
    EXPECT_EQ(host.tcb().snd_una, 102u);
    EXPECT_EQ(host.tcb().snd_wnd, stays ? kWindow - 2 : kWindow);
  }
}

TEST(TextbookCalls, RetransmissionRepeatsTheFrontOfTheQueue) {
  Textbook host = in_state("SYN-RECEIVED (passive)");
  EXPECT_EQ(sent(host.retransmission_timeout()), "<SEQ=99><ACK=300><CTL=SYN,ACK>");
  host.segment_arrives(ack(300, 100));
  EXPECT_EQ(sent(host.retransmission_timeout()), "silence");
  host.send("ab");
  host.close();
  host.segment_arrives(ack(300, 100, "z"));
  EXPECT_EQ(sent(host.retransmission_timeout()), "<SEQ=100><ACK=301><CTL=ACK><DATA=2>");
  host.segment_arrives(ack(301, 101));
  EXPECT_EQ(sent(host.retransmission_timeout()), "<SEQ=100><ACK=301><CTL=ACK><DATA=2>") << "not wholly acknowledged";
  host.segment_arrives(ack(301, 102));
  EXPECT_EQ(sent(host.retransmission_timeout()), "<SEQ=102><ACK=301><CTL=FIN,ACK>");
}

}  // namespace
}  // namespace model

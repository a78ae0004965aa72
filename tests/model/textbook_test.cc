// The figures of RFC 9293, line by line. A and B are two models; a segment that A sends is handed to B and so on.
#include "textbook.h"

#include <gtest/gtest.h>

#include "textbook_shorthand.h"

namespace model {
namespace {

using namespace shorthand;

Segment only_reply(const Outcome& out) {
  EXPECT_EQ(out.replies.size(), 1u) << sent(out);
  return out.replies.empty() ? Segment{} : out.replies.front().segment;
}

TEST(TextbookFigures, Figure6BasicThreeWayHandshake) {
  Textbook a, b;
  b.set_next_iss(300);
  b.open_passive();
  const Outcome line2 = a.open_active(100);
  EXPECT_EQ(sent(line2), "<SEQ=100><CTL=SYN>");
  EXPECT_EQ(state_of(a), "SYN-SENT");
  const Outcome line3 = b.segment_arrives(only_reply(line2));
  EXPECT_EQ(sent(line3), "<SEQ=300><ACK=101><CTL=SYN,ACK>");
  EXPECT_EQ(state_of(b), "SYN-RECEIVED");
  const Outcome line4 = a.segment_arrives(only_reply(line3));
  EXPECT_EQ(sent(line4), "<SEQ=101><ACK=301><CTL=ACK>");
  EXPECT_FALSE(line4.replies.front().may_be_delayed);
  EXPECT_EQ(state_of(a), "ESTABLISHED");
  EXPECT_EQ(signals(line4), "established");
  const Outcome after4 = b.segment_arrives(only_reply(line4));
  EXPECT_EQ(sent(after4), "silence");
  EXPECT_EQ(state_of(b), "ESTABLISHED");
  const Outcome line5 = a.send("data");
  EXPECT_EQ(sent(line5), "<SEQ=101><ACK=301><CTL=ACK><DATA=4>");
  const Outcome after5 = b.segment_arrives(only_reply(line5));
  EXPECT_EQ(after5.delivered, "data");
  EXPECT_EQ(sent(after5), "<SEQ=301><ACK=105><CTL=ACK>");
  EXPECT_TRUE(after5.replies.front().may_be_delayed);
}

TEST(TextbookFigures, Figure7SimultaneousOpen) {
  Textbook a, b;
  const Segment syn_a = only_reply(a.open_active(100));
  const Segment syn_b = only_reply(b.open_active(300));
  const Outcome line5 = a.segment_arrives(syn_b);
  EXPECT_EQ(state_of(a), "SYN-RECEIVED");
  EXPECT_EQ(sent(line5), "<SEQ=100><ACK=301><CTL=SYN,ACK>");
  const Outcome line6 = b.segment_arrives(syn_a);
  EXPECT_EQ(state_of(b), "SYN-RECEIVED");
  EXPECT_EQ(sent(line6), "<SEQ=300><ACK=101><CTL=SYN,ACK>");
  EXPECT_EQ(sent(a.segment_arrives(only_reply(line6))), "silence");
  EXPECT_EQ(state_of(a), "ESTABLISHED");
  EXPECT_EQ(sent(b.segment_arrives(only_reply(line5))), "silence");
  EXPECT_EQ(state_of(b), "ESTABLISHED");
}

TEST(TextbookFigures, Figure8RecoveryFromOldDuplicateSyn) {
  Textbook a, b;
  b.open_passive();
  b.set_next_iss(300);
  const Segment fresh = only_reply(a.open_active(100));
  const Outcome line4 = b.segment_arrives(syn(90));
  EXPECT_EQ(sent(line4), "<SEQ=300><ACK=91><CTL=SYN,ACK>");
  const Outcome line5 = a.segment_arrives(only_reply(line4));
  EXPECT_EQ(sent(line5), "<SEQ=91><CTL=RST>");
  EXPECT_EQ(state_of(a), "SYN-SENT");
  EXPECT_EQ(sent(b.segment_arrives(only_reply(line5))), "silence");
  EXPECT_EQ(state_of(b), "LISTEN");
  b.set_next_iss(400);
  const Outcome line7 = b.segment_arrives(fresh);
  EXPECT_EQ(sent(line7), "<SEQ=400><ACK=101><CTL=SYN,ACK>");
  const Outcome line8 = a.segment_arrives(only_reply(line7));
  EXPECT_EQ(sent(line8), "<SEQ=101><ACK=401><CTL=ACK>");
  b.segment_arrives(only_reply(line8));
  EXPECT_EQ(state_of(a), "ESTABLISHED");
  EXPECT_EQ(state_of(b), "ESTABLISHED");
}

TEST(TextbookFigures, Figure9HalfOpenDiscovery) {
  Textbook a;
  Textbook b = established(299, 99);  // send 300, receive 100
  const Outcome line3 = a.open_active(400);
  const Outcome line4 = b.segment_arrives(only_reply(line3));
  EXPECT_EQ(sent(line4), "<SEQ=300><ACK=100><CTL=ACK>");
  EXPECT_EQ(state_of(b), "ESTABLISHED");
  const Outcome line5 = a.segment_arrives(only_reply(line4));
  EXPECT_EQ(sent(line5), "<SEQ=100><CTL=RST>");
  EXPECT_EQ(state_of(a), "SYN-SENT");
  const Outcome abort = b.segment_arrives(only_reply(line5));
  EXPECT_EQ(sent(abort), "silence");
  EXPECT_EQ(signals(abort), "connection reset");
  EXPECT_EQ(state_of(b), "CLOSED");
  EXPECT_EQ(sent(a.retransmission_timeout()), "<SEQ=400><CTL=SYN>");
}

TEST(TextbookFigures, Figure10ActiveSideCausesDiscovery) {
  Textbook a;
  Textbook b = established(299, 99);
  const Outcome line2 = b.send("0123456789");
  EXPECT_EQ(sent(line2), "<SEQ=300><ACK=100><CTL=ACK><DATA=10>");
  const Outcome line3 = a.segment_arrives(only_reply(line2));
  EXPECT_EQ(sent(line3), "<SEQ=100><CTL=RST>");
  EXPECT_EQ(signals(b.segment_arrives(only_reply(line3))), "connection reset");
  EXPECT_EQ(state_of(b), "CLOSED");
}

TEST(TextbookFigures, Figure11TwoPassiveSockets) {
  Textbook a, b;
  a.open_passive();
  b.open_passive();
  b.set_next_iss(7000);
  const Outcome line3 = b.segment_arrives(syn(500));
  EXPECT_EQ(sent(line3), "<SEQ=7000><ACK=501><CTL=SYN,ACK>");
  const Outcome line4 = a.segment_arrives(only_reply(line3));
  EXPECT_EQ(sent(line4), "<SEQ=501><CTL=RST>");
  const Outcome back = b.segment_arrives(only_reply(line4));
  EXPECT_EQ(sent(back) + signals(back), "silence");
  EXPECT_EQ(state_of(a) + " " + state_of(b), "LISTEN LISTEN");
}

TEST(TextbookFigures, Figure12NormalClose) {
  Textbook a = established(99, 299);
  Textbook b = established(299, 99);
  const Outcome line2 = a.close();
  EXPECT_EQ(sent(line2), "<SEQ=100><ACK=300><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(a), "FIN-WAIT-1");
  const Outcome line3 = b.segment_arrives(only_reply(line2));
  EXPECT_EQ(sent(line3), "<SEQ=300><ACK=101><CTL=ACK>");
  EXPECT_EQ(signals(line3), "connection closing");
  EXPECT_EQ(state_of(b), "CLOSE-WAIT");
  const Outcome acked = a.segment_arrives(only_reply(line3));
  EXPECT_EQ(sent(acked) + " " + returned(acked), "silence CLOSE ok");
  EXPECT_EQ(state_of(a), "FIN-WAIT-2");
  const Outcome line4 = b.close();
  EXPECT_EQ(sent(line4), "<SEQ=300><ACK=101><CTL=FIN,ACK>");
  EXPECT_EQ(state_of(b), "LAST-ACK");
  const Outcome line5 = a.segment_arrives(only_reply(line4));
  EXPECT_EQ(sent(line5), "<SEQ=101><ACK=301><CTL=ACK>");
  EXPECT_TRUE(line5.time_wait_restarted);
  EXPECT_EQ(state_of(a), "TIME-WAIT");
  EXPECT_EQ(signals(b.segment_arrives(only_reply(line5))), "closed");
  EXPECT_EQ(state_of(b), "CLOSED");
  EXPECT_EQ(signals(a.time_wait_timeout()), "closed");
  EXPECT_EQ(state_of(a), "CLOSED");
}

TEST(TextbookFigures, Figure13SimultaneousClose) {
  Textbook a = established(99, 299);
  Textbook b = established(299, 99);
  const Segment fin_a = only_reply(a.close());
  const Segment fin_b = only_reply(b.close());
  EXPECT_EQ(fin_b.to_string(), "<SEQ=300><ACK=100><CTL=FIN,ACK>");
  const Outcome line3a = a.segment_arrives(fin_b);
  const Outcome line3b = b.segment_arrives(fin_a);
  EXPECT_EQ(sent(line3a), "<SEQ=101><ACK=301><CTL=ACK>");
  EXPECT_EQ(sent(line3b), "<SEQ=301><ACK=101><CTL=ACK>");
  EXPECT_EQ(state_of(a) + " " + state_of(b), "CLOSING CLOSING");
  EXPECT_EQ(sent(a.segment_arrives(only_reply(line3b))), "silence");
  EXPECT_EQ(sent(b.segment_arrives(only_reply(line3a))), "silence");
  EXPECT_EQ(state_of(a) + " " + state_of(b), "TIME-WAIT TIME-WAIT");
}

TEST(TextbookFigures, Figure5Note2FinWithTheAckOfOurFin) {
  Textbook a = established(99, 299);
  a.close();
  const Outcome out = a.segment_arrives(fin(300, 101));
  EXPECT_EQ(sent(out), "<SEQ=101><ACK=301><CTL=ACK>");
  EXPECT_EQ(state_of(a), "TIME-WAIT");
}

}  // namespace
}  // namespace model

#include <gtest/gtest.h>

#include "pair/pair.h"

// Opening, with both ends real: who answers what, when segments cross, come late or come from the past.

namespace handfast::pair {
namespace {

TEST(PairOpen, TextFlowsBothWaysAfterThreeSegments) {  // MUST-2
  Pair p;
  TcpListener listener = p.b.listens(80);
  TcpSocket opener = p.a.connects(p.b, 80);
  EXPECT_EQ(p.a.says(), "SYN");
  p.deliver(p.a);
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  p.deliver(p.b);
  EXPECT_EQ(state_of(opener), "ESTABLISHED");
  EXPECT_EQ(p.a.says(), "ACK");
  EXPECT_TRUE(p.b.has_none_to_accept(listener)) << "before the third segment";
  p.deliver(p.a);
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(state_of(accepted), "ESTABLISHED");
  EXPECT_EQ(p.carries(opener, "a question", accepted), "a question");
  EXPECT_EQ(p.carries(accepted, "an answer", opener), "an answer");
}

// RFC 9293 §3.5 (MUST-10): neither end listens, and one connection comes of two OPENs.
TEST(PairOpen, BothAtOnceMakeOneConnection) {
  Pair p;
  TcpSocket of_a = p.a.connects(p.b, 2000, 1000);
  TcpSocket of_b = p.b.connects(p.a, 1000, 2000);
  EXPECT_EQ(p.a.says(), "SYN");
  EXPECT_EQ(p.b.says(), "SYN");
  p.deliver(p.a);
  p.deliver(p.b);
  EXPECT_EQ(state_of(of_a), "SYN-RECEIVED");
  EXPECT_EQ(state_of(of_b), "SYN-RECEIVED");
  EXPECT_EQ(p.a.says(), "SYN+ACK");
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  p.deliver(p.a);
  p.deliver(p.b);
  p.settle();
  EXPECT_EQ(state_of(of_a), "ESTABLISHED");
  EXPECT_EQ(state_of(of_b), "ESTABLISHED");
  EXPECT_NE(p.a.hears(of_a) & Readiness::kConnected, 0);
  EXPECT_NE(p.b.hears(of_b) & Readiness::kConnected, 0);
  EXPECT_EQ(p.a.host->connection_count(), 1u);
  EXPECT_EQ(p.b.host->connection_count(), 1u);
  EXPECT_TRUE(p.carries(of_a, text_of(5000), of_b) == text_of(5000));
  EXPECT_TRUE(p.carries(of_b, text_of(5000), of_a) == text_of(5000));
}

TEST(PairOpen, BothAtOnceThoughOneSynIsLost) {
  Pair p;
  TcpSocket of_a = p.a.connects(p.b, 2000, 1000);
  TcpSocket of_b = p.b.connects(p.a, 1000, 2000);
  EXPECT_EQ(p.b.says(), "SYN");
  p.b.loses();
  p.settle();
  EXPECT_EQ(state_of(of_a), "ESTABLISHED");
  EXPECT_EQ(state_of(of_b), "ESTABLISHED");
  EXPECT_EQ(p.carries(of_b, "text", of_a), "text");
}

TEST(PairOpen, BothAtOnceThoughBothSynAcksAreLost) {
  Pair p;
  TcpSocket of_a = p.a.connects(p.b, 2000, 1000);
  TcpSocket of_b = p.b.connects(p.a, 1000, 2000);
  for (End* end : {&p.a, &p.b}) EXPECT_EQ(end->says(), "SYN");
  p.deliver(p.a);
  p.deliver(p.b);
  p.cut();
  p.settle();
  p.mend();
  EXPECT_EQ(state_of(of_a), "SYN-RECEIVED");
  p.pass(3s);
  EXPECT_EQ(state_of(of_a), "ESTABLISHED");
  EXPECT_EQ(state_of(of_b), "ESTABLISHED");
}

TEST(PairOpen, NobodyListensThere) {
  Pair p;
  TcpSocket opener = p.a.connects(p.b, 80);
  p.a.says();
  p.deliver(p.a);
  EXPECT_EQ(p.b.says(), "RST+ACK");
  p.deliver(p.b);
  EXPECT_EQ(state_of(opener), "CLOSED");
  EXPECT_EQ(error_of(opener), make_error_code(Error::kRefused));
  EXPECT_NE(p.a.hears(opener) & Readiness::kFailed, 0);
  p.settle();
  EXPECT_EQ(p.b.host->connection_count(), 0u);
}

TEST(PairOpen, AListenerThatEndedRefusesNewConnections) {
  Pair p;
  {
    TcpListener listener = p.b.listens(80);
  }
  TcpSocket opener = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(error_of(opener), make_error_code(Error::kRefused));
}

// --- a SYN from the past (RFC 9293 §3.5, figure 9) ---

// An attempt that the caller gave up at once; its SYN is still on the way.
Bytes stale_syn(Pair& p) {
  TcpSocket given_up = p.a.connects(p.b, 80, 5000);
  EXPECT_EQ(p.a.says(), "SYN");
  Bytes syn = p.a.keeps();
  EXPECT_TRUE(given_up.abort(p.now()));
  p.pass(1s);
  return syn;
}

TEST(PairStaleSyn, MakesNoConnection) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  p.give(p.b, stale_syn(p));
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  p.deliver(p.b);
  EXPECT_EQ(p.a.says(), "RST") << "nobody there asked for a connection";
  p.deliver(p.a);
  p.pass(5min);
  EXPECT_TRUE(p.b.has_none_to_accept(listener));
  EXPECT_EQ(p.b.host->counters().segments_sent, 1u) << "the SYN-ACK is not sent again after the reset";
  EXPECT_EQ(p.b.host->connection_count(), 0u);
}

TEST(PairStaleSyn, BeforeTheRealOneIsFoundOutByTheOpener) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  const Bytes stale = stale_syn(p);
  TcpSocket opener = p.a.connects(p.b, 80, 5000);
  EXPECT_EQ(p.a.says(), "SYN");
  const Bytes real = p.a.keeps();
  p.give(p.b, stale);
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  p.deliver(p.b);
  EXPECT_EQ(p.a.says(), "RST") << "it acknowledges a SYN of another time";
  EXPECT_EQ(state_of(opener), "SYN-SENT");
  p.deliver(p.a);
  p.give(p.b, real);
  p.settle();
  EXPECT_EQ(state_of(opener), "ESTABLISHED");
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(p.carries(opener, "text", accepted), "text");
  EXPECT_TRUE(p.b.has_none_to_accept(listener));
}

TEST(PairStaleSyn, InAConnectionChangesNothing) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  const Bytes stale = stale_syn(p);
  TcpSocket opener = p.a.connects(p.b, 80, 5000);
  p.settle();
  TcpSocket accepted = p.b.accepts(listener);
  p.give(p.b, stale);
  EXPECT_EQ(p.b.says(), "ACK") << "a challenge (RFC 5961 §4.2)";
  p.deliver(p.b);
  EXPECT_EQ(p.a.says(), "");
  EXPECT_EQ(p.carries(opener, "text", accepted), "text");
  EXPECT_EQ(p.carries(accepted, "text", opener), "text");
}

}  // namespace
}  // namespace handfast::pair

#include <gtest/gtest.h>

#include "pair/pair.h"

// Host::shutdown: what is under way goes out until the deadline; what is left then is reset.

namespace handfast::pair {
namespace {

TEST(PairShutdown, OfAnIdleHostIsDoneAtOnce) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  EXPECT_TRUE(p.b.host->is_drained());
  p.b.host->shutdown(p.now(), p.now() + 5s);
  EXPECT_TRUE(p.b.host->is_drained());
}

TEST(PairShutdown, LetsQueuedTextOut) {
  Connected c;
  const std::string text = text_of(250'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  c.p.a.host->shutdown(c.p.now(), c.p.now() + 30s);
  EXPECT_FALSE(c.p.a.host->is_drained());
  EXPECT_EQ(error_of(c.of_a.info()), make_error_code(Error::kStaleHandle)) << "its caller has let it go";
  c.p.pass(1s);
  EXPECT_TRUE(c.p.takes(c.of_b) == text);
  EXPECT_TRUE(c.p.is_at_end(c.of_b));
  EXPECT_FALSE(c.p.a.host->is_drained()) << "the other end has not closed";
  EXPECT_TRUE(c.of_b.close(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.p.a.host->is_drained());
  EXPECT_EQ(c.p.a.host->counters().resets_sent, 0u);
  c.p.pass(60s);
  EXPECT_EQ(c.p.a.host->counters().resets_sent, 0u) << "nothing was left for the deadline";
}

TEST(PairShutdown, ResetsAtTheDeadlineWhatIsLeft) {
  Connected c;
  const std::string text = text_of(250'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  c.p.a.host->shutdown(c.p.now(), c.p.now() + 5s);
  EXPECT_EQ(c.p.sends(c.of_b, "an answer that nobody waits for"), 31u);
  c.p.cut();
  c.p.pass(4900ms);
  c.p.mend();
  EXPECT_FALSE(c.p.a.host->is_drained());
  EXPECT_EQ(state_of(c.of_b), "ESTABLISHED");
  // The deadline alone acts here: no segment in between.
  c.p.cut();
  c.p.pass(99ms);
  c.p.mend();
  EXPECT_EQ(c.p.a.host->counters().resets_sent, 0u);
  c.p.pass(1ms);
  EXPECT_TRUE(c.p.a.host->is_drained());
  // The first stands beyond text that was lost, so the other end asks (RFC 5961 §3.2); the second answers exactly.
  EXPECT_EQ(c.p.a.host->counters().resets_sent, 2u);
  EXPECT_EQ(error_of(c.of_b), make_error_code(Error::kReset));
  EXPECT_EQ(c.p.a.host->connection_count(), 0u);
  c.p.pass(100ms);  // what was kept for the next burst goes back
  EXPECT_EQ(c.p.a.host->next_deadline(), kNever);
}

TEST(PairShutdown, ResetsWhatWaitsToBeAcceptedAndRefusesWhatComesLater) {
  Connected c;
  TcpSocket waiting = c.p.a.connects(c.p.b, 80);
  c.p.settle();
  c.p.b.host->shutdown(c.p.now(), c.p.now() + 5s);
  EXPECT_EQ(c.p.b.says(), "RST+ACK, FIN+ACK") << "one was accepted, the other not";
  c.p.deliver(c.p.b);
  EXPECT_EQ(error_of(waiting), make_error_code(Error::kReset));
  EXPECT_EQ(state_of(c.of_a), "CLOSE-WAIT");
  TcpSocket late = c.p.a.connects(c.p.b, 80);
  c.p.settle();
  EXPECT_EQ(error_of(late), make_error_code(Error::kRefused));
  const Instant now = c.p.now();
  EXPECT_EQ(error_of(c.p.b.host->listen({.local = {{}, 81}}, now)), make_error_code(Error::kShutdown));
  EXPECT_EQ(error_of(c.p.b.host->connect({.peer = {c.p.a.address, 1}}, now)), make_error_code(Error::kShutdown));
  EXPECT_TRUE(c.of_a.close(now));
  c.p.settle();
  EXPECT_TRUE(c.p.b.host->is_drained());
}

TEST(PairShutdown, OfBothAtOnceDrainsBoth) {
  Connected c;
  for (TcpSocket* socket : {&c.of_a, &c.of_b}) EXPECT_TRUE(socket->close_send(c.p.now()));
  for (End* end : {&c.p.a, &c.p.b}) end->host->shutdown(c.p.now(), c.p.now() + 5s);
  c.p.settle();
  for (End* end : {&c.p.a, &c.p.b}) {
    EXPECT_TRUE(end->host->is_drained());
    EXPECT_EQ(end->host->counters().resets_sent, 0u);
  }
}

}  // namespace
}  // namespace handfast::pair

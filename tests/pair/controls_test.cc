#include <gtest/gtest.h>

#include "pair/pair.h"

// The caller's controls (host.h) with both ends real: each verb reaches its connection, and what it asks for is seen at
// the other end.

namespace handfast::pair {
namespace {

Host& host_of(const Connected& c) { return *c.p.a.host; }

std::error_code code(Error error) { return make_error_code(error); }

TEST(PairControls, ACorkMakesOneSegmentOfManyWrites) {
  Connected c;
  ASSERT_TRUE(host_of(c).set_cork(c.of_a.handle(), true, c.p.now()));
  for (const char* part : {"head ", "body ", "tail"}) (void)c.p.sends(c.of_a, part);
  EXPECT_EQ(c.p.a.says(), "");
  ASSERT_TRUE(host_of(c).set_cork(c.of_a.handle(), false, c.p.now()));
  EXPECT_EQ(c.p.a.says(), "ACK 14");
  c.p.deliver(c.p.a);
  EXPECT_EQ(c.p.takes(c.of_b), "head body tail");
}

TEST(PairControls, ALongTextGoesThroughACork) {
  Connected c;
  ASSERT_TRUE(host_of(c).set_cork(c.of_a.handle(), true, c.p.now()));
  const std::string text = text_of(300'000);
  EXPECT_TRUE(c.p.carries(c.of_a, text, c.of_b) == text);
}

TEST(PairControls, QuickAcknowledgmentsNeedNoTime) {
  Connected c;
  ASSERT_TRUE(c.p.b.host->set_quick_ack(c.of_b.handle(), true, c.p.now()));
  (void)c.p.sends(c.of_a, "x");
  c.p.settle();
  EXPECT_EQ(c.of_a.info()->send_queued, 0u);
  ASSERT_TRUE(c.p.b.host->set_quick_ack(c.of_b.handle(), false, c.p.now()));
  (void)c.p.sends(c.of_a, "x");
  c.p.settle();
  EXPECT_EQ(c.of_a.info()->send_queued, 1u);
}

// The event comes when text leaves, not only when it is acknowledged.
TEST(PairControls, TheMarkKeepsTheQueueShort) {
  Connected c;
  ASSERT_TRUE(host_of(c).set_unsent_mark(c.of_a.handle(), 5000, c.p.now()));
  EXPECT_EQ(c.p.sends(c.of_a, text_of(10'000)), 10'000u);
  EXPECT_EQ(c.p.a.hears(c.of_a), 0);
  (void)c.p.a.says();
  EXPECT_EQ(c.p.a.hears(c.of_a), Readiness::kWritable);
}

TEST(PairControls, WithoutLingeringAPeerSeesAReset) {
  Connected c;
  (void)c.p.sends(c.of_a, "never to arrive");
  ASSERT_TRUE(host_of(c).set_linger(c.of_a.handle(), Duration::zero(), c.p.now()));
  ASSERT_TRUE(c.of_a.close(c.p.now()));
  c.p.settle();
  EXPECT_EQ(error_of(c.of_b), code(Error::kReset));
  EXPECT_EQ(host_of(c).connection_count(), 0u);
}

TEST(PairControls, LingeringEndsOnTime) {
  Connected c;
  (void)c.p.sends(c.of_a, "never to arrive");
  ASSERT_TRUE(host_of(c).set_linger(c.of_a.handle(), 2s, c.p.now()));
  c.p.cut();
  ASSERT_TRUE(c.of_a.close(c.p.now()));
  c.p.pass(2s - 1ms);
  EXPECT_EQ(host_of(c).connection_count(), 1u);
  c.p.mend();
  c.p.pass(1ms);
  EXPECT_EQ(host_of(c).connection_count(), 0u);
  EXPECT_EQ(error_of(c.of_b), code(Error::kReset));
}

TEST(PairControls, LingeringIsOverWithTheLastAcknowledgment) {
  Connected c;
  (void)c.p.sends(c.of_a, "to arrive");
  ASSERT_TRUE(host_of(c).set_linger(c.of_a.handle(), 2s, c.p.now()));
  ASSERT_TRUE(c.of_a.close(c.p.now()));
  c.p.pass(10s);
  EXPECT_EQ(c.p.takes(c.of_b), "to arrive");
  EXPECT_FALSE(error_of(c.of_b));
  EXPECT_EQ(state_of(c.of_b), "CLOSE-WAIT");
}

TEST(PairControls, RefuseWhatCannotBe) {
  Connected c;
  EXPECT_EQ(error_of(host_of(c).set_linger(c.of_a.handle(), -1s, c.p.now())), code(Error::kInvalidArgument));
  EXPECT_EQ(error_of(host_of(c).set_linger(c.of_a.handle(), 24h * 60, c.p.now())), code(Error::kInvalidArgument));
  EXPECT_TRUE(host_of(c).set_linger(c.of_a.handle(), Duration::max(), c.p.now()));
  EXPECT_EQ(error_of(host_of(c).set_user_timeout(c.of_a.handle(), 999ms, c.p.now())), code(Error::kInvalidArgument));
  EXPECT_EQ(error_of(host_of(c).set_user_timeout(c.of_a.handle(), 24h * 32, c.p.now())), code(Error::kInvalidArgument));
  const TcpHandle stale;
  EXPECT_EQ(error_of(host_of(c).set_cork(stale, true, c.p.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(host_of(c).set_quick_ack(stale, true, c.p.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(host_of(c).set_unsent_mark(stale, 1, c.p.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(host_of(c).await_room(stale, 1, c.p.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(host_of(c).set_linger(stale, 1s, c.p.now())), code(Error::kStaleHandle));
}

}  // namespace
}  // namespace handfast::pair

#include <gtest/gtest.h>

#include "pair/pair.h"

// Closing: in good order, both ways, at once; by abort; and what comes after. The tests with a parameter run for either
// end of the connection: the one that opened it, and the one that accepted.

namespace handfast::pair {
namespace {

struct Connected {
  explicit Connected(bool by_opener = true, const Config& config = {}) : p(config) {
    listener = p.b.listens(80);
    TcpSocket opener = p.a.connects(p.b, 80, kPort);
    p.settle();
    TcpSocket accepted = p.b.accepts(listener);
    ours = by_opener ? std::move(opener) : std::move(accepted);
    theirs = by_opener ? std::move(accepted) : std::move(opener);
    our_end = by_opener ? &p.a : &p.b;
    their_end = by_opener ? &p.b : &p.a;
  }
  static constexpr std::uint16_t kPort = 5000;
  Pair p;
  TcpListener listener;
  End* our_end;
  End* their_end;
  TcpSocket ours;
  TcpSocket theirs;
};

class PairClose : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(By, PairClose, testing::Bool(),
                         [](const auto& by) { return by.param ? "Opener" : "Acceptor"; });

// RFC 9293 §3.6: the other direction goes on until its own end closes.
TEST_P(PairClose, HalfClosedTheOtherDirectionGoesOn) {
  Connected c(GetParam());
  EXPECT_EQ(c.p.sends(c.ours, "a request"), 9u);
  EXPECT_TRUE(c.ours.close_send(c.p.now()));
  EXPECT_EQ(c.our_end->says(), "FIN+ACK 9");
  c.p.deliver(*c.our_end);
  c.p.settle();
  EXPECT_EQ(c.p.takes(c.theirs), "a request");
  EXPECT_TRUE(c.p.is_at_end(c.theirs));
  EXPECT_NE(c.their_end->hears(c.theirs) & Readiness::kPeerClosed, 0);
  EXPECT_EQ(error_of(c.ours.send(std::as_bytes(std::span("more")), c.p.now())), make_error_code(Error::kClosing));

  c.p.pass(10min);
  EXPECT_EQ(state_of(c.ours), "FIN-WAIT-2");
  EXPECT_EQ(state_of(c.theirs), "CLOSE-WAIT");
  const std::string answer = text_of(600'000);
  EXPECT_TRUE(c.p.carries(c.theirs, answer, c.ours) == answer);
  EXPECT_TRUE(c.theirs.close_send(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.p.is_at_end(c.ours));
  EXPECT_EQ(state_of(c.ours), "TIME-WAIT");
  EXPECT_EQ(state_of(c.theirs), "CLOSED");
  EXPECT_FALSE(error_of(c.theirs));
  EXPECT_NE(c.their_end->hears(c.theirs) & Readiness::kClosed, 0);
  c.p.pass(60s);
  EXPECT_EQ(state_of(c.ours), "CLOSED");
  EXPECT_FALSE(error_of(c.ours));
}

// RFC 9293 §3.6 case 3.
TEST(PairCloses, AtOnceBothPassThroughClosing) {
  Connected c;
  EXPECT_TRUE(c.ours.close_send(c.p.now()));
  EXPECT_TRUE(c.theirs.close_send(c.p.now()));
  EXPECT_EQ(c.our_end->says(), "FIN+ACK");
  EXPECT_EQ(c.their_end->says(), "FIN+ACK");
  c.p.deliver(*c.our_end);
  c.p.deliver(*c.their_end);
  EXPECT_EQ(state_of(c.ours), "CLOSING");
  EXPECT_EQ(state_of(c.theirs), "CLOSING");
  c.p.settle();
  EXPECT_EQ(state_of(c.ours), "TIME-WAIT");
  EXPECT_EQ(state_of(c.theirs), "TIME-WAIT");
  c.p.pass(60s);
  for (End* end : {&c.p.a, &c.p.b}) EXPECT_EQ(end->host->counters().connections_closed, 1u);
}

TEST(PairCloses, AtOnceWithTextOnTheWayLosesNothing) {
  Connected c;
  const std::string text = text_of(100'000);
  for (TcpSocket* socket : {&c.ours, &c.theirs}) {
    EXPECT_EQ(c.p.sends(*socket, text), text.size());
    EXPECT_TRUE(socket->close_send(c.p.now()));
  }
  c.p.pass(1s);
  for (TcpSocket* socket : {&c.ours, &c.theirs}) {
    EXPECT_TRUE(c.p.takes(*socket) == text);
    EXPECT_TRUE(c.p.is_at_end(*socket));
  }
}

TEST_P(PairClose, LetGoByBothNothingIsLeft) {
  Connected c(GetParam());
  EXPECT_TRUE(c.ours.close(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.theirs.close(c.p.now()));
  c.p.settle();
  for (End* end : {&c.p.a, &c.p.b}) EXPECT_EQ(end->host->connection_count(), 0u);
  c.p.pass(61s);
  for (End* end : {&c.p.a, &c.p.b}) EXPECT_EQ(end->host->next_deadline(), kNever);
}

// --- by abort (RFC 9293 §3.10.5), as the other end sees it ---

void expect_reset(Connected& c) {
  EXPECT_EQ(state_of(c.theirs), "CLOSED");
  EXPECT_EQ(error_of(c.theirs), make_error_code(Error::kReset));
  EXPECT_NE(c.their_end->hears(c.theirs) & Readiness::kFailed, 0);
  std::byte byte{};
  EXPECT_EQ(error_of(c.theirs.receive(std::span(&byte, 1), c.p.now())), make_error_code(Error::kReset));
  EXPECT_EQ(error_of(c.theirs.send(std::span(&byte, 1), c.p.now())), make_error_code(Error::kReset));
  EXPECT_TRUE(c.theirs.close(c.p.now())) << "the handle is theirs until they give it back";
  EXPECT_EQ(c.their_end->says(), "") << "a reset is not answered";
  for (End* end : {&c.p.a, &c.p.b}) EXPECT_EQ(end->host->connection_count(), 0u);
}

TEST_P(PairClose, AnAbortIsAResetToTheOtherEnd) {
  Connected c(GetParam());
  EXPECT_EQ(c.p.sends(c.ours, "never sent"), 10u);
  EXPECT_TRUE(c.ours.abort(c.p.now()));
  EXPECT_EQ(c.our_end->says(), "RST+ACK") << "and none of what was queued";
  c.p.deliver(*c.our_end);
  expect_reset(c);
}

TEST_P(PairClose, AnAbortAfterTheirEndOfText) {
  Connected c(GetParam());
  EXPECT_TRUE(c.theirs.close_send(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.ours.abort(c.p.now()));
  c.p.settle();
  expect_reset(c);
}

TEST_P(PairClose, AnAbortAfterOurEndOfText) {
  Connected c(GetParam());
  EXPECT_TRUE(c.ours.close_send(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.ours.abort(c.p.now()));
  c.p.settle();
  expect_reset(c);
}

// RFC 9293 §3.6.1 (SHLD-3).
TEST_P(PairClose, LettingGoOfUnreadTextIsAReset) {
  Connected c(GetParam());
  EXPECT_EQ(c.p.sends(c.theirs, "unread"), 6u);
  c.p.settle();
  EXPECT_TRUE(c.ours.close(c.p.now()));
  EXPECT_EQ(c.our_end->says(), "RST+ACK");
  c.p.deliver(*c.our_end);
  expect_reset(c);
}

TEST_P(PairClose, ALostResetIsSentAgainWhenTheOtherEndSpeaks) {
  Connected c(GetParam());
  EXPECT_TRUE(c.ours.abort(c.p.now()));
  EXPECT_EQ(c.our_end->says(), "RST+ACK");
  c.our_end->loses();
  c.p.pass(1h);
  EXPECT_EQ(state_of(c.theirs), "ESTABLISHED");
  EXPECT_EQ(c.p.sends(c.theirs, "is anybody there"), 16u);
  c.p.settle();
  expect_reset(c);
}

TEST(PairCloses, AnAbortInSynSentIsHeardByNobody) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  TcpSocket opener = p.a.connects(p.b, 80);
  EXPECT_EQ(p.a.says(), "SYN");
  EXPECT_TRUE(opener.abort(p.now()));
  EXPECT_EQ(p.a.says(), "");
  p.deliver(p.a);
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  p.deliver(p.b);
  EXPECT_EQ(p.a.says(), "RST") << "to the answer that came too late";
  p.settle();
  EXPECT_TRUE(p.b.has_none_to_accept(listener));
}

// --- the same two ends again ---

class PairReuse : public testing::TestWithParam<bool> {
 protected:
  static Config config() {
    Config config;
    config.tcp.timestamps = GetParam();
    return config;
  }
};
INSTANTIATE_TEST_SUITE_P(Timestamps, PairReuse, testing::Bool(),
                         [](const auto& stamps) { return stamps.param ? "On" : "Off"; });

// RFC 6191, RFC 1122 §4.2.2.13: the end in TIME-WAIT takes a SYN that is certainly newer; nothing of the old connection
// gets into the new one.
TEST_P(PairReuse, ANewConnectionMayFollowWhereTheAcceptorLingers) {  // SHLD-4, MAY-2
  Connected c(true, config());
  EXPECT_EQ(c.p.sends(c.ours, "old text"), 8u);
  c.our_end->says();
  const Bytes old = c.our_end->wire.front();
  c.p.settle();
  EXPECT_EQ(c.p.takes(c.theirs), "old text");
  EXPECT_TRUE(c.theirs.close(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.ours.close(c.p.now()));
  c.p.pass(1s);
  EXPECT_EQ(c.p.a.host->next_deadline(), kNever) << "the opener has forgotten the connection";
  EXPECT_NE(c.p.b.host->next_deadline(), kNever) << "the acceptor lingers";

  TcpSocket again = c.p.a.connects(c.p.b, 80, Connected::kPort);
  EXPECT_EQ(c.p.a.says(), "SYN");
  c.p.deliver(c.p.a);
  EXPECT_EQ(c.p.b.says(), "SYN+ACK");
  c.p.deliver(c.p.b);
  c.p.settle();
  EXPECT_EQ(state_of(again), "ESTABLISHED");
  TcpSocket accepted = c.p.b.accepts(c.listener);
  c.p.give(c.p.b, old);
  EXPECT_EQ(c.p.takes(accepted), "");
  c.p.settle();
  EXPECT_EQ(c.p.carries(again, "new text", accepted), "new text");
  EXPECT_EQ(c.p.carries(accepted, "new text", again), "new text");
}

TEST_P(PairReuse, WhoLingersItselfChoosesAnotherPort) {
  Connected c(true, config());
  EXPECT_TRUE(c.ours.close(c.p.now()));
  c.p.settle();
  EXPECT_TRUE(c.theirs.close(c.p.now()));
  c.p.settle();
  const ConnectOptions same{.peer = {c.p.b.address, 80}, .source_port = Connected::kPort};
  EXPECT_EQ(error_of(TcpSocket::connect(*c.p.a.host, same, c.p.now())), make_error_code(Error::kAlreadyExists));
  TcpSocket other = c.p.a.connects(c.p.b, 80);
  c.p.settle();
  EXPECT_EQ(state_of(other), "ESTABLISHED");
  c.p.pass(60s);
  TcpSocket same_again = c.p.a.connects(c.p.b, 80, Connected::kPort);
  c.p.settle();
  EXPECT_EQ(state_of(same_again), "ESTABLISHED");
}

// The SYN of the old connection comes once more while its acceptor lingers.
TEST_P(PairReuse, AnOldSynDoesNotEndTimeWait) {
  Pair p(config());
  TcpListener listener = p.b.listens(80);
  TcpSocket opener = p.a.connects(p.b, 80, 5000);
  p.a.says();
  const Bytes syn = p.a.wire.front();
  p.settle();
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_TRUE(accepted.close(p.now()));
  p.settle();
  EXPECT_TRUE(opener.close(p.now()));
  p.pass(1s);
  p.give(p.b, syn);
  EXPECT_EQ(p.b.says(), "ACK");
  p.deliver(p.b);
  p.settle();
  EXPECT_TRUE(p.b.has_none_to_accept(listener));
  EXPECT_NE(p.b.host->next_deadline(), kNever) << "it still lingers";
}

}  // namespace
}  // namespace handfast::pair

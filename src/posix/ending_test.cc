#include <gtest/gtest.h>

#include "posix/test_programs.h"

namespace handfast::posix {
namespace {

class Ending : public testing::Test {
 protected:
  Ending() {
    listener = two.listens();
    mine = two.connects();
    theirs = two.accepts(listener);
  }

  Outcome shuts(int how) {
    const Outcome outcome = two.here().shutdown(mine, how, two.now());
    two.settle();
    return outcome;
  }
  Outcome lingers(int seconds) {
    const std::array<std::int32_t, 2> value{1, seconds};
    const ConstBuffer bytes{reinterpret_cast<const std::byte*>(value.data()), sizeof(value)};
    return two.here().setsockopt(mine, kSolSocket, kSoLinger, bytes, two.now());
  }

  TwoPrograms two;
  int listener = 0;
  int mine = 0;
  int theirs = 0;
  std::string text;
};

TEST_F(Ending, CloseIsTheEndOfText) {
  two.writes(two.here(), mine, "last");
  EXPECT_EQ(two.closes(two.here(), mine), Outcome::of(0));
  EXPECT_EQ(two.closes(two.here(), mine), Outcome::failed(kEbadf));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(0));
  EXPECT_EQ(two.closes(two.there(), theirs), Outcome::of(0));
}

TEST_F(Ending, CloseWithUnreadTextIsAReset) {
  two.writes(two.there(), theirs, "unread");
  EXPECT_EQ(two.closes(two.here(), mine), Outcome::of(0));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::failed(kEconnreset));
}

TEST_F(Ending, LingerOfNoTimeIsAReset) {
  EXPECT_EQ(lingers(0), Outcome::of(0));
  EXPECT_EQ(two.closes(two.here(), mine), Outcome::of(0));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::failed(kEconnreset));
}

TEST_F(Ending, LingerWaitsUntilAllIsAcknowledged) {
  EXPECT_EQ(lingers(5), Outcome::of(0));
  two.lose(true, true);
  two.writes(two.here(), mine, "last");
  Progress progress;
  EXPECT_TRUE(two.here().close(mine, {two.now(), progress}).waits);
  two.lose(false, false);
  two.pass(std::chrono::seconds(2));
  EXPECT_EQ(two.here().close(mine, {two.now(), progress}), Outcome::of(0));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4));
}

TEST_F(Ending, LingerWaitsNoLongerThanItsTime) {
  EXPECT_EQ(lingers(5), Outcome::of(0));
  two.lose(true, true);
  const auto close = [&](Turn turn) { return two.here().close(mine, turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(close, std::chrono::seconds(60)), Outcome::of(0));
  EXPECT_EQ(two.now() - begun, std::chrono::seconds(5));
}

TEST_F(Ending, ClosingAListenerResetsWhoWaits) {
  const int waiting = two.connects();
  EXPECT_EQ(two.closes(two.there(), listener), Outcome::of(0));
  EXPECT_EQ(two.reads(two.here(), waiting, text, 10), Outcome::failed(kEconnreset));
}

TEST_F(Ending, AfterShutdownForWritingTheOtherDirectionGoesOn) {
  EXPECT_EQ(shuts(kShutWr), Outcome::of(0));
  EXPECT_EQ(two.writes(two.here(), mine, "more"), Outcome::failed(kEpipe));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(0));
  EXPECT_EQ(two.writes(two.there(), theirs, "answer"), Outcome::of(6));
  EXPECT_EQ(two.reads(two.here(), mine, text, 10), Outcome::of(6));
}

TEST_F(Ending, AfterShutdownForReadingWhatComesCanBeReadAllTheSame) {
  EXPECT_EQ(shuts(kShutRd), Outcome::of(0));
  EXPECT_EQ(two.reads(two.here(), mine, text, 10), Outcome::of(0));
  two.writes(two.there(), theirs, "late");
  EXPECT_EQ(two.reads(two.here(), mine, text, 10), Outcome::of(4));
  EXPECT_EQ(two.writes(two.here(), mine, "text"), Outcome::of(4));
}

TEST_F(Ending, ShutdownOfBothDirectionsHangsUp) {
  EXPECT_EQ(shuts(kShutRdwr), Outcome::of(0));
  EXPECT_EQ(two.reads(two.here(), mine, text, 10), Outcome::of(0));
  EXPECT_EQ(two.writes(two.here(), mine, "text"), Outcome::failed(kEpipe));
  EXPECT_EQ(two.polls(two.here(), mine, kPollIn | kPollOut | kPollRdhup), kPollIn | kPollOut | kPollRdhup | kPollHup);
}

TEST_F(Ending, ShutdownWithoutAConnectionIsRefused) {
  const int unconnected = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.here().shutdown(unconnected, kShutRd, two.now()), Outcome::failed(kEnotconn));
  EXPECT_EQ(two.here().shutdown(mine, 3, two.now()), Outcome::failed(kEinval));
}

TEST_F(Ending, ShutdownOfAListenerEndsListening) {
  EXPECT_EQ(two.there().shutdown(listener, kShutWr, two.now()), Outcome::of(0));
  EXPECT_EQ(two.get(two.there(), listener, kSolSocket, kSoAcceptconn), 1);
  EXPECT_EQ(two.there().shutdown(listener, kShutRd, two.now()), Outcome::of(0));
  EXPECT_EQ(two.get(two.there(), listener, kSolSocket, kSoAcceptconn), 0);
  const int socket = two.connects();
  EXPECT_EQ(two.get(two.here(), socket, kSolSocket, kSoError), kEconnrefused);
}

TEST_F(Ending, AResetInCloseWaitIsABrokenPipe) {
  EXPECT_EQ(two.there().shutdown(theirs, kShutWr, two.now()), Outcome::of(0));
  two.settle();
  const auto dissolve = [&](Turn turn) { return two.there().connect(theirs, SocketAddress{}, turn); };
  EXPECT_EQ(two.once(dissolve), Outcome::of(0));
  EXPECT_EQ(two.reads(two.here(), mine, text, 10), Outcome::of(0)) << "the end of text comes before the error";
  EXPECT_EQ(two.get(two.here(), mine, kSolSocket, kSoError), kEpipe);
}

TEST_F(Ending, OfBothSidesLeavesNothingBehind) {
  two.closes(two.here(), mine);
  two.closes(two.there(), theirs);
  two.pass(std::chrono::seconds(120));
  EXPECT_EQ(two.host_here().connection_count(), 0u);
  EXPECT_EQ(two.host_there().connection_count(), 0u);
}

}  // namespace
}  // namespace handfast::posix

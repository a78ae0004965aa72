#include <gtest/gtest.h>

#include "posix/test_programs.h"

// poll and epoll.

namespace handfast::posix {
namespace {

class Ready : public testing::Test {
 protected:
  Ready() {
    listener = two.listens();
    mine = two.connects();
    theirs = two.accepts(listener);
    epoll = static_cast<int>(two.there().epoll_create(1).value);
  }

  Outcome control(int operation, int descriptor, std::uint32_t events, std::uint64_t data = 7) {
    return two.there().epoll_ctl(epoll, operation, descriptor, {events, data});
  }
  /// The events of the only descriptor that has some; 0 for none.
  std::uint32_t events() {
    std::array<EpollEvent, 4> found{};
    const auto wait = [&](Turn turn) { return two.there().epoll_wait(epoll, found, 0, turn); };
    const Outcome outcome = two.once(wait);
    EXPECT_LE(outcome.value, 1);
    return outcome.value == 1 ? found[0].events : 0;
  }

  TwoPrograms two;
  int listener = 0;
  int mine = 0;
  int theirs = 0;
  int epoll = 0;
  std::string text;
};

TEST_F(Ready, PollTellsWhatIsThere) {
  constexpr std::uint32_t kAsked = kPollIn | kPollOut | kPollRdhup;
  EXPECT_EQ(two.polls(two.there(), theirs, kAsked), kPollOut);
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(two.polls(two.there(), theirs, kAsked), kPollIn | kPollOut);
  two.here().shutdown(mine, kShutWr, two.now());
  two.settle();
  EXPECT_EQ(two.polls(two.there(), theirs, kAsked), kPollIn | kPollOut | kPollRdhup);
  EXPECT_EQ(two.polls(two.there(), theirs, kPollOut), kPollOut);
}

TEST_F(Ready, PollOfANewSocketHangsUp) {
  const int unconnected = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.polls(two.here(), unconnected, kPollIn | kPollOut), kPollOut | kPollHup);
  EXPECT_EQ(two.polls(two.here(), 99, kPollIn), kPollNval);
}

TEST_F(Ready, PollOfAListenerTellsOfConnections) {
  EXPECT_EQ(two.polls(two.there(), listener, kPollIn | kPollOut), 0);
  two.connects();
  EXPECT_EQ(two.polls(two.there(), listener, kPollIn | kPollOut), kPollIn);
}

TEST_F(Ready, PollWaitsAndIsTimedOut) {
  PollEntry entry{.descriptor = theirs, .events = kPollIn};
  const auto poll = [&](Turn turn) { return two.there().poll(std::span(&entry, 1), 300, turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(poll, std::chrono::seconds(1)), Outcome::of(0));
  EXPECT_EQ(two.now() - begun, std::chrono::milliseconds(300));
  Progress progress;
  EXPECT_TRUE(two.there().poll(std::span(&entry, 1), -1, {two.now(), progress}).waits);
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(two.there().poll(std::span(&entry, 1), -1, {two.now(), progress}), Outcome::of(1));
  EXPECT_EQ(entry.revents, kPollIn);
}

TEST_F(Ready, LevelTriggeredOnesAreToldAsLongAsTheyAre) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn), Outcome::of(0));
  EXPECT_EQ(events(), 0u);
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(events(), kPollIn);
  EXPECT_EQ(events(), kPollIn);
  two.reads(two.there(), theirs, text, 10);
  EXPECT_EQ(events(), 0u);
}

TEST_F(Ready, EdgeTriggeredOnesAreToldOnceForEachArrival) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn | kPollOut | kEpollEt), Outcome::of(0));
  EXPECT_EQ(events(), kPollOut);
  EXPECT_EQ(events(), 0u);
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(events(), kPollIn | kPollOut);
  EXPECT_EQ(events(), 0u);
  two.reads(two.there(), theirs, text, 2);
  EXPECT_EQ(events(), 0u) << "what is left is no news";
  two.writes(two.here(), mine, "more");
  EXPECT_EQ(events(), kPollIn | kPollOut);
}

TEST_F(Ready, RoomIsNewsOnlyWhereThereWasNone) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollOut | kEpollEt), Outcome::of(0));
  EXPECT_EQ(two.set(two.there(), theirs, kSolSocket, kSoSndbuf, 5000), Outcome::of(0));
  EXPECT_EQ(two.there().fcntl(theirs, kFSetfl, kONonblock), Outcome::of(0));
  EXPECT_EQ(events(), kPollOut);
  two.writes(two.there(), theirs, "little");
  two.pass(std::chrono::seconds(1));
  EXPECT_EQ(events(), 0u);
  two.lose(true, true);
  const std::string much(100'000, 'x');
  EXPECT_LT(two.writes(two.there(), theirs, much).value, 100'000);
  EXPECT_EQ(events(), 0u);
  two.lose(false, false);
  two.pass(std::chrono::seconds(5));
  EXPECT_EQ(events(), kPollOut);
  EXPECT_EQ(events(), 0u);
}

TEST_F(Ready, OneShotOnesAreToldOnceUntilTheyAreArmedAgain) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn | kEpollOneshot), Outcome::of(0));
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(events(), kPollIn);
  two.pass(std::chrono::milliseconds(100));  // until Nagle's rule lets the next text go
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(control(kEpollCtlMod, theirs, kPollIn | kEpollOneshot), Outcome::of(0));
  EXPECT_EQ(events(), kPollIn);
}

TEST_F(Ready, TheEndOfThePeersTextIsToldToWhoAsks) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollRdhup | kEpollEt), Outcome::of(0));
  EXPECT_EQ(events(), 0u);
  two.here().shutdown(mine, kShutWr, two.now());
  two.settle();
  EXPECT_EQ(events(), kPollRdhup);
}

TEST_F(Ready, ErrorsAreToldToWhoDidNotAsk) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollRdhup), Outcome::of(0));
  const auto dissolve = [&](Turn turn) { return two.here().connect(mine, SocketAddress{}, turn); };
  EXPECT_EQ(two.once(dissolve), Outcome::of(0));
  EXPECT_EQ(events(), kPollErr | kPollHup | kPollRdhup);
}

TEST_F(Ready, AListenerAndAnAttemptThatAreShutDownHangUp) {
  SocketCalls& calls = two.there();
  EXPECT_EQ(control(kEpollCtlAdd, listener, kPollIn | kEpollEt), Outcome::of(0));
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(calls.shutdown(listener, kShutRd, two.now()), Outcome::of(0));
  EXPECT_EQ(events(), kPollHup);
  EXPECT_EQ(two.closes(calls, listener), Outcome::of(0));

  const int attempt = static_cast<int>(calls.socket(kAfInet, kSockStream | kSockNonblock, 0).value);
  two.lose(true, true);
  const auto connect = [&](Turn turn) { return calls.connect(attempt, two.address(two.kHere, 82), turn); };
  EXPECT_EQ(two.once(connect), Outcome::failed(kEinprogress));
  EXPECT_EQ(control(kEpollCtlAdd, attempt, kPollOut | kEpollEt), Outcome::of(0));
  EXPECT_EQ(events(), 0u);
  EXPECT_EQ(calls.shutdown(attempt, kShutRdwr, two.now()), Outcome::of(0));
  EXPECT_EQ(events() & kPollHup, kPollHup);
}

TEST_F(Ready, AnInstanceWatchesEachDescriptorOnce) {
  EXPECT_EQ(control(kEpollCtlMod, theirs, kPollIn), Outcome::failed(kEnoent));
  EXPECT_EQ(control(kEpollCtlDel, theirs, kPollIn), Outcome::failed(kEnoent));
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn), Outcome::of(0));
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn), Outcome::failed(kEexist));
  EXPECT_EQ(control(9, theirs, kPollIn), Outcome::failed(kEinval));
  EXPECT_EQ(control(kEpollCtlAdd, 99, kPollIn), Outcome::failed(kEbadf));
  EXPECT_EQ(control(kEpollCtlAdd, epoll, kPollIn), Outcome::failed(kEinval));
  EXPECT_EQ(two.there().epoll_ctl(theirs, kEpollCtlAdd, theirs, {}), Outcome::failed(kEinval));
  EXPECT_EQ(control(kEpollCtlDel, theirs, 0), Outcome::of(0));
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(events(), 0u);
}

TEST_F(Ready, ClosedDescriptorsAreWatchedNoMore) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollOut), Outcome::of(0));
  EXPECT_EQ(events(), kPollOut);
  two.closes(two.there(), theirs);
  EXPECT_EQ(events(), 0u);
}

TEST_F(Ready, AnInstanceCanBePolledItself) {
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn), Outcome::of(0));
  EXPECT_EQ(two.polls(two.there(), epoll, kPollIn), 0);
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(two.polls(two.there(), epoll, kPollIn), kPollIn);
}

TEST_F(Ready, WhatWaitsLongestIsToldFirst) {
  const int second = two.connects();
  const int other = two.accepts(listener);
  EXPECT_EQ(control(kEpollCtlAdd, other, kPollIn, 1), Outcome::of(0));
  EXPECT_EQ(control(kEpollCtlAdd, theirs, kPollIn, 2), Outcome::of(0));
  two.writes(two.here(), mine, "text");
  two.writes(two.here(), second, "text");
  std::array<EpollEvent, 1> found{};
  const auto wait = [&](Turn turn) { return two.there().epoll_wait(epoll, found, 0, turn); };
  EXPECT_EQ(two.once(wait), Outcome::of(1));
  EXPECT_EQ(found[0].data, 2u);
  EXPECT_EQ(two.once(wait), Outcome::of(1));
  EXPECT_EQ(found[0].data, 1u) << "the first went to the end of the line";
}

TEST_F(Ready, EpollWaitIsTimedOut) {
  std::array<EpollEvent, 1> found{};
  const auto wait = [&](Turn turn) { return two.there().epoll_wait(epoll, found, 100, turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(wait, std::chrono::seconds(1)), Outcome::of(0));
  EXPECT_EQ(two.now() - begun, std::chrono::milliseconds(100));
  const auto nothing = [&](Turn turn) { return two.there().epoll_wait(epoll, {}, 0, turn); };
  EXPECT_EQ(two.once(nothing), Outcome::failed(kEinval));
  EXPECT_EQ(two.there().epoll_create(0), Outcome::failed(kEinval));
  EXPECT_EQ(two.there().epoll_create1(1), Outcome::failed(kEinval));
}

}  // namespace
}  // namespace handfast::posix

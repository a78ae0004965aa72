#include <gtest/gtest.h>

#include "posix/test_programs.h"

// read and write, with what they answer when there is nothing to take or nowhere to put it.

namespace handfast::posix {
namespace {

class Text : public testing::Test {
 protected:
  Text() {
    const int listener = two.listens();
    mine = two.connects();
    theirs = two.accepts(listener);
  }

  TwoPrograms two;
  int mine = 0;
  int theirs = 0;
  std::string text;
};

TEST_F(Text, ArrivesAsItWasWritten) {
  EXPECT_EQ(two.writes(two.here(), mine, "three segments"), Outcome::of(14));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 5), Outcome::of(5));
  EXPECT_EQ(text, "three");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100), Outcome::of(9));
  EXPECT_EQ(text, " segments");
}

TEST_F(Text, ThatIsNotThereIsWaitedFor) {
  EXPECT_EQ(two.reads(two.there(), theirs, text, 5, kMsgDontwait), Outcome::failed(kEagain));
  EXPECT_EQ(two.reads(two.here(), mine, text, 5), Outcome::failed(kEagain)) << "a nonblocking descriptor";
  Progress progress;
  std::array<std::byte, 8> room{};
  const Buffer buffer{room.data(), room.size()};
  EXPECT_TRUE(two.there().read(theirs, buffer, {two.now(), progress}).waits);
  two.writes(two.here(), mine, "now");
  EXPECT_EQ(two.there().read(theirs, buffer, {two.now(), progress}), Outcome::of(3));
}

TEST_F(Text, IsWaitedForNoLongerThanTheTimeout) {
  const std::array<std::int64_t, 2> value{1, 500'000};
  const ConstBuffer timeout{reinterpret_cast<const std::byte*>(value.data()), sizeof(value)};
  EXPECT_EQ(two.there().setsockopt(theirs, kSolSocket, kSoRcvtimeo, timeout, two.now()), Outcome::of(0));
  std::array<std::byte, 8> room{};
  const auto read = [&](Turn turn) { return two.there().read(theirs, {room.data(), room.size()}, turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(read, std::chrono::seconds(9)), Outcome::failed(kEagain));
  EXPECT_EQ(two.now() - begun, std::chrono::milliseconds(1500));
}

TEST_F(Text, WaitsUntilAllOfItIsThereWhereAsked) {
  std::array<std::byte, 8> room{};
  Progress progress;
  const auto read = [&] {
    return two.there().recv(theirs, {room.data(), room.size()}, kMsgWaitall, {two.now(), progress});
  };
  EXPECT_TRUE(read().waits);
  two.writes(two.here(), mine, "half");
  EXPECT_TRUE(read().waits);
  two.writes(two.here(), mine, "half");
  EXPECT_EQ(read(), Outcome::of(8));
  EXPECT_EQ(std::memcmp(room.data(), "halfhalf", 8), 0);
}

TEST_F(Text, ThatIsPeekedAtStays) {
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 3, kMsgPeek), Outcome::of(3));
  EXPECT_EQ(text, "tex");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgPeek), Outcome::of(4));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4));
  EXPECT_EQ(text, "text");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgPeek | kMsgDontwait), Outcome::failed(kEagain));
}

TEST_F(Text, ThatIsTruncatedIsDropped) {
  two.writes(two.here(), mine, "droptake");
  const auto drop = [&](Turn turn) { return two.there().recv(theirs, {nullptr, 4}, kMsgTrunc, turn); };
  EXPECT_EQ(two.once(drop), Outcome::of(4));
  two.reads(two.there(), theirs, text, 10);
  EXPECT_EQ(text, "take");
}

TEST_F(Text, GoesThroughPartsInTheirOrder) {
  const std::array<ConstBuffer, 3> out{text_of("one"), text_of(""), text_of("two")};
  const auto write = [&](Turn turn) { return two.here().writev(mine, out, turn); };
  EXPECT_EQ(two.once(write), Outcome::of(6));
  std::string first(2, '?');
  std::string second(9, '?');
  const std::array<Buffer, 2> in{Buffer{reinterpret_cast<std::byte*>(first.data()), first.size()},
                                 Buffer{reinterpret_cast<std::byte*>(second.data()), second.size()}};
  const auto peek = [&](Turn turn) {
    ReceivedMessage message{.parts = in};
    return two.there().recvmsg(theirs, message, kMsgPeek, turn);
  };
  EXPECT_EQ(two.once(peek), Outcome::of(6));
  EXPECT_EQ(first + second.substr(0, 4), "onetwo");
  const auto read = [&](Turn turn) { return two.there().readv(theirs, in, turn); };
  EXPECT_EQ(two.once(read), Outcome::of(6));
  EXPECT_EQ(first + second.substr(0, 4), "onetwo");
}

TEST_F(Text, AtABadAddressIsRefused) {
  const auto write = [&](Turn turn) { return two.here().write(mine, {nullptr, 1000}, turn); };
  EXPECT_EQ(two.once(write), Outcome::failed(kEfault));
  two.writes(two.here(), mine, "text");
  const auto read = [&](Turn turn) { return two.there().read(theirs, {nullptr, 1000}, turn); };
  EXPECT_EQ(two.once(read), Outcome::failed(kEfault));
  two.reads(two.there(), theirs, text, 10);
  EXPECT_EQ(text, "text") << "nothing was lost";
}

TEST_F(Text, OfNoLengthIsNothing) {
  EXPECT_EQ(two.writes(two.here(), mine, ""), Outcome::of(0));
  two.writes(two.here(), mine, "text");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 0), Outcome::of(0));
}

TEST_F(Text, ThatStaysInTheQueueIsTold) {
  EXPECT_EQ(two.set(two.there(), theirs, kIpprotoTcp, kTcpInq, 1), Outcome::of(0));
  two.writes(two.here(), mine, "four and more");
  std::string room(4, '?');
  const Buffer part{reinterpret_cast<std::byte*>(room.data()), room.size()};
  ReceivedMessage message{.parts = std::span(&part, 1)};
  const auto receive = [&](Turn turn) { return two.there().recvmsg(theirs, message, 0, turn); };
  EXPECT_EQ(two.once(receive), Outcome::of(4));
  EXPECT_EQ(message.control, (std::vector<ControlMessage>{{kIpprotoTcp, kTcpCmInq, 9}}));
  int queued = 0;
  EXPECT_EQ(two.there().io_control(theirs, kSiocinq, queued), Outcome::of(0));
  EXPECT_EQ(queued, 9);
  two.here().shutdown(mine, kShutWr, two.now());
  two.settle();
  two.reads(two.there(), theirs, text, 5);
  EXPECT_EQ(two.once(receive), Outcome::of(4));
  EXPECT_EQ(message.control.at(0).data, 1) << "the end of text is there to be read";
  message.takes_control = false;
  EXPECT_EQ(two.once(receive), Outcome::of(0));
  EXPECT_EQ(message.flags, kMsgCtrunc);
}

TEST_F(Text, BeyondTheSendBufferWaits) {
  EXPECT_EQ(two.set(two.here(), mine, kSolSocket, kSoSndbuf, 10000), Outcome::of(0));
  EXPECT_EQ(two.get(two.here(), mine, kSolSocket, kSoSndbuf), 20000);
  two.lose(true, true);
  const std::string much(200'000, 'x');
  const Outcome taken = two.writes(two.here(), mine, much);
  EXPECT_GE(taken.value, 20000);
  EXPECT_LT(taken.value, 200'000);
  EXPECT_EQ(two.writes(two.here(), mine, much), Outcome::failed(kEagain));
  EXPECT_EQ(two.polls(two.here(), mine, kPollOut), 0);
  int queued = 0;
  EXPECT_EQ(two.here().io_control(mine, kSiocoutq, queued), Outcome::of(0));
  EXPECT_EQ(queued, taken.value);
  EXPECT_EQ(two.here().io_control(mine, kSiocoutqnsd, queued), Outcome::of(0));
  EXPECT_LT(queued, taken.value);
  two.lose(false, false);
  two.pass(std::chrono::seconds(5));
  EXPECT_EQ(two.polls(two.here(), mine, kPollOut), kPollOut);
}

TEST_F(Text, OfABlockingWriteIsTakenPieceByPiece) {
  EXPECT_EQ(two.here().fcntl(mine, kFSetfl, kORdwr), Outcome::of(0));
  EXPECT_EQ(two.set(two.here(), mine, kSolSocket, kSoSndbuf, 5000), Outcome::of(0));
  std::string much(120'000, 'x');
  for (std::size_t i = 0; i < much.size(); ++i) much[i] = static_cast<char>('a' + i % 23);
  Progress progress;
  std::string got;
  bool waited = false;
  for (int rounds = 0; rounds < 1000; ++rounds) {
    const Outcome outcome = two.here().write(mine, text_of(much), {two.now(), progress});
    waited = waited || outcome.waits;
    if (!outcome.waits) {
      EXPECT_EQ(outcome, Outcome::of(120'000));
      break;
    }
    two.settle();
    if (two.reads(two.there(), theirs, text, 200'000, kMsgDontwait).error == 0) got += text;
    two.pass(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(waited);
  two.pass(std::chrono::seconds(1));
  if (two.reads(two.there(), theirs, text, 200'000, kMsgDontwait).error == 0) got += text;
  EXPECT_EQ(got, much);
}

TEST_F(Text, AfterAResetIsABrokenPipe) {
  const auto dissolve = [&](Turn turn) { return two.here().connect(mine, SocketAddress{}, turn); };
  EXPECT_EQ(two.once(dissolve), Outcome::of(0));
  EXPECT_EQ(two.writes(two.there(), theirs, "text"), Outcome::failed(kEconnreset));
  EXPECT_EQ(two.writes(two.there(), theirs, "text"), Outcome::failed(kEpipe));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(0));
}

TEST_F(Text, WithoutAConnectionGoesNowhere) {
  const int unconnected = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.writes(two.here(), unconnected, "text"), Outcome::failed(kEpipe));
  EXPECT_EQ(two.reads(two.here(), unconnected, text, 10), Outcome::failed(kEnotconn));
  const int listener = 3;
  EXPECT_EQ(two.writes(two.there(), listener, "text"), Outcome::failed(kEpipe));
  EXPECT_EQ(two.reads(two.there(), listener, text, 10), Outcome::failed(kEnotconn));
}

TEST_F(Text, WaitsForTheHandshake) {
  two.lose(true, true);
  const int early = two.connects();
  EXPECT_EQ(two.writes(two.here(), early, "text"), Outcome::failed(kEagain));
  EXPECT_EQ(two.reads(two.here(), early, text, 10), Outcome::failed(kEagain));
  EXPECT_EQ(two.here().fcntl(early, kFSetfl, 0), Outcome::of(0));
  Progress progress;
  EXPECT_TRUE(two.here().write(early, text_of("text"), {two.now(), progress}).waits);
  two.lose(false, false);
  two.pass(std::chrono::seconds(2));
  EXPECT_EQ(two.here().write(early, text_of("text"), {two.now(), progress}), Outcome::of(4));
}

TEST_F(Text, ThatMoreWillFollowIsHeldBack) {
  two.set(two.here(), mine, kIpprotoTcp, kTcpNodelay, 1);
  two.writes(two.here(), mine, "some", kMsgMore);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgDontwait), Outcome::failed(kEagain));
  two.writes(two.here(), mine, "more");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(8));
  two.writes(two.here(), mine, "some", kMsgMore);
  two.pass(std::chrono::milliseconds(250));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4)) << "not for ever";
}

TEST_F(Text, GoesThoughWhatWasToFollowIsNowhere) {
  two.writes(two.here(), mine, "some", kMsgMore);
  const std::array<ConstBuffer, 2> parts{text_of("more"), ConstBuffer{nullptr, 4}};
  const auto write = [&](Turn turn) { return two.here().writev(mine, parts, turn); };
  EXPECT_EQ(two.once(write), Outcome::of(4));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgDontwait), Outcome::of(8));
}

TEST_F(Text, IsCorkedAndLetGoByNoDelay) {
  two.set(two.here(), mine, kIpprotoTcp, kTcpCork, 1);
  two.writes(two.here(), mine, "some");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgDontwait), Outcome::failed(kEagain));
  two.set(two.here(), mine, kIpprotoTcp, kTcpNodelay, 1);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4));
  two.writes(two.here(), mine, "more");
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgDontwait), Outcome::failed(kEagain)) << "the cork holds again";
  two.set(two.here(), mine, kIpprotoTcp, kTcpCork, 0);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(4));
}

TEST_F(Text, ThatIsUrgentIsToldByPoll) {
  EXPECT_EQ(two.polls(two.there(), theirs, kPollPri), 0);
  two.writes(two.here(), mine, "now", kMsgOob);
  EXPECT_EQ(two.polls(two.there(), theirs, kPollPri), kPollPri);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgOob), Outcome::failed(kEinval)) << "it is in line";
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(2));
  EXPECT_EQ(two.polls(two.there(), theirs, kPollPri), kPollPri) << "its last octet is there";
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10), Outcome::of(1));
  EXPECT_EQ(two.polls(two.there(), theirs, kPollPri), 0);
}

// --- The mark: in front of the last urgent octet ---

class Mark : public Text {
 protected:
  Mark() {
    two.set(two.here(), mine, kIpprotoTcp, kTcpNodelay, 1);
    two.writes(two.here(), mine, "plain!", kMsgOob);
    two.writes(two.here(), mine, "more");
  }
  int at_mark() {
    int value = 7;
    EXPECT_EQ(two.there().io_control(theirs, kSiocatmark, value), Outcome::of(0));
    return value;
  }
};

TEST_F(Mark, EndsAReadAndTheNextOneGoesOn) {  // MUST-33
  EXPECT_EQ(at_mark(), 0);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 3), Outcome::of(3));
  EXPECT_EQ(at_mark(), 0);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100), Outcome::of(2));
  EXPECT_EQ(text, "in");
  EXPECT_EQ(at_mark(), 1);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100), Outcome::of(5));
  EXPECT_EQ(text, "!more");
  EXPECT_EQ(at_mark(), 0);
}

TEST_F(Mark, EndsAReadThatWouldWaitForAll) {  // MUST-33
  EXPECT_EQ(two.reads(two.there(), theirs, text, 10, kMsgWaitall), Outcome::of(5));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 5, kMsgWaitall), Outcome::of(5));
  EXPECT_EQ(text, "!more");
}

TEST_F(Mark, EndsALook) {  // MUST-33
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100, kMsgPeek | kMsgWaitall), Outcome::of(5));
  EXPECT_EQ(text, "plain");
  EXPECT_EQ(at_mark(), 0) << "a look takes nothing";
  EXPECT_EQ(two.reads(two.there(), theirs, text, 5), Outcome::of(5));
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100, kMsgPeek), Outcome::of(5));
  EXPECT_EQ(text, "!more");
  EXPECT_EQ(at_mark(), 1);
}

TEST_F(Mark, EndsAReadInTheMiddleOfItsParts) {  // MUST-33
  std::string first(3, '?');
  std::string second(3, '?');
  std::string third(3, '?');
  const auto part = [](std::string& room) { return Buffer{reinterpret_cast<std::byte*>(room.data()), room.size()}; };
  const std::array<Buffer, 3> parts{part(first), part(second), part(third)};
  const auto read = [&](Turn turn) { return two.there().readv(theirs, parts, turn); };
  EXPECT_EQ(two.once(read), Outcome::of(5));
  EXPECT_EQ(first + second + third, "plain????");
  EXPECT_EQ(two.once(read), Outcome::of(5));
  EXPECT_EQ(first + second + third, "!more????");
}

TEST_F(Mark, EndsTextThatIsDropped) {  // MUST-33
  const auto drop = [&](Turn turn) { return two.there().recv(theirs, {nullptr, 100}, kMsgTrunc, turn); };
  EXPECT_EQ(two.once(drop), Outcome::of(5));
  EXPECT_EQ(at_mark(), 1);
}

TEST_F(Mark, MovesOnWithMoreUrgentText) {  // MUST-33
  two.writes(two.here(), mine, "now", kMsgOob);
  EXPECT_EQ(two.reads(two.there(), theirs, text, 100), Outcome::of(12));
  EXPECT_EQ(text, "plain!moreno");
  EXPECT_EQ(at_mark(), 1);
}

TEST_F(Mark, IsOfAConnection) {
  int value = 7;
  const int fresh = static_cast<int>(two.there().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.there().io_control(fresh, kSiocatmark, value), Outcome::of(0));
  EXPECT_EQ(value, 0);
}

// --- With the SYN ---

class EarlyText : public testing::Test {
 protected:
  EarlyText() {
    listener = static_cast<int>(two.there().socket(kAfInet, kSockStream, 0).value);
    (void)two.there().bind(listener, two.address(two.kThere, 80));
    EXPECT_EQ(two.set(two.there(), listener, kIpprotoTcp, kTcpFastopen, 5), Outcome::of(0));
    EXPECT_EQ(two.there().listen(listener, 5, two.now()), Outcome::of(0));
  }

  Outcome sends_to(int socket, std::string_view said, int flags) {
    const SocketAddress to = two.address(two.kThere, 80);
    return two.once([&](Turn turn) { return two.here().sendto(socket, text_of(said), flags, &to, turn); });
  }
  int nonblocking() { return static_cast<int>(two.here().socket(kAfInet, kSockStream | kSockNonblock, 0).value); }
  void learn_cookie() {
    const int first = nonblocking();
    EXPECT_EQ(sends_to(first, "", kMsgFastopen), Outcome::failed(kEinprogress));
    two.accepts(listener);
    two.closes(two.here(), first);
  }

  TwoPrograms two;
  int listener = 0;
  std::string text;
};

TEST_F(EarlyText, AsksForACookieFirst) {
  const int socket = nonblocking();
  EXPECT_EQ(sends_to(socket, "text", kMsgFastopen), Outcome::failed(kEinprogress));
  EXPECT_EQ(two.polls(two.here(), socket, kPollOut), kPollOut);
  EXPECT_EQ(sends_to(socket, "text", kMsgFastopen), Outcome::of(4)) << "connected by now, and told so";
  EXPECT_EQ(sends_to(socket, "text", kMsgFastopen), Outcome::failed(kEisconn));
}

TEST_F(EarlyText, GoesWithTheSynAndAtMostASegmentOfIt) {
  learn_cookie();
  const int socket = nonblocking();
  EXPECT_EQ(sends_to(socket, std::string(5000, 'x'), kMsgFastopen), Outcome::of(1420));
  const int accepted = two.accepts(listener);
  EXPECT_EQ(two.reads(two.there(), accepted, text, 5000), Outcome::of(1420));
  LinuxTcpInfo info;
  EXPECT_EQ(two.here().tcp_info(socket, info, two.now()), Outcome::of(0));
  EXPECT_NE(info.tcpi_options & kTcpiOptSynData, 0);
}

TEST_F(EarlyText, OfABlockingCallGoesOnAfterTheHandshake) {
  learn_cookie();
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const std::string said(5000, 'x');
  const SocketAddress to = two.address(two.kThere, 80);
  const auto call = [&](Turn turn) { return two.here().sendto(socket, text_of(said), kMsgFastopen, &to, turn); };
  EXPECT_EQ(two.blocking(call), Outcome::of(5000));
  const int accepted = two.accepts(listener);
  EXPECT_EQ(two.reads(two.there(), accepted, text, 9000), Outcome::of(5000));
}

TEST_F(EarlyText, IsReadBeforeTheHandshakeIsComplete) {
  learn_cookie();
  const int socket = nonblocking();
  two.lose(false, true);
  EXPECT_EQ(sends_to(socket, "early", kMsgFastopen), Outcome::of(5));
  EXPECT_EQ(sends_to(socket, "again", kMsgFastopen), Outcome::failed(kEalready));
  EXPECT_EQ(two.writes(two.here(), socket, "again"), Outcome::failed(kEagain));
  const int accepted = two.accepts(listener);
  EXPECT_EQ(two.reads(two.there(), accepted, text, 10), Outcome::of(5));
  EXPECT_EQ(text, "early");
}

TEST_F(EarlyText, MakesConnectWaitForTheFirstWrite) {
  const int asks = nonblocking();
  EXPECT_EQ(two.set(two.here(), asks, kIpprotoTcp, kTcpFastopenConnect, 1), Outcome::of(0));
  const auto connect = [&](int socket) {
    return two.once([&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); });
  };
  EXPECT_EQ(connect(asks), Outcome::failed(kEinprogress));
  two.accepts(listener);
  const int socket = nonblocking();
  EXPECT_EQ(two.set(two.here(), socket, kIpprotoTcp, kTcpFastopenConnect, 1), Outcome::of(0));
  EXPECT_EQ(connect(socket), Outcome::of(0));
  EXPECT_EQ(connect(socket), Outcome::failed(kEisconn));
  EXPECT_EQ(two.polls(two.here(), socket, kPollIn | kPollOut), kPollOut);
  EXPECT_EQ(two.reads(two.here(), socket, text, 10), Outcome::failed(kEagain));
  EXPECT_EQ(two.polls(two.there(), listener, kPollIn), 0) << "nothing was sent";
  EXPECT_EQ(two.writes(two.here(), socket, "first"), Outcome::of(5));
  const int accepted = two.accepts(listener);
  EXPECT_EQ(two.reads(two.there(), accepted, text, 10), Outcome::of(5));
}

TEST_F(EarlyText, IsRefusedWhereTheSysctlSaysSo) {
  two.here().settings().tcp_fastopen = 0;
  const int socket = nonblocking();
  EXPECT_EQ(sends_to(socket, "text", kMsgFastopen), Outcome::failed(kEopnotsupp));
  EXPECT_EQ(two.set(two.here(), socket, kIpprotoTcp, kTcpFastopenConnect, 1), Outcome::failed(kEopnotsupp));
  two.here().settings().tcp_fastopen = kFastopenClient;
  const SocketAddress nowhere;
  const auto call = [&](Turn turn) { return two.here().sendto(socket, text_of("x"), kMsgFastopen, &nowhere, turn); };
  EXPECT_EQ(two.once(call), Outcome::failed(kEopnotsupp));
}

TEST_F(EarlyText, ThatIsRefusedIsTold) {
  learn_cookie();
  two.closes(two.there(), listener);
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const SocketAddress to = two.address(two.kThere, 80);
  const auto call = [&](Turn turn) { return two.here().sendto(socket, text_of("text"), kMsgFastopen, &to, turn); };
  EXPECT_EQ(two.blocking(call), Outcome::failed(kEconnrefused));
}

}  // namespace
}  // namespace handfast::posix

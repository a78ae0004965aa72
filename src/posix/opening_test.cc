#include <gtest/gtest.h>

#include "posix/test_programs.h"

namespace handfast::posix {
namespace {

class Opening : public testing::Test {
 protected:
  TwoPrograms two;
};

TEST_F(Opening, DescriptorsCountUpAndTheLowestFreeOneIsGivenFirst) {
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, kIpprotoTcp), Outcome::of(3));
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, 0), Outcome::of(4));
  EXPECT_EQ(two.here().epoll_create(1), Outcome::of(5));
  EXPECT_EQ(two.closes(two.here(), 3), Outcome::of(0));
  EXPECT_EQ(two.here().socket(kAfInet6, kSockStream, 0), Outcome::of(3));
  EXPECT_EQ(two.closes(two.here(), 9), Outcome::failed(kEbadf));
}

TEST_F(Opening, ThereAreAsManyDescriptorsAsTheSettingsSay) {
  two.here().settings().open_files = 2;
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, 0).error, 0);
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, 0).error, 0);
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, 0), Outcome::failed(kEmfile));
}

TEST_F(Opening, SocketsThatAreNotOfTcpAreRefused) {
  EXPECT_EQ(two.here().socket(17, kSockStream, 0), Outcome::failed(kEafnosupport));
  EXPECT_EQ(two.here().socket(kAfInet, 2, 0), Outcome::failed(kEsocktnosupport));
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream, 17), Outcome::failed(kEprotonosupport));
  EXPECT_EQ(two.here().socket(kAfInet, kSockStream | 0x10, 0), Outcome::failed(kEinval));
}

TEST_F(Opening, ABlockingConnectEndsWithTheHandshake) {
  const int listener = two.listens();
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  EXPECT_EQ(two.blocking(connect), Outcome::of(0));
  EXPECT_EQ(two.once(connect), Outcome::failed(kEisconn));
  const auto accept = [&](Turn turn) { return two.there().accept(listener, nullptr, turn); };
  EXPECT_EQ(two.once(accept).value, 4);
}

TEST_F(Opening, ANonblockingConnectIsToldOnceItIsDone) {
  two.listens();
  two.lose(true, true);
  const int socket = two.connects();
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  EXPECT_EQ(two.once(connect), Outcome::failed(kEalready));
  two.lose(false, false);
  two.pass(std::chrono::seconds(2));
  EXPECT_EQ(two.once(connect), Outcome::of(0));
  EXPECT_EQ(two.once(connect), Outcome::failed(kEisconn));
}

TEST_F(Opening, TheFirstGoOfANonblockingConnectIsInProgress) {
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream | kSockNonblock, 0).value);
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  two.lose(true, true);
  EXPECT_EQ(two.once(connect), Outcome::failed(kEinprogress));
}

TEST_F(Opening, ARefusedConnectIsToldAndMayBeTriedAgain) {
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  EXPECT_EQ(two.blocking(connect), Outcome::failed(kEconnrefused));
  two.listens();
  EXPECT_EQ(two.blocking(connect), Outcome::of(0));
}

TEST_F(Opening, ARefusedNonblockingConnectIsAnErrorOfTheSocket) {
  const int socket = two.connects();
  EXPECT_EQ(two.polls(two.here(), socket, kPollIn | kPollOut), kPollIn | kPollOut | kPollErr | kPollHup);
  EXPECT_EQ(two.get(two.here(), socket, kSolSocket, kSoError), kEconnrefused);
  EXPECT_EQ(two.get(two.here(), socket, kSolSocket, kSoError), 0) << "told once";
}

TEST_F(Opening, AConnectThatNobodyAnswersEndsAfterItsSyns) {
  two.lose(true, true);
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.set(two.here(), socket, kIpprotoTcp, kTcpSyncnt, 1), Outcome::of(0));
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(connect, std::chrono::seconds(10)), Outcome::failed(kEtimedout));
  EXPECT_EQ(two.now() - begun, std::chrono::seconds(3));
}

TEST_F(Opening, SendTimeoutLimitsConnectToo) {
  two.lose(true, true);
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const std::array<std::int64_t, 2> half{0, 500'000};
  const ConstBuffer value{reinterpret_cast<const std::byte*>(half.data()), sizeof(half)};
  EXPECT_EQ(two.here().setsockopt(socket, kSolSocket, kSoSndtimeo, value, two.now()), Outcome::of(0));
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  const Instant begun = two.now();
  EXPECT_EQ(two.blocking(connect, std::chrono::seconds(10)), Outcome::failed(kEinprogress));
  EXPECT_EQ(two.now() - begun, std::chrono::milliseconds(500));
}

TEST_F(Opening, ConnectToNoAddressDissolvesTheConnection) {
  const int listener = two.listens();
  const int socket = two.connects();
  const int accepted = two.accepts(listener);
  const auto dissolve = [&](Turn turn) { return two.here().connect(socket, SocketAddress{}, turn); };
  EXPECT_EQ(two.once(dissolve), Outcome::of(0));
  std::string text;
  EXPECT_EQ(two.reads(two.there(), accepted, text, 10), Outcome::failed(kEconnreset));
  SocketAddress peer;
  EXPECT_EQ(two.here().getpeername(socket, peer), Outcome::failed(kEnotconn));
}

TEST_F(Opening, AddressesOfTheWrongFamilyAreRefused) {
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  const SocketAddress v6{kAfInet6, {IpAddress::any(IpVersion::kV6), 80}};
  EXPECT_EQ(two.here().bind(socket, v6), Outcome::failed(kEafnosupport));
  const auto connect = [&](Turn turn) { return two.here().connect(socket, v6, turn); };
  EXPECT_EQ(two.once(connect), Outcome::failed(kEafnosupport));
}

TEST_F(Opening, ASocketOfIpv6ReachesIpv4ByMappedAddresses) {
  const int listener = two.listens();
  const int socket = static_cast<int>(two.here().socket(kAfInet6, kSockStream, 0).value);
  const SocketAddress mapped{kAfInet6, {*IpAddress::parse("::ffff:192.0.2.2"), 80}};
  const auto connect = [&](Turn turn) { return two.here().connect(socket, mapped, turn); };
  EXPECT_EQ(two.blocking(connect), Outcome::of(0));
  SocketAddress peer;
  EXPECT_EQ(two.here().getpeername(socket, peer), Outcome::of(0));
  EXPECT_EQ(peer, mapped);
  SocketAddress caller;
  const auto accept = [&](Turn turn) { return two.there().accept(listener, &caller, turn); };
  EXPECT_EQ(two.once(accept).error, 0);
  EXPECT_EQ(caller.family, kAfInet);
  EXPECT_EQ(caller.endpoint.address, two.kHere);
}

TEST_F(Opening, ASocketForIpv6AloneDoesNot) {
  const int socket = static_cast<int>(two.here().socket(kAfInet6, kSockStream, 0).value);
  EXPECT_EQ(two.set(two.here(), socket, kIpprotoIpv6, kIpv6V6only, 1), Outcome::of(0));
  const SocketAddress mapped{kAfInet6, {*IpAddress::parse("::ffff:192.0.2.2"), 80}};
  const auto connect = [&](Turn turn) { return two.here().connect(socket, mapped, turn); };
  EXPECT_EQ(two.once(connect), Outcome::failed(kEnetunreach));
}

TEST_F(Opening, BindTakesEachAddressOnce) {
  SocketCalls& calls = two.here();
  const auto made = [&] { return static_cast<int>(calls.socket(kAfInet, kSockStream, 0).value); };
  const int first = made();
  EXPECT_EQ(calls.bind(first, two.address(two.kHere, 80)), Outcome::of(0));
  EXPECT_EQ(calls.bind(first, two.address(two.kHere, 81)), Outcome::failed(kEinval));
  const int second = made();
  EXPECT_EQ(calls.bind(second, two.address(IpAddress::any(IpVersion::kV4), 80)), Outcome::failed(kEaddrinuse));
  EXPECT_EQ(calls.bind(second, two.address(two.kHere, 81)), Outcome::of(0));
}

TEST_F(Opening, ReusedAddressesAreSharedButWithListeners) {
  SocketCalls& calls = two.here();
  const auto made = [&] {
    const int socket = static_cast<int>(calls.socket(kAfInet, kSockStream, 0).value);
    EXPECT_EQ(two.set(calls, socket, kSolSocket, kSoReuseaddr, 1), Outcome::of(0));
    return socket;
  };
  const int first = made();
  const int second = made();
  const int third = made();
  EXPECT_EQ(calls.bind(first, two.address(two.kHere, 80)), Outcome::of(0));
  EXPECT_EQ(calls.bind(second, two.address(two.kHere, 80)), Outcome::of(0));
  EXPECT_EQ(calls.listen(first, 1, two.now()), Outcome::of(0));
  EXPECT_EQ(calls.bind(third, two.address(two.kHere, 80)), Outcome::failed(kEaddrinuse));
  EXPECT_EQ(calls.listen(second, 1, two.now()), Outcome::failed(kEaddrinuse));
}

TEST_F(Opening, BindKnowsItsOwnAddressesWhereTheSettingsSayThem) {
  two.here().settings().local_addresses = {two.kHere};
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.here().bind(socket, two.address(two.kThere, 80)), Outcome::failed(kEaddrnotavail));
  EXPECT_EQ(two.here().bind(socket, two.address(two.kThere, 0)), Outcome::failed(kEaddrnotavail));
  EXPECT_EQ(two.here().bind(socket, two.address(two.kHere, 80)), Outcome::of(0));
}

TEST_F(Opening, APortIsFoundWhereNoneIsNamed) {
  SocketCalls& calls = two.here();
  const int bound = static_cast<int>(calls.socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(calls.bind(bound, two.address(two.kHere, 0)), Outcome::of(0));
  SocketAddress address;
  EXPECT_EQ(calls.getsockname(bound, address), Outcome::of(0));
  EXPECT_EQ(address, two.address(two.kHere, 32768));
  const int listening = static_cast<int>(calls.socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(calls.listen(listening, 1, two.now()), Outcome::of(0));
  EXPECT_EQ(calls.getsockname(listening, address), Outcome::of(0));
  EXPECT_EQ(address, two.address(IpAddress::any(IpVersion::kV4), 32769));
}

TEST_F(Opening, ABoundPortIsWhereAConnectionComesFrom) {
  const int listener = two.listens();
  const int socket = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.here().bind(socket, two.address(IpAddress::any(IpVersion::kV4), 5555)), Outcome::of(0));
  const auto connect = [&](Turn turn) { return two.here().connect(socket, two.address(two.kThere, 80), turn); };
  EXPECT_EQ(two.blocking(connect), Outcome::of(0));
  SocketAddress caller;
  const auto accept = [&](Turn turn) { return two.there().accept(listener, &caller, turn); };
  EXPECT_EQ(two.once(accept).error, 0);
  EXPECT_EQ(caller, two.address(two.kHere, 5555));
}

TEST_F(Opening, ListenIsForSocketsWithoutAConnection) {
  two.listens();
  const int socket = two.connects();
  EXPECT_EQ(two.here().listen(socket, 1, two.now()), Outcome::failed(kEinval));
  EXPECT_EQ(two.here().listen(77, 1, two.now()), Outcome::failed(kEbadf));
}

TEST_F(Opening, OneMoreThanTheBacklogMayWait) {
  const int listener = two.listens(1);
  const std::array<int, 3> sockets{two.connects(), two.connects(), two.connects()};
  const auto accept = [&](Turn turn) { return two.there().accept4(listener, nullptr, 0, turn); };
  EXPECT_EQ(two.once(accept).error, 0);
  EXPECT_EQ(two.once(accept).error, 0);
  EXPECT_TRUE(two.once(accept).waits);
  EXPECT_EQ(two.there().listen(listener, 5, two.now()), Outcome::of(0)) << "listen again";
  (void)sockets;
}

TEST_F(Opening, AcceptAnswersWithFlagsOfItsOwn) {
  const int listener = two.listens();
  EXPECT_EQ(two.there().fcntl(listener, kFSetfl, kONonblock), Outcome::of(0));
  const auto accept = [&](int flags) {
    return two.once([&](Turn turn) { return two.there().accept4(listener, nullptr, flags, turn); });
  };
  EXPECT_EQ(accept(0), Outcome::failed(kEagain));
  EXPECT_EQ(accept(1), Outcome::failed(kEinval));
  two.connects();
  two.connects();
  const int first = static_cast<int>(accept(0).value);
  EXPECT_EQ(two.there().fcntl(first, kFGetfl, 0), Outcome::of(kORdwr)) << "not what the listener has";
  const int second = static_cast<int>(accept(kSockNonblock | kSockCloexec).value);
  EXPECT_EQ(two.there().fcntl(second, kFGetfl, 0), Outcome::of(kORdwr | kONonblock));
  EXPECT_EQ(two.there().fcntl(second, kFGetfd, 0), Outcome::of(kFdCloexec));
  const auto from_accepted = [&](Turn turn) { return two.there().accept(first, nullptr, turn); };
  EXPECT_EQ(two.once(from_accepted), Outcome::failed(kEinval));
}

TEST_F(Opening, ABlockingAcceptWaitsForTheHandshake) {
  const int listener = two.listens();
  Progress progress;
  EXPECT_TRUE(two.there().accept(listener, nullptr, {two.now(), progress}).waits);
  two.connects();
  EXPECT_EQ(two.there().accept(listener, nullptr, {two.now(), progress}).error, 0);
}

TEST_F(Opening, AConnectionThatWasResetBeforeItWasAcceptedIsAcceptedAllTheSame) {
  const int listener = two.listens();
  const int socket = two.connects();
  const auto dissolve = [&](Turn turn) { return two.here().connect(socket, SocketAddress{}, turn); };
  EXPECT_EQ(two.once(dissolve), Outcome::of(0));
  const int accepted = two.accepts(listener);
  EXPECT_EQ(accepted, 4);
  EXPECT_EQ(two.writes(two.there(), accepted, "text"), Outcome::failed(kEconnreset));
  EXPECT_EQ(two.writes(two.there(), accepted, "text"), Outcome::failed(kEpipe));
}

TEST_F(Opening, NamesAreThoseOfBothEnds) {
  const int listener = two.listens();
  SocketAddress address;
  const int unconnected = static_cast<int>(two.here().socket(kAfInet, kSockStream, 0).value);
  EXPECT_EQ(two.here().getsockname(unconnected, address), Outcome::of(0));
  EXPECT_EQ(address, two.address(IpAddress::any(IpVersion::kV4), 0));
  EXPECT_EQ(two.here().getpeername(unconnected, address), Outcome::failed(kEnotconn));
  const int socket = two.connects();
  const int accepted = two.accepts(listener);
  EXPECT_EQ(two.here().getpeername(socket, address), Outcome::of(0));
  EXPECT_EQ(address, two.address(two.kThere, 80));
  SocketAddress own;
  EXPECT_EQ(two.here().getsockname(socket, own), Outcome::of(0));
  EXPECT_EQ(two.there().getpeername(accepted, address), Outcome::of(0));
  EXPECT_EQ(address, own);
}

}  // namespace
}  // namespace handfast::posix

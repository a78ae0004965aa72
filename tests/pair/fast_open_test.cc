#include <gtest/gtest.h>

#include "pair/pair.h"

// TCP Fast Open (RFC 7413) between two Hosts: how a cookie comes, what it is good for, and what limits it.

namespace handfast::pair {
namespace {

// A number of 16 bits in ones' complement.
void lower_by_eight(Bytes& frame, std::size_t at) {
  unsigned number = std::to_integer<unsigned>(frame[at]) << 8 | std::to_integer<unsigned>(frame[at + 1]);
  number = number >= 8 ? number - 8 : number + 0xFFFF - 8;
  frame[at] = static_cast<std::byte>(number >> 8);
  frame[at + 1] = static_cast<std::byte>(number & 0xFF);
}

struct FastOpenPair : testing::Test {
  explicit FastOpenPair(const Config& config = {}) : p(config) {}

  TcpListener serves(bool fast_open = true) { return p.b.listens(80, {.local = {}, .fast_open = fast_open}); }
  TcpSocket opens(std::string_view text = {}) {
    auto socket = TcpSocket::connect(*p.a.host, {.peer = {p.b.address, 80}, .fast_open = true}, p.now());
    EXPECT_TRUE(socket) << socket.error().message();
    if (!text.empty()) {
      EXPECT_EQ(p.sends(*socket, text), text.size());
    }
    return std::move(*socket);
  }
  /// A first connection, after which the cookie is known.
  void gets_cookie(TcpListener& listener) {
    TcpSocket first = opens();
    p.settle();
    TcpSocket accepted = p.b.accepts(listener);
    EXPECT_TRUE(first.abort(p.now()));
    p.settle();
  }
  const Counters& counted() { return p.b.host->counters(); }

  Pair p;
};

TEST_F(FastOpenPair, TheSecondConnectionIsReadBeforeItsHandshakeIsComplete) {
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket socket = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN 3");
  p.deliver(p.a);
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(p.takes(accepted), "GET");
  EXPECT_EQ(p.sends(accepted, "200"), 3u);
  EXPECT_EQ(state_of(accepted), "SYN-RECEIVED");
  EXPECT_EQ(p.b.says(), "SYN+ACK, ACK 3");
  p.deliver(p.b);
  EXPECT_EQ(p.takes(socket), "200") << "one round trip after the first segment";
  p.settle();
  EXPECT_EQ(state_of(accepted), "ESTABLISHED");
  EXPECT_TRUE(socket.info()->fast_open);
  EXPECT_TRUE(accepted.info()->fast_open);
  EXPECT_EQ(counted().fast_opens_accepted, 1u);
  EXPECT_EQ(p.carries(socket, text_of(100'000), accepted), text_of(100'000));
  EXPECT_EQ(p.carries(accepted, text_of(100'000), socket), text_of(100'000));
}

// RFC 7413 §4.1.2: a server changes its key now and then, and servers behind one address share it.
TEST_F(FastOpenPair, AListenerMayHaveKeysOfItsOwn) {
  constexpr SecretKey kFirst{1};
  constexpr SecretKey kSecond{2};
  ListenOptions options{.local = {{}, 80}, .fast_open = true, .fast_open_key = kFirst};
  const ListenerHandle listener = *p.b.host->listen(options, p.now());
  const auto was_taken = [&] {
    const std::uint64_t before = counted().fast_opens_accepted;
    TcpSocket socket = opens("GET");
    p.settle();
    EXPECT_TRUE(socket.abort(p.now()));
    p.settle();
    return counted().fast_opens_accepted > before;
  };
  EXPECT_FALSE(was_taken()) << "a cookie comes";
  EXPECT_TRUE(was_taken());
  options.fast_open_key = kSecond;
  options.fast_open_old_key = kFirst;
  ASSERT_TRUE(p.b.host->change_listener(listener, options, p.now()));
  EXPECT_TRUE(was_taken()) << "the old cookie is good";
  options.fast_open_key = kFirst;
  options.fast_open_old_key = std::nullopt;
  ASSERT_TRUE(p.b.host->change_listener(listener, options, p.now()));
  EXPECT_TRUE(was_taken());
  options.fast_open_key = kSecond;
  ASSERT_TRUE(p.b.host->change_listener(listener, options, p.now()));
  EXPECT_FALSE(was_taken()) << "it is not good any more, and a new one comes";
  EXPECT_TRUE(was_taken());
  EXPECT_EQ(counted().fast_opens_rejected, 1u);
  options.fast_open_key = std::nullopt;
  ASSERT_TRUE(p.b.host->change_listener(listener, options, p.now()));
  EXPECT_FALSE(was_taken()) << "the Host's own key";
}

// Servers behind one address do not begin at the same time, and share the key all the same.
TEST_F(FastOpenPair, AKeyOfAListenerDoesNotChangeWithTime) {
  for (const bool own : {true, false}) {
    ListenOptions options{.local = {{}, static_cast<std::uint16_t>(own ? 80 : 81)}, .fast_open = true};
    if (own) options.fast_open_key = SecretKey{1};
    TcpListener listener = p.b.listens(options.local.port, options);
    const auto opens_with = [&](std::string_view text) {
      auto socket =
          TcpSocket::connect(*p.a.host, {.peer = {p.b.address, options.local.port}, .fast_open = true}, p.now());
      if (!text.empty()) {
        EXPECT_EQ(p.sends(*socket, text), text.size());
      }
      p.settle();
      EXPECT_TRUE(socket->abort(p.now()));
      p.settle();
    };
    opens_with({});
    p.pass(3h);
    const std::uint64_t before = counted().fast_opens_accepted;
    opens_with("GET");
    EXPECT_EQ(counted().fast_opens_accepted - before, own ? 1u : 0u);
    p.a.host->forget_fast_open_peers();
  }
}

TEST_F(FastOpenPair, NobodyAsksUnlessItsCallerWants) {  // 7413-1
  TcpListener listener = serves();
  for (int i = 0; i < 2; ++i) {
    TcpSocket socket = p.a.connects(p.b, 80);
    EXPECT_EQ(p.sends(socket, "GET"), 3u);
    EXPECT_EQ(p.a.says(), "SYN");
    p.settle();
    EXPECT_FALSE(socket.info()->fast_open);
    EXPECT_TRUE(socket.abort(p.now()));
    p.settle();
  }
  EXPECT_EQ(counted().fast_opens_accepted, 0u);
}

TEST_F(FastOpenPair, APeerThatGivesNoCookieIsNotAskedAgainForAnHour) {  // 7413-4
  {
    TcpListener deaf = serves(false);
    gets_cookie(deaf);
  }
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket second = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN") << "it was not asked, so there is no cookie";
  p.settle();
  p.pass(1h);
  gets_cookie(listener);
  TcpSocket third = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN 3");
}

TEST_F(FastOpenPair, ACookieThatWasShownWithoutTextStays) {
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket second = opens();
  EXPECT_EQ(p.a.says(), "SYN");
  p.settle();
  TcpSocket third = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN 3");
}

TEST_F(FastOpenPair, WithoutACookieTextIsTakenOnlyWhereBothCallersSaySo) {
  for (const bool taken : {false, true}) {
    p.settle();  // what the first one leaves behind
    TcpListener listener = p.b.listens(80, {.local = {}, .fast_open = true, .fast_open_without_cookie = taken});
    auto socket = TcpSocket::connect(*p.a.host, {.peer = {p.b.address, 80}, .fast_open_without_cookie = true}, p.now());
    ASSERT_TRUE(socket);
    EXPECT_EQ(p.sends(*socket, "GET"), 3u);
    EXPECT_EQ(p.a.says(), "SYN 3");
    p.settle();
    EXPECT_EQ(socket->info()->fast_open, taken);
    EXPECT_EQ(counted().fast_opens_accepted, taken ? 1u : 0u);
    TcpSocket accepted = p.b.accepts(listener);
    EXPECT_EQ(p.takes(accepted), "GET");
    p.a.host->forget_fast_open_peers();  // that text was not taken is no reason not to try again
  }
}

TEST_F(FastOpenPair, TextThatTheListenerDoesNotTakeComesByTheHandshake) {
  {
    TcpListener listener = serves();
    gets_cookie(listener);
  }
  TcpListener plain = serves(false);
  TcpSocket socket = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN 3");
  p.settle();
  TcpSocket accepted = p.b.accepts(plain);
  EXPECT_EQ(p.takes(accepted), "GET");
  EXPECT_FALSE(accepted.info()->fast_open);
}

TEST_F(FastOpenPair, ACookieOutlivesTheNextKeyAndNoMore) {  // 7413-3
  TcpListener listener = serves();
  gets_cookie(listener);
  p.pass(1h);
  TcpSocket second = opens("GET");
  p.settle();
  EXPECT_EQ(counted().fast_opens_accepted, 1u);
  p.pass(1h);
  TcpSocket third = opens("GET");
  p.settle();
  EXPECT_EQ(counted().fast_opens_accepted, 1u);
  EXPECT_EQ(counted().fast_opens_rejected, 1u);
  TcpSocket fourth = opens("GET");
  p.settle();
  EXPECT_EQ(counted().fast_opens_accepted, 2u) << "the handshake brought a new one";
}

TEST_F(FastOpenPair, ACookieIsNoGoodFromAnotherAddress) {  // 7413-3
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket socket = opens("GET");
  EXPECT_EQ(p.a.says(), "SYN 3");
  Bytes frame = p.a.keeps();
  // The source's last byte is 9 in place of 1: eight more in a word of TCP's checksum, and of that of IPv4.
  const bool is_ipv6 = p.a.address.is_v6();
  frame[is_ipv6 ? 8 + 15 : 15] = std::byte{9};
  if (!is_ipv6) lower_by_eight(frame, 10);
  lower_by_eight(frame, (is_ipv6 ? 40 : 20) + 16);
  p.give(p.b, frame);
  EXPECT_EQ(counted().fast_opens_rejected, 1u);
  EXPECT_TRUE(p.b.has_none_to_accept(listener));
}

Config with_pending(std::uint32_t most) {
  Config config;
  config.limits.fast_open_pending = most;
  return config;
}

struct FastOpenLimits : FastOpenPair {
  FastOpenLimits() : FastOpenPair(with_pending(1)) {}
};

TEST_F(FastOpenLimits, BeyondTheLimitTheHandshakeComesFirst) {  // 7413-5
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket first = opens("one");
  TcpSocket second = opens("two");
  p.a.says();
  p.deliver(p.a);
  EXPECT_EQ(counted().fast_opens_accepted, 1u);
  EXPECT_EQ(counted().fast_opens_limited, 1u);
  p.settle();
  TcpSocket third = opens("three");
  p.a.says();
  p.deliver(p.a);
  EXPECT_EQ(counted().fast_opens_accepted, 2u) << "the first is established";
  p.settle();
}

TEST_F(FastOpenLimits, AResetDoesNotMakeRoomAtOnce) {  // 7413-5
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket first = opens("one");
  p.a.says();
  p.deliver(p.a);
  p.b.says();
  EXPECT_TRUE(first.abort(p.now()));
  p.deliver(p.b);  // the SYN-ACK meets nobody, and draws a reset
  p.settle();
  EXPECT_EQ(error_of(p.b.accepts(listener)), make_error_code(Error::kReset));
  TcpSocket second = opens("two");
  p.settle();
  EXPECT_EQ(counted().fast_opens_limited, 1u);
  p.pass(61s);
  TcpSocket third = opens("three");
  p.settle();
  EXPECT_EQ(counted().fast_opens_accepted, 2u);
}

TEST_F(FastOpenLimits, AnAbortByTheCallerMakesRoom) {
  TcpListener listener = serves();
  gets_cookie(listener);
  TcpSocket first = opens("one");
  p.a.says();
  p.deliver(p.a);
  EXPECT_TRUE(p.b.accepts(listener).abort(p.now()));
  p.settle();
  TcpSocket second = opens("two");
  p.settle();
  EXPECT_EQ(counted().fast_opens_accepted, 2u);
}

TEST_F(FastOpenPair, AListenerThatGoesTakesThemAlong) {
  {
    TcpListener listener = serves();
    gets_cookie(listener);
    TcpSocket socket = opens("GET");
    p.a.says();
    p.deliver(p.a);
    p.a.loses();
    (void)socket.release();
  }
  EXPECT_EQ(p.b.host->connection_count(), 0u);
}

TEST_F(FastOpenPair, AFullAcceptQueueMeansAHandshake) {
  TcpListener listener = p.b.listens(80, {.local = {}, .backlog = 1, .fast_open = true});
  gets_cookie(listener);
  TcpSocket first = opens("one");
  TcpSocket second = opens("two");
  p.a.says();
  p.deliver(p.a);
  EXPECT_EQ(counted().fast_opens_accepted, 1u);
  EXPECT_EQ(counted().fast_opens_limited, 1u);
}

}  // namespace
}  // namespace handfast::pair

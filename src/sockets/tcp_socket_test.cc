#include "handfast/tcp_socket.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

namespace handfast {
namespace {

struct CountingRandom final : Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next++ * 167);
  }
  std::uint8_t next = 1;
};

// Two hosts on a wire without delay; time moves only when both have nothing left to say.
class Sockets : public testing::Test {
 protected:
  Sockets() {
    for (std::uint8_t i = 0; i < 2; ++i) {
      hosts_[i] = *Host::create(Config(), random_);
      InterfaceConfig interface;
      interface.addresses = {{IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(i + 1)), 24}};
      EXPECT_TRUE(hosts_[i]->add_interface(interface));
    }
  }

  void settle() {
    for (int quiet = 0; quiet < 2;) quiet = carry(0) + carry(1) == 0 ? quiet + 1 : 0;
  }
  std::size_t carry(std::size_t from) {
    std::array<Frame, 16> frames;
    const std::size_t count = hosts_[from]->poll_transmit(frames, now_);
    Host& to = *hosts_[1 - from];
    for (Frame& frame : std::span(frames).first(count)) {
      Slice whole = *to.allocate(frame.size());
      std::size_t at = 0;
      for (const Slice& part : frame.used()) {
        std::memcpy(whole.mutable_bytes().data() + at, part.bytes().data(), part.size());
        at += part.size();
      }
      frame.clear();
      frame.add(std::move(whole));
    }
    to.receive(std::span(frames).first(count), now_);
    return count;
  }

  CountingRandom random_;
  std::array<std::unique_ptr<Host>, 2> hosts_;
  Instant now_{std::chrono::seconds(1)};
};

TEST_F(Sockets, CarryTextBothWaysAndEndWithTheirOwner) {
  TcpListener listener = *TcpListener::listen(*hosts_[1], {.local = {{}, 80}}, now_);
  {
    TcpSocket opener = *TcpSocket::connect(*hosts_[0], {.peer = {IpAddress::v4(192, 0, 2, 2), 80}}, now_);
    settle();
    TcpSocket accepted = *listener.accept(now_);
    const std::array<std::byte, 3> text{std::byte{1}, std::byte{2}, std::byte{3}};
    EXPECT_EQ(opener.send(text, now_).value(), 3u);
    settle();
    std::array<std::byte, 8> taken{};
    EXPECT_EQ(accepted.receive(taken, now_).value(), 3u);
    EXPECT_EQ(std::memcmp(taken.data(), text.data(), 3), 0);
    EXPECT_TRUE(accepted.close_send(now_));
    settle();
    EXPECT_EQ(opener.receive(taken, now_).value(), 0u);
    EXPECT_EQ(opener.info()->state, TcpState::kCloseWait);
  }
  settle();
  EXPECT_EQ(hosts_[0]->connection_count(), 0u);
  EXPECT_EQ(hosts_[1]->connection_count(), 0u);
}

TEST_F(Sockets, AreMovedNotCopied) {
  TcpSocket opener = *TcpSocket::connect(*hosts_[0], {.peer = {IpAddress::v4(192, 0, 2, 2), 80}}, now_);
  TcpSocket other = std::move(opener);
  EXPECT_TRUE(other.is_open());
  EXPECT_TRUE(other.info());
  TcpSocket none;
  EXPECT_EQ(none.info().error(), make_error_code(Error::kStaleHandle));
  EXPECT_EQ(none.close(now_).error(), make_error_code(Error::kStaleHandle));
  EXPECT_TRUE(other.abort(now_));
  EXPECT_EQ(other.info().error(), make_error_code(Error::kStaleHandle));
}

TEST_F(Sockets, AListenerThatEndsRefusesNewConnections) {
  {
    TcpListener listener = *TcpListener::listen(*hosts_[1], {.local = {{}, 80}}, now_);
  }
  TcpSocket opener = *TcpSocket::connect(*hosts_[0], {.peer = {IpAddress::v4(192, 0, 2, 2), 80}}, now_);
  settle();
  EXPECT_EQ(opener.info()->error, make_error_code(Error::kRefused));
}

TEST_F(Sockets, ASecondListenerOnThePortIsRefused) {
  TcpListener listener = *TcpListener::listen(*hosts_[1], {.local = {{}, 80}}, now_);
  const auto second = TcpListener::listen(*hosts_[1], {.local = {{}, 80}}, now_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), make_error_code(Error::kAddressInUse));
}

}  // namespace
}  // namespace handfast

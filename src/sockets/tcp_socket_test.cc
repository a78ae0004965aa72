#include "handfast/tcp_socket.h"

#include <gtest/gtest.h>

#include <memory>

namespace handfast {
namespace {

struct CountingRandom final : Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next++ * 167);
  }
  std::uint8_t next = 1;
};

// What two ends of a socket show together is in tests/pair.
class Sockets : public testing::Test {
 protected:
  Sockets() : host_(*Host::create(Config(), random_)) {
    InterfaceConfig interface;
    interface.addresses = {{IpAddress::v4(192, 0, 2, 1), 24}};
    EXPECT_TRUE(host_->add_interface(interface));
  }

  static constexpr Endpoint kPeer{IpAddress::v4(192, 0, 2, 2), 80};
  CountingRandom random_;
  std::unique_ptr<Host> host_;
  Instant now_{std::chrono::seconds(1)};
};

TEST_F(Sockets, AreMovedNotCopied) {
  TcpSocket opener = *TcpSocket::connect(*host_, {.peer = kPeer}, now_);
  TcpSocket other = std::move(opener);
  EXPECT_TRUE(other.is_open());
  EXPECT_TRUE(other.info());
  TcpSocket none;
  EXPECT_EQ(none.info().error(), make_error_code(Error::kStaleHandle));
  EXPECT_EQ(none.close(now_).error(), make_error_code(Error::kStaleHandle));
  EXPECT_TRUE(other.abort(now_));
  EXPECT_EQ(other.info().error(), make_error_code(Error::kStaleHandle));
}

TEST_F(Sockets, EndWithTheirOwner) {
  {
    TcpListener listener = *TcpListener::listen(*host_, {.local = {{}, 80}}, now_);
    TcpSocket opener = *TcpSocket::connect(*host_, {.peer = kPeer}, now_);
    EXPECT_EQ(host_->connection_count(), 1u);
  }
  EXPECT_EQ(host_->connection_count(), 0u);
  EXPECT_TRUE(TcpListener::listen(*host_, {.local = {{}, 80}}, now_)) << "the port is free again";
}

TEST_F(Sockets, ASecondListenerOnThePortIsRefused) {
  TcpListener listener = *TcpListener::listen(*host_, {.local = {{}, 80}}, now_);
  const auto second = TcpListener::listen(*host_, {.local = {{}, 80}}, now_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), make_error_code(Error::kAddressInUse));
}

}  // namespace
}  // namespace handfast

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "packetdrill_so/interface.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

// The shared object as packetdrill has it: loaded, and used by its table alone.

namespace handfast::packetdrill_so {
namespace {

using namespace std::chrono_literals;
using Init = void (*)(const char*, packetdrill_interface*);

const IpAddress kHost = IpAddress::v4(192, 168, 0, 1);
const IpAddress kPeer = IpAddress::v4(192, 0, 2, 1);

struct Heard {
  wire::TcpHeader tcp;
  std::string text;
  long long at = 0;
};

class SharedObject : public testing::Test {
 protected:
  explicit SharedObject(const char* flags = "sysctls=no,patience=100") {
    object_ = dlopen(HANDFAST_PACKETDRILL_SO, RTLD_NOW | RTLD_NODELETE | RTLD_LOCAL);
    EXPECT_NE(object_, nullptr) << dlerror();
    init_ = find<Init>("packetdrill_interface_init");
    init_(flags, &table);
  }
  ~SharedObject() override {
    table.free(table.userdata);
    dlclose(object_);
  }

  template <typename Function>
  Function find(const char* name) {
    void* const found = dlsym(object_, name);
    EXPECT_NE(found, nullptr) << name;
    Function function;
    std::memcpy(&function, &found, sizeof(function));
    return function;
  }

  long long now() {
    timeval time{};
    EXPECT_EQ(table.gettimeofday(table.userdata, &time, nullptr), 0);
    return static_cast<long long>(time.tv_sec) * 1'000'000 + time.tv_usec;
  }

  static sockaddr_in at(const IpAddress& address, std::uint16_t port) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(address.v4_number());
    return v4;
  }

  int listens() {
    const int listener = table.socket(table.userdata, AF_INET, SOCK_STREAM, IPPROTO_TCP);
    const sockaddr_in local = at(kHost, 8080);
    EXPECT_EQ(table.bind(table.userdata, listener, reinterpret_cast<const sockaddr*>(&local), sizeof(local)), 0);
    EXPECT_EQ(table.listen(table.userdata, listener, 1), 0);
    return listener;
  }

  void says(std::uint32_t seq, std::uint32_t ack, wire::TcpFlags flags, std::string_view text = {},
            const wire::TcpOptions& options = {}) {
    wire::TcpHeader tcp;
    tcp.options = options;
    tcp.source_port = 45000;
    tcp.destination_port = 8080;
    tcp.seq = seq;
    tcp.ack = ack;
    tcp.flags = flags;
    tcp.window = 60000;
    const std::size_t length = wire::tcp_header_length(tcp) + text.size();
    std::vector<std::byte> packet(wire::kIpv4HeaderLength + length);
    wire::emit_ipv4({.source = kPeer,
                     .destination = kHost,
                     .protocol = wire::kProtocolTcp,
                     .payload_length = static_cast<std::uint16_t>(length)},
                    packet);
    const std::span<std::byte> segment = std::span(packet).subspan(wire::kIpv4HeaderLength);
    wire::emit_tcp(tcp, segment);
    std::ranges::copy(std::as_bytes(std::span(text)), segment.subspan(wire::tcp_header_length(tcp)).begin());
    const auto pseudo = wire::pseudo_header_sum(kPeer, kHost, wire::kProtocolTcp, static_cast<std::uint32_t>(length));
    wire::finish_checksum(pseudo, segment, std::span<const Slice>());
    EXPECT_EQ(table.netdev_send(table.userdata, packet.data(), packet.size()), 0);
  }

  std::optional<Heard> hears() {
    std::vector<std::byte> room(65536);
    size_t size = room.size();
    Heard heard;
    EXPECT_EQ(table.netdev_receive(table.userdata, room.data(), &size, &heard.at), 0);
    const auto ip = wire::parse_ipv4(std::span(room).first(size));
    if (!ip) return std::nullopt;
    EXPECT_TRUE(wire::tcp_checksum_is_valid(ip->header.source, ip->header.destination, ip->payload));
    const auto tcp = wire::parse_tcp(ip->payload);
    if (!tcp) return std::nullopt;
    heard.tcp = tcp->header;
    const auto text = ip->payload.subspan(tcp->text_offset);
    heard.text.assign(reinterpret_cast<const char*>(text.data()), text.size());
    return heard;
  }

  /// The three segments; false where the second did not come.
  bool shakes_hands() {
    says(99, 0, wire::kSyn);
    const auto answer = hears();
    if (!answer || !answer->tcp.flags.has(wire::kSyn | wire::kAck)) return false;
    first_ = answer->tcp.seq + 1;
    says(100, first_, wire::kAck);
    return true;
  }

  int connected() {
    const int listener = listens();
    EXPECT_TRUE(shakes_hands());
    return table.accept(table.userdata, listener, nullptr, nullptr);
  }

  packetdrill_interface table{};
  std::uint32_t first_ = 0;  // of the host's text

 private:
  void* object_ = nullptr;
  Init init_ = nullptr;
};

TEST_F(SharedObject, HasEveryCall) {
  void* members[sizeof(table) / sizeof(void*)];
  std::memcpy(members, &table, sizeof(table));
  for (void* member : members) EXPECT_NE(member, nullptr);
}

TEST_F(SharedObject, ShakesHandsAndCarriesText) {
  const int listener = listens();
  EXPECT_EQ(listener, 1000);
  ASSERT_TRUE(shakes_hands());
  sockaddr_in peer{};
  socklen_t length = sizeof(peer);
  const int accepted = table.accept(table.userdata, listener, reinterpret_cast<sockaddr*>(&peer), &length);
  EXPECT_EQ(accepted, 1001);
  EXPECT_EQ(length, sizeof(peer));
  EXPECT_EQ(ntohs(peer.sin_port), 45000);
  EXPECT_EQ(ntohl(peer.sin_addr.s_addr), kPeer.v4_number());
  EXPECT_EQ(table.write(table.userdata, accepted, "answer", 6), 6);
  EXPECT_EQ(hears()->text, "answer");
  says(100, first_ + 6, wire::kAck, "question");
  int queued = 0;
  EXPECT_EQ(table.ioctl(table.userdata, accepted, FIONREAD, &queued), 0);
  EXPECT_EQ(queued, 8);
  char text[20];
  EXPECT_EQ(table.read(table.userdata, accepted, text, sizeof(text)), 8);
  EXPECT_EQ(std::string_view(text, 8), "question");
  EXPECT_EQ(table.fcntl(table.userdata, accepted, F_SETFL, O_RDWR | O_NONBLOCK), 0);
  EXPECT_EQ(table.read(table.userdata, accepted, text, sizeof(text)), -1);
  EXPECT_EQ(errno, EAGAIN);
}

// As on a TUN device of Linux: whoever looks at it sees super-segments.
TEST_F(SharedObject, TextLeavesInOnePieceAsFarAsItMay) {
  const int socket = connected();
  const std::vector<char> text(1000, 'x');  // two segments of 536
  EXPECT_EQ(table.write(table.userdata, socket, text.data(), text.size()), 1000);
  EXPECT_EQ(hears()->text.size(), 1000u);
}

TEST_F(SharedObject, MessagesHaveTheirParts) {
  const int socket = connected();
  const int on = 1;
  EXPECT_EQ(table.setsockopt(table.userdata, socket, IPPROTO_TCP, TCP_INQ, &on, sizeof(on)), 0);
  says(100, first_, wire::kAck, "twelve bytes");
  char one[3];
  char other[4];
  iovec parts[2] = {{one, sizeof(one)}, {other, sizeof(other)}};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  EXPECT_EQ(table.recvmsg(table.userdata, socket, &message, 0), 7);
  EXPECT_EQ(std::string_view(one, 3), "twe");
  EXPECT_EQ(std::string_view(other, 4), "lve ");
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  ASSERT_NE(header, nullptr);
  EXPECT_EQ(header->cmsg_type, TCP_CM_INQ);
  int left = 0;
  std::memcpy(&left, CMSG_DATA(header), sizeof(left));
  EXPECT_EQ(left, 5);
  msghdr out{};
  out.msg_iov = parts;
  out.msg_iovlen = 2;
  EXPECT_EQ(table.sendmsg(table.userdata, socket, &out, 0), 7);
}

TEST_F(SharedObject, EachReadingOfTheClockTakesAMicrosecond) {
  const long long begun = now();
  EXPECT_EQ(now(), begun + 1);
  EXPECT_EQ(table.usleep(table.userdata, 250'000), 0);
  EXPECT_EQ(now(), begun + 250'002);
}

// Nothing sleeps in real time: the next packet is as far away as its deadline.
TEST_F(SharedObject, ThePacketThatIsWaitedForMakesTimePass) {
  listens();
  const long long begun = now();
  says(99, 0, wire::kSyn);
  EXPECT_EQ(hears()->at, begun);
  EXPECT_EQ(hears()->at, begun + 1'000'000) << "the SYN-ACK again";
  EXPECT_GE(now(), begun + 1'000'000);
}

TEST_F(SharedObject, APacketThatNeverComesIsGivenUp) {
  connected();
  std::byte room[100];
  size_t size = sizeof(room);
  long long when = 0;
  EXPECT_EQ(table.netdev_receive(table.userdata, room, &size, &when), 0);
  EXPECT_EQ(size, 0u);
}

TEST_F(SharedObject, WhatACallOfTheSecondThreadWritesGoesWithTheAcknowledgment) {
  const int socket = connected();
  const int room = 4608;
  EXPECT_EQ(table.setsockopt(table.userdata, socket, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
  const std::vector<char> text(60'000, 'x');
  std::thread second([&] {
    EXPECT_LT(table.write(table.userdata, socket, text.data(), text.size()), 60'000);
    (void)now();
  });
  std::this_thread::sleep_for(20ms);
  std::uint32_t sent = 0;
  while (sent < 5360) sent += static_cast<std::uint32_t>(hears()->text.size());  // ten segments
  says(100, first_ + sent, wire::kAck | wire::kPsh, "news that wants an acknowledgment at once");
  EXPECT_FALSE(hears()->text.empty());
  says(141, first_ + sent, wire::kRst);
  second.join();
}

TEST_F(SharedObject, ACallOfTheSecondThreadEndsAtItsMomentOfVirtualTime) {
  const int listener = listens();
  std::atomic<int> accepted = 0;
  std::atomic<long long> ended = 0;
  std::thread second([&] {
    accepted = table.accept(table.userdata, listener, nullptr, nullptr);
    std::this_thread::sleep_for(20ms);  // real time that the clock has to stand still for
    ended = now();
  });
  // As packetdrill does: until the thread sleeps in the call. Earlier or later, the outcome is the same.
  std::this_thread::sleep_for(20ms);
  table.usleep(table.userdata, 100'000);
  ASSERT_TRUE(shakes_hands());
  const long long done = now();
  table.usleep(table.userdata, 1'000'000);
  second.join();
  EXPECT_EQ(accepted, 1001);
  EXPECT_LE(ended, done) << "the clock waited for the thread before it went on";
  EXPECT_GE(now(), done + 1'000'000);
}

TEST_F(SharedObject, ATimeoutOfTheSecondThreadComesInVirtualTime) {
  const int socket = connected();
  const long long begun = now();
  std::atomic<long long> ended = 0;
  std::thread second([&] {
    pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
    EXPECT_EQ(table.poll(table.userdata, &entry, 1, 300), 0);
    ended = now();
  });
  std::this_thread::sleep_for(20ms);
  table.usleep(table.userdata, 1'000'000);
  second.join();
  EXPECT_EQ(ended, begun + 300'000);
}

TEST_F(SharedObject, ACallThatBlocksTheFirstThreadMovesTheClockItself) {
  const int socket = connected();
  const long long begun = now();
  pollfd entry{.fd = socket, .events = POLLIN, .revents = 0};
  EXPECT_EQ(table.poll(table.userdata, &entry, 1, 300), 0);
  EXPECT_EQ(now(), begun + 300'001);
  char text[20];
  EXPECT_EQ(table.read(table.userdata, socket, text, sizeof(text)), -1);
  EXPECT_EQ(errno, EDEADLK) << "nothing can ever come";
}

TEST_F(SharedObject, ReadinessIsToldByEpollToo) {
  const int socket = connected();
  const int epoll = table.epoll_create(table.userdata, 1);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 = 77;
  EXPECT_EQ(table.epoll_ctl(table.userdata, epoll, EPOLL_CTL_ADD, socket, &event), 0);
  epoll_event found[4];
  EXPECT_EQ(table.epoll_wait(table.userdata, epoll, found, 4, 0), 1);
  EXPECT_EQ(found[0].events, std::uint32_t{EPOLLOUT});
  const std::uint64_t data = found[0].data.u64;  // a copy: the structure is packed
  EXPECT_EQ(data, 77u);
  EXPECT_EQ(table.epoll_wait(table.userdata, epoll, found, 0, 0), -1);
  EXPECT_EQ(errno, EINVAL);
}

// What packetdrill calls behind its table, where this object was loaded before the C library.
TEST_F(SharedObject, CloseAndGetsockoptKnowBothKindsOfDescriptors) {
  const auto our_close = find<int (*)(int)>("close");
  const auto our_getsockopt = find<int (*)(int, int, int, void*, socklen_t*)>("getsockopt");
  const int socket = connected();
  tcp_info info{};
  socklen_t length = sizeof(info);
  EXPECT_EQ(our_getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  EXPECT_EQ(length, sizeof(info));
  EXPECT_EQ(info.tcpi_state, 1);
  EXPECT_EQ(our_close(socket), 0);
  EXPECT_EQ(our_close(socket), -1);
  EXPECT_EQ(errno, EBADF);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  length = sizeof(info);
  EXPECT_EQ(our_getsockopt(ends[0], SOL_SOCKET, SO_TYPE, &info, &length), -1);
  EXPECT_EQ(errno, ENOTSOCK);
  EXPECT_EQ(our_close(ends[0]), 0);
  EXPECT_EQ(::fcntl(ends[0], F_GETFD), -1) << "it was the system's";
  EXPECT_EQ(our_close(ends[1]), 0);
}

TEST_F(SharedObject, ErrorsAreThoseOfErrno) {
  EXPECT_EQ(table.socket(table.userdata, AF_UNIX, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, EAFNOSUPPORT);
  EXPECT_EQ(table.pipe(table.userdata, nullptr), -1);
  EXPECT_EQ(errno, ENOSYS);
  const sockaddr_in local = at(kHost, 8080);
  EXPECT_EQ(table.bind(table.userdata, 1000, reinterpret_cast<const sockaddr*>(&local), 4), -1);
  EXPECT_EQ(errno, EINVAL);
}

TEST_F(SharedObject, FlagsThatItDoesNotKnowEndTheProgram) {
  const auto init = find<Init>("packetdrill_interface_init");
  packetdrill_interface other{};
  EXPECT_EXIT(init("mtu=many", &other), testing::ExitedWithCode(1), "mtu=many");
  EXPECT_EXIT(init("colour", &other), testing::ExitedWithCode(1), "colour");
}

struct SharedObjectThatIsTold : SharedObject {
  SharedObjectThatIsTold() : SharedObject("net.ipv4.tcp_sack=0,patience=100") {}
};

TEST_F(SharedObjectThatIsTold, BelievesItsFlagsMoreThanTheSystem) {
  listens();
  wire::TcpOptions offer;
  offer.sack_permitted = true;
  says(99, 0, wire::kSyn, {}, offer);
  EXPECT_FALSE(hears()->tcp.options.sack_permitted);
}

struct SharedObjectThatIsToldNonsense : SharedObject {
  SharedObjectThatIsToldNonsense() : SharedObject("sysctls=no,net.ipv4.tcp_colour=1") {}
};

TEST_F(SharedObjectThatIsToldNonsense, SaysWhatItDoesNotKnow) {
  EXPECT_EXIT(table.socket(table.userdata, AF_INET, SOCK_STREAM, IPPROTO_TCP), testing::ExitedWithCode(1),
              "tcp_colour");
}

struct SharedObjectOfIpv6 : SharedObject {
  SharedObjectOfIpv6() : SharedObject("sysctls=no,local=fd3d::1/48,gateway=fd3d::2") {}
};

TEST_F(SharedObjectOfIpv6, HasAGatewayOfItsVersion) {
  EXPECT_EQ(table.socket(table.userdata, AF_INET6, SOCK_STREAM, IPPROTO_TCP), 1000);
}

}  // namespace
}  // namespace handfast::packetdrill_so

#include <gtest/gtest.h>

#include "posix/settings_of.h"
#include "posix/test_programs.h"

// setsockopt and getsockopt, fcntl and ioctl: what is kept, what reaches the Host, and what is refused.

namespace handfast::posix {
namespace {

class Options : public testing::Test {
 protected:
  int fresh(int family = kAfInet) { return static_cast<int>(two.here().socket(family, kSockStream, 0).value); }
  Outcome set(int socket, int level, int name, std::int32_t value) {
    return two.set(two.here(), socket, level, name, value);
  }
  std::int64_t get(int socket, int level, int name) { return two.get(two.here(), socket, level, name); }
  void open() {
    listener = two.listens();
    mine = two.connects();
    theirs = two.accepts(listener);
  }
  TcpInfo info() { return *two.host_here().info(*two.here().connection_of(mine)); }

  TwoPrograms two;
  int listener = 0;
  int mine = 0;
  int theirs = 0;
};

struct Kept {
  int level;
  int name;
  std::int32_t value;
};

TEST_F(Options, AreReadAsTheyWereSet) {
  constexpr Kept kAll[] = {
      {kSolSocket, kSoReuseaddr, 1},     {kSolSocket, kSoReuseport, 1},
      {kSolSocket, kSoOobinline, 1},     {kSolSocket, kSoKeepalive, 1},
      {kSolSocket, kSoPriority, 4},      {kSolSocket, kSoMark, 99},
      {kSolSocket, kSoRcvlowat, 5},      {kSolSocket, kSoZerocopy, 1},
      {kIpprotoTcp, kTcpNodelay, 1},     {kIpprotoTcp, kTcpCork, 1},
      {kIpprotoTcp, kTcpMaxseg, 1100},   {kIpprotoTcp, kTcpKeepidle, 5},
      {kIpprotoTcp, kTcpKeepintvl, 6},   {kIpprotoTcp, kTcpKeepcnt, 7},
      {kIpprotoTcp, kTcpSyncnt, 3},      {kIpprotoTcp, kTcpLinger2, 30},
      {kIpprotoTcp, kTcpDeferAccept, 2}, {kIpprotoTcp, kTcpWindowClamp, 5000},
      {kIpprotoTcp, kTcpQuickack, 0},    {kIpprotoTcp, kTcpUserTimeout, 900},
      {kIpprotoTcp, kTcpFastopen, 5},    {kIpprotoTcp, kTcpNotsentLowat, 9},
      {kIpprotoTcp, kTcpInq, 1},         {kIpprotoTcp, kTcpFastopenConnect, 1},
      {kIpprotoIp, kIpTos, 0x20},        {kIpprotoIp, kIpTtl, 9},
      {kIpprotoIp, kIpMtuDiscover, 2},   {kIpprotoIp, kIpRecverr, 1},
      {kIpprotoIp, kIpFreebind, 1},
  };
  const int socket = fresh();
  for (const Kept& option : kAll) {
    EXPECT_EQ(set(socket, option.level, option.name, option.value), Outcome::of(0))
        << option.level << " " << option.name;
    EXPECT_EQ(get(socket, option.level, option.name), option.value) << option.level << " " << option.name;
  }
}

TEST_F(Options, OfIpv6AreForItsSockets) {
  const int v6 = fresh(kAfInet6);
  for (const Kept& option : {Kept{kIpprotoIpv6, kIpv6Tclass, 0x20}, Kept{kIpprotoIpv6, kIpv6UnicastHops, 9},
                             Kept{kIpprotoIpv6, kIpv6MtuDiscover, 2}, Kept{kIpprotoIpv6, kIpv6Recverr, 1},
                             Kept{kIpprotoIpv6, kIpv6V6only, 1}}) {
    EXPECT_EQ(set(v6, option.level, option.name, option.value), Outcome::of(0)) << option.name;
    EXPECT_EQ(get(v6, option.level, option.name), option.value) << option.name;
  }
  EXPECT_EQ(set(fresh(), kIpprotoIpv6, kIpv6Tclass, 0x20), Outcome::failed(kEnoprotoopt));
}

TEST_F(Options, OutsideTheirRangeAreRefused) {
  constexpr Kept kAll[] = {
      {kSolSocket, kSoZerocopy, 2},
      {kIpprotoTcp, kTcpMaxseg, 87},
      {kIpprotoTcp, kTcpMaxseg, 32768},
      {kIpprotoTcp, kTcpKeepidle, 0},
      {kIpprotoTcp, kTcpKeepintvl, 32768},
      {kIpprotoTcp, kTcpKeepcnt, 128},
      {kIpprotoTcp, kTcpSyncnt, 0},
      {kIpprotoTcp, kTcpUserTimeout, -1},
      {kIpprotoTcp, kTcpFastopen, -1},
      {kIpprotoTcp, kTcpFastopenConnect, 2},
      {kIpprotoTcp, kTcpInq, 2},
      {kIpprotoIp, kIpTtl, 256},
      {kIpprotoIp, kIpTtl, 0},
      {kIpprotoIp, kIpMtuDiscover, 6},
  };
  const int socket = fresh();
  for (const Kept& option : kAll) {
    EXPECT_EQ(set(socket, option.level, option.name, option.value), Outcome::failed(kEinval)) << option.name;
  }
}

TEST_F(Options, ThatNobodyKnowsAreRefused) {
  const int socket = fresh();
  for (const int level : {kSolSocket, kIpprotoTcp, kIpprotoIp, 77}) {
    EXPECT_EQ(set(socket, level, 9999, 1), Outcome::failed(kEnoprotoopt));
    EXPECT_EQ(get(socket, level, 9999), -kEnoprotoopt);
  }
  EXPECT_EQ(set(99, kSolSocket, kSoReuseaddr, 1), Outcome::failed(kEbadf));
  EXPECT_EQ(set(socket, kIpprotoTcp, kTcpTimestamp, 1), Outcome::failed(kEperm));
}

TEST_F(Options, NeedAllTheirBytes) {
  const int socket = fresh();
  const std::array<std::byte, 16> bytes{};
  const auto with = [&](int level, int name, std::size_t size) {
    return two.here().setsockopt(socket, level, name, {bytes.data(), size}, two.now());
  };
  EXPECT_EQ(with(kIpprotoTcp, kTcpNodelay, 3), Outcome::failed(kEinval));
  EXPECT_EQ(with(kSolSocket, kSoLinger, 4), Outcome::failed(kEinval));
  EXPECT_EQ(with(kSolSocket, kSoRcvtimeo, 8), Outcome::failed(kEinval));
  EXPECT_EQ(with(kIpprotoIp, kIpTos, 1), Outcome::of(0)) << "one byte will do here";
  EXPECT_EQ(with(kIpprotoTcp, kTcpFastopenKey, 3), Outcome::failed(kEinval));
  EXPECT_EQ(with(kIpprotoTcp, kTcpFastopenKey, 16), Outcome::of(0));
}

TEST_F(Options, FastOpenKeysAreOneOrTwo) {
  const int socket = fresh();
  std::array<std::byte, 40> keys{};
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<std::byte>(i);
  const auto set_key = [&](std::size_t size) {
    return two.here().setsockopt(socket, kIpprotoTcp, kTcpFastopenKey, {keys.data(), size}, two.now());
  };
  std::array<std::byte, 40> room{};
  const auto read_back = [&] {
    Buffer value{room.data(), room.size()};
    EXPECT_EQ(two.here().getsockopt(socket, kIpprotoTcp, kTcpFastopenKey, value, two.now()), Outcome::of(0));
    return value.size;
  };
  EXPECT_EQ(read_back(), 0u);
  for (const std::size_t size : {0u, 15u, 17u, 31u, 33u}) EXPECT_EQ(set_key(size), Outcome::failed(kEinval)) << size;
  for (const std::size_t size : {32u, 16u}) {
    EXPECT_EQ(set_key(size), Outcome::of(0));
    EXPECT_EQ(read_back(), size);
    EXPECT_TRUE(std::equal(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size), keys.begin()));
  }
}

TEST_F(Options, AnswerIntoWhatRoomThereIs) {
  const int socket = fresh();
  std::array<std::byte, 8> room{};
  Buffer value{room.data(), 2};
  EXPECT_EQ(two.here().getsockopt(socket, kSolSocket, kSoType, value, two.now()), Outcome::of(0));
  EXPECT_EQ(value.size, 2u);
  value = {room.data(), 8};
  EXPECT_EQ(two.here().getsockopt(socket, kSolSocket, kSoType, value, two.now()), Outcome::of(0));
  EXPECT_EQ(value.size, 4u);
  value = {nullptr, 4};
  EXPECT_EQ(two.here().getsockopt(socket, kSolSocket, kSoType, value, two.now()), Outcome::failed(kEfault));
}

TEST_F(Options, OfWhatASocketIsAreReadOnly) {
  const int socket = fresh(kAfInet6);
  EXPECT_EQ(get(socket, kSolSocket, kSoType), kSockStream);
  EXPECT_EQ(get(socket, kSolSocket, kSoDomain), kAfInet6);
  EXPECT_EQ(get(socket, kSolSocket, kSoProtocol), kIpprotoTcp);
  EXPECT_EQ(get(socket, kSolSocket, kSoAcceptconn), 0);
  EXPECT_EQ(set(socket, kSolSocket, kSoType, 1), Outcome::failed(kEnoprotoopt));
}

TEST_F(Options, BuffersAreDoubledWithinTheirLimits) {
  const int socket = fresh();
  EXPECT_EQ(set(socket, kSolSocket, kSoSndbuf, 21000), Outcome::of(0));
  EXPECT_EQ(get(socket, kSolSocket, kSoSndbuf), 42000);
  EXPECT_EQ(set(socket, kSolSocket, kSoSndbuf, 1), Outcome::of(0));
  EXPECT_EQ(get(socket, kSolSocket, kSoSndbuf), 4608);
  EXPECT_EQ(set(socket, kSolSocket, kSoRcvbuf, 1 << 30), Outcome::of(0));
  EXPECT_EQ(get(socket, kSolSocket, kSoRcvbuf), 8 << 20);
}

TEST_F(Options, TheMemoryOfASocketIsTold) {
  open();
  two.writes(two.there(), theirs, "unread");
  std::array<std::uint32_t, 9> memory{};
  Buffer value{reinterpret_cast<std::byte*>(memory.data()), sizeof(memory)};
  EXPECT_EQ(two.here().getsockopt(mine, kSolSocket, kSoMeminfo, value, two.now()), Outcome::of(0));
  EXPECT_EQ(value.size, sizeof(memory));
  EXPECT_EQ(memory[0], 6u);
  EXPECT_EQ(memory[1], 131072u);
  EXPECT_EQ(memory[3], 262144u);
  EXPECT_EQ(memory[5], 0u);
}

TEST_F(Options, ARefusedTimeIsOutOfItsDomain) {
  const std::array<std::int64_t, 2> time{0, 1'000'000};
  const ConstBuffer value{reinterpret_cast<const std::byte*>(time.data()), sizeof(time)};
  EXPECT_EQ(two.here().setsockopt(fresh(), kSolSocket, kSoSndtimeo, value, two.now()), Outcome::failed(kEdom));
}

TEST_F(Options, ReachTheConnection) {
  open();
  EXPECT_EQ(set(mine, kSolSocket, kSoKeepalive, 1), Outcome::of(0));
  EXPECT_TRUE(info().keep_alive);
  EXPECT_EQ(set(mine, kIpprotoIp, kIpTos, 0xB8), Outcome::of(0));
  EXPECT_EQ(info().diff_serv, 0xB8 >> 2);
  EXPECT_EQ(set(mine, kIpprotoIp, kIpTtl, 33), Outcome::of(0));
  EXPECT_EQ(info().ttl, 33);
  EXPECT_EQ(set(mine, kIpprotoTcp, kTcpUserTimeout, 5000), Outcome::of(0));
  EXPECT_EQ(info().user_timeout, std::chrono::seconds(5));
  EXPECT_EQ(get(mine, kIpprotoIp, kIpMtu), 1500);
  EXPECT_EQ(get(fresh(), kIpprotoIp, kIpMtu), -kEnotconn);
}

TEST_F(Options, OfTheListenerAreThoseOfItsConnections) {
  listener = two.listens();
  EXPECT_EQ(two.set(two.there(), listener, kIpprotoTcp, kTcpMaxseg, 1100), Outcome::of(0));
  EXPECT_EQ(two.get(two.there(), listener, kIpprotoTcp, kTcpMaxseg), 1100);
  EXPECT_EQ(two.set(two.there(), listener, kSolSocket, kSoKeepalive, 1), Outcome::of(0));
  mine = two.connects();
  theirs = two.accepts(listener);
  EXPECT_EQ(two.get(two.there(), theirs, kSolSocket, kSoKeepalive), 1);
  LinuxTcpInfo told;
  EXPECT_EQ(two.there().tcp_info(theirs, told, two.now()), Outcome::of(0));
  EXPECT_EQ(told.tcpi_advmss, 1100u);
  EXPECT_LE(two.get(two.here(), mine, kIpprotoTcp, kTcpMaxseg), 1100);
}

TEST_F(Options, OfAnOpenerGoWithItsSyn) {
  listener = two.listens();
  mine = fresh();
  EXPECT_EQ(get(mine, kIpprotoTcp, kTcpMaxseg), 536) << "nothing is known yet";
  EXPECT_EQ(set(mine, kIpprotoTcp, kTcpMaxseg, 1100), Outcome::of(0));
  const auto connect = [&](Turn turn) { return two.here().connect(mine, two.address(two.kThere, 80), turn); };
  EXPECT_EQ(two.blocking(connect), Outcome::of(0));
  EXPECT_EQ(info().advertised_mss, 1100);
}

TEST_F(Options, AKeepAliveThatNobodyAnswersEndsTheConnection) {
  open();
  set(mine, kIpprotoTcp, kTcpKeepidle, 5);
  set(mine, kIpprotoTcp, kTcpKeepintvl, 1);
  set(mine, kIpprotoTcp, kTcpKeepcnt, 2);
  set(mine, kSolSocket, kSoKeepalive, 1);
  two.lose(true, true);
  two.pass(std::chrono::seconds(6));
  EXPECT_EQ(get(mine, kSolSocket, kSoError), 0);
  two.pass(std::chrono::seconds(4));
  EXPECT_EQ(get(mine, kSolSocket, kSoError), kEtimedout);
}

TEST_F(Options, NameTheCongestionControl) {
  const int socket = fresh();
  const auto name_it = [&](int of, std::string_view name) {
    return two.here().setsockopt(of, kIpprotoTcp, kTcpCongestion, text_of(name), two.now());
  };
  EXPECT_EQ(name_it(socket, "reno"), Outcome::of(0));
  std::array<char, 16> name{};
  Buffer value{reinterpret_cast<std::byte*>(name.data()), name.size()};
  EXPECT_EQ(two.here().getsockopt(socket, kIpprotoTcp, kTcpCongestion, value, two.now()), Outcome::of(0));
  EXPECT_STREQ(name.data(), "reno");
  EXPECT_EQ(name_it(socket, "vegas"), Outcome::failed(kEnoent));
  EXPECT_EQ(name_it(socket, ""), Outcome::failed(kEinval));
  open();
  EXPECT_EQ(info().congestion, "cubic");
  EXPECT_EQ(name_it(mine, "cubic"), Outcome::of(0));
  EXPECT_EQ(name_it(mine, "reno"), Outcome::failed(kEnoprotoopt)) << "a connection keeps what it began with";
}

TEST_F(Options, OfFastOpenAreForTheTimeBefore) {
  open();
  EXPECT_EQ(set(mine, kIpprotoTcp, kTcpFastopen, 1), Outcome::failed(kEinval));
  EXPECT_EQ(set(mine, kIpprotoTcp, kTcpFastopenConnect, 1), Outcome::failed(kEinval));
}

TEST_F(Options, OfFlagsAreKeptByFcntl) {
  const int socket = fresh();
  EXPECT_EQ(two.here().fcntl(socket, kFGetfl, 0), Outcome::of(kORdwr));
  EXPECT_EQ(two.here().fcntl(socket, kFSetfl, kORdwr | kONonblock), Outcome::of(0));
  EXPECT_EQ(two.here().fcntl(socket, kFGetfl, 0), Outcome::of(kORdwr | kONonblock));
  int off = 0;
  EXPECT_EQ(two.here().io_control(socket, kFionbio, off), Outcome::of(0));
  EXPECT_EQ(two.here().fcntl(socket, kFGetfl, 0), Outcome::of(kORdwr));
  EXPECT_EQ(two.here().fcntl(socket, kFSetfd, kFdCloexec), Outcome::of(0));
  EXPECT_EQ(two.here().fcntl(socket, kFGetfd, 0), Outcome::of(kFdCloexec));
  EXPECT_EQ(two.here().fcntl(socket, 99, 0), Outcome::failed(kEinval));
  EXPECT_EQ(two.here().fcntl(99, kFGetfl, 0), Outcome::failed(kEbadf));
  EXPECT_EQ(two.here().io_control(socket, 99, off), Outcome::failed(kEnotty));
  listener = two.listens();
  EXPECT_EQ(two.there().io_control(listener, kSiocinq, off), Outcome::failed(kEinval));
}

TEST(SettingsOf, ASynIsRepeatedAfterTwiceTheTime) {
  TcpConfig tcp;
  EXPECT_EQ(syn_time(tcp, 1), std::chrono::seconds(3));
  EXPECT_EQ(syn_time(tcp, 5), std::chrono::seconds(63));
  EXPECT_EQ(syn_time(tcp, 7), std::chrono::seconds(63 + 60 + 60)) << "no longer than max_rto";
}

TEST(SettingsOf, OptionsComeBeforeSysctls) {
  LinuxSettings settings;
  settings.tcp_keepalive_time = 100;
  Socket socket;
  EXPECT_EQ(tcp_config_of(settings, socket).keep_alive_idle, std::chrono::seconds(100));
  socket.options.keep_idle = 7;
  EXPECT_EQ(tcp_config_of(settings, socket).keep_alive_idle, std::chrono::seconds(7));
  socket.options.receive_buffer = 20000;
  socket.options.window_clamp = 5000;
  EXPECT_EQ(tcp_config_of(settings, socket).receive_buffer, 5000u);
  socket.options.linger2 = -1;
  EXPECT_EQ(tcp_config_of(settings, socket).fin_wait_2, std::chrono::milliseconds(1));
  Config config;
  config.tcp = tcp_config_of(settings, socket);
  EXPECT_FALSE(config.validate());
}

TEST(LinuxTcpInfo, CountsInSegmentsAndMicroseconds) {
  TcpInfo info;
  info.state = TcpState::kEstablished;
  info.mss = 1000;
  info.cwnd = 10'900;
  info.ssthresh = 1u << 30;
  info.send_queued = 7500;
  info.not_sent = 2000;
  info.sacked = 1001;
  info.lost = 3000;
  info.srtt = std::chrono::milliseconds(20);
  info.busy = std::chrono::hours(2);
  info.bytes_acked = 2500;
  info.timestamps = true;
  info.fast_open = true;
  const LinuxTcpInfo told = linux_tcp_info(info);
  EXPECT_EQ(told.tcpi_state, kTcpEstablished);
  EXPECT_EQ(told.tcpi_snd_cwnd, 10u);
  EXPECT_EQ(told.tcpi_snd_ssthresh, 0x7FFFFFFFu);
  EXPECT_EQ(told.tcpi_unacked, 6u);
  EXPECT_EQ(told.tcpi_sacked, 2u);
  EXPECT_EQ(told.tcpi_lost, 3u);
  EXPECT_EQ(told.tcpi_rtt, 20'000u);
  EXPECT_EQ(told.tcpi_busy_time, 7'200'000'000u);
  EXPECT_EQ(told.tcpi_delivered, 1u + 3u + 2u);
  EXPECT_EQ(told.tcpi_options, kTcpiOptTimestamps | kTcpiOptSynData);
  EXPECT_EQ(told.tcpi_ca_state, kTcpCaDisorder);
  info.ecn_marks_told = 5;
  info.ecn_reducing = true;
  EXPECT_EQ(linux_tcp_info(info).tcpi_delivered_ce, 5u);
  EXPECT_EQ(linux_tcp_info(info).tcpi_ca_state, kTcpCaCwr) << "whatever was selected";
  info.ssthresh = 7000;
  info.repair = RepairPhase::kFast;
  EXPECT_EQ(linux_tcp_info(info).tcpi_snd_ssthresh, 7u);
  EXPECT_EQ(linux_tcp_info(info).tcpi_ca_state, kTcpCaRecovery);
  info.repair = RepairPhase::kTimeout;
  EXPECT_EQ(linux_tcp_info(info).tcpi_ca_state, kTcpCaLoss);
}

TEST_F(Options, TcpInfoTellsTheStateOfEverySocket) {
  LinuxTcpInfo told;
  const auto state = [&](SocketCalls& calls, int socket) {
    EXPECT_EQ(calls.tcp_info(socket, told, two.now()), Outcome::of(0));
    return told.tcpi_state;
  };
  EXPECT_EQ(state(two.here(), fresh()), kTcpClose);
  open();
  EXPECT_EQ(state(two.there(), listener), kTcpListen);
  EXPECT_EQ(state(two.here(), mine), kTcpEstablished);
  two.here().shutdown(mine, kShutWr, two.now());
  two.settle();
  EXPECT_EQ(state(two.here(), mine), kTcpFinWait2);
  EXPECT_EQ(state(two.there(), theirs), kTcpCloseWait);
  std::array<std::byte, 300> room{};
  Buffer value{room.data(), room.size()};
  EXPECT_EQ(two.there().getsockopt(theirs, kIpprotoTcp, kTcpInfo, value, two.now()), Outcome::of(0));
  EXPECT_EQ(value.size, sizeof(LinuxTcpInfo));
  EXPECT_EQ(room[0], std::byte{kTcpCloseWait});
  value = {room.data(), room.size()};
  EXPECT_EQ(two.there().getsockopt(theirs, kIpprotoTcp, kTcpCcInfo, value, two.now()), Outcome::of(0));
  EXPECT_EQ(value.size, 0u);
}

}  // namespace
}  // namespace handfast::posix

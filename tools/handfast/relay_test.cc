#include "handfast/relay.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>

#include "drivers/device.h"
#include "drivers/seeded_random.h"
#include "handfast/connection_words.h"
#include "handfast/echo_service.h"

// Two Hosts with their own loops and devices, joined by a datagram socket pair in place of a wire: everything between
// the caller's files and the kernel's TUN driver runs for real, without a privilege and on a clock that only these
// tests move.

namespace handfast::tool {
namespace {

using drivers::ByteStream;
using drivers::EventLoop;
using drivers::FileDescriptor;

Instant test_time;
Instant test_clock() { return test_time; }

// One machine on the wire.
struct End {
  End(IpAddress own, int wire, std::uint64_t seed, const Config& config)
      : address(own),
        random(seed),
        host(std::move(Host::create(config, random).value())),
        device(FileDescriptor(wire), drivers::DeviceOptions{.name = "wire"}) {
    InterfaceConfig interface;
    interface.addresses = {{own, 24}};
    const InterfaceId id = host->add_interface(interface).value();
    loop = std::move(EventLoop::create(*host, &test_clock).value());
    port = loop->add_device(device, id).value();
  }

  IpAddress address;
  drivers::SeededRandom random;
  std::unique_ptr<Host> host;
  drivers::Device device;
  std::unique_ptr<EventLoop> loop;
  drivers::Port* port = nullptr;
};

ByteStream file_of(const std::string& text) {
  const int file = ::memfd_create("text", MFD_CLOEXEC);
  EXPECT_EQ(::write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  EXPECT_EQ(::lseek(file, 0, SEEK_SET), 0);
  return ByteStream(FileDescriptor(file), "file");
}

std::string text_in(const ByteStream& file) {
  std::string text(static_cast<std::size_t>(::lseek(file.descriptor(), 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(file.descriptor(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return text;
}

std::string numbers(std::size_t size, std::uint64_t seed) {
  drivers::SeededRandom random(seed);
  std::string text(size, '\0');
  random.fill(std::as_writable_bytes(std::span(text)));
  return text;
}

class RelayTest : public testing::Test {
 protected:
  // Makes both ends; B listens on port 7.
  void start(const Config& config = {}) {
    int wire[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, wire), 0);
    test_time = Instant(std::chrono::seconds(1000));
    a_ = std::make_unique<End>(IpAddress::v4(192, 0, 2, 1), wire[0], 1, config);
    b_ = std::make_unique<End>(IpAddress::v4(192, 0, 2, 2), wire[1], 2, config);
    listener_ = b_->host->listen({.local = {b_->address, 7}}, test_time).value();
  }

  TcpHandle open(std::uint16_t port = 7) {
    ConnectOptions options;
    options.peer = {b_->address, port};
    return a_->host->connect(options, test_time).value();
  }

  // One turn of both ends, then time passes.
  void step(Duration pause = std::chrono::microseconds(200)) {
    ASSERT_TRUE(a_->loop->turn(Duration::zero()));
    ASSERT_TRUE(b_->loop->turn(Duration::zero()));
    test_time += pause;
  }
  template <typename Condition>
  void step_until(Condition condition, int most = 200'000) {
    while (most-- > 0 && !condition()) ASSERT_NO_FATAL_FAILURE(step());
    ASSERT_TRUE(condition()) << "not within the bound";
  }

  // Relays at both ends of one connection.
  void join(const Streams& at_a, const Streams& at_b) {
    handle_a_ = open();
    a_->loop->on_event([this, &at_a](const Event& event) {
      if (relay_a_ == nullptr) relay_a_ = begin(*a_, handle_a_, at_a, result_a_);
      relay_a_->on_event(event);
    });
    b_->loop->on_event([this, &at_b](const Event& event) {
      if (relay_b_ == nullptr) {
        relay_b_ = begin(*b_, b_->host->accept(listener_, test_time).value(), at_b, result_b_);
      } else {
        relay_b_->on_event(event);
      }
    });
    a_->loop->on_turn([this] {
      if (relay_a_ != nullptr) relay_a_->look_whether_over();
    });
    b_->loop->on_turn([this] {
      if (relay_b_ != nullptr) relay_b_->look_whether_over();
    });
  }
  static std::unique_ptr<Relay> begin(End& end, TcpHandle connection, const Streams& streams, std::string& result) {
    return Relay::start(*end.loop, connection, streams,
                        [&result](const std::optional<Failure>& failure) { result = failure ? failure->text : "done"; })
        .value();
  }
  bool both_over() const { return !result_a_.empty() && !result_b_.empty(); }

  std::unique_ptr<End> a_, b_;
  ListenerHandle listener_;
  TcpHandle handle_a_;
  std::string result_a_, result_b_;
  std::unique_ptr<Relay> relay_a_, relay_b_;
};

TEST_F(RelayTest, BothDirectionsArriveWholeAndEndInGoodOrder) {
  start();
  const std::string to_b = numbers(1'000'000, 3), to_a = numbers(300'000, 4);
  const Streams at_a{file_of(to_b), file_of("")}, at_b{file_of(to_a), file_of("")};
  join(at_a, at_b);
  step_until([this] { return both_over(); });
  EXPECT_EQ(result_a_, "done");
  EXPECT_EQ(result_b_, "done");
  EXPECT_TRUE(text_in(at_b.output) == to_b);
  EXPECT_TRUE(text_in(at_a.output) == to_a);
  EXPECT_EQ(relay_a_->bytes_sent(), to_b.size());
  EXPECT_EQ(relay_a_->bytes_received(), to_a.size());
}

TEST_F(RelayTest, NothingToSayIsStillAConnection) {
  start();
  const Streams at_a{file_of(""), file_of("")}, at_b{file_of(""), file_of("")};
  join(at_a, at_b);
  step_until([this] { return both_over(); });
  EXPECT_EQ(result_a_, "done");
  EXPECT_EQ(result_b_, "done");
}

TEST_F(RelayTest, TheOtherDirectionGoesOnAfterOneEnded) {
  start();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FileDescriptor keyboard(ends[1]);
  const Streams at_a{file_of("question"), file_of("")}, at_b{ByteStream(FileDescriptor(ends[0]), "pipe"), file_of("")};
  join(at_a, at_b);
  step_until([&] { return text_in(at_b.output) == "question"; });
  for (int i = 0; i < 100; ++i) step();
  EXPECT_EQ(a_->host->info(handle_a_)->state, TcpState::kFinWait2);
  ASSERT_EQ(::write(keyboard.get(), "answer", 6), 6);
  step_until([&] { return text_in(at_a.output) == "answer"; });
  EXPECT_FALSE(both_over());
  keyboard.reset();
  step_until([this] { return both_over(); });
  EXPECT_EQ(result_a_, "done");
}

TEST_F(RelayTest, AnOutputThatBlocksHoldsTheSenderBack) {
  Config config;
  config.tcp.send_buffer = config.tcp.receive_buffer = 64 * 1024;
  start(config);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  FileDescriptor reader(ends[0]);
  const std::string text = numbers(2'000'000, 5);
  const Streams at_a{file_of(text), file_of("")}, at_b{file_of(""), ByteStream(FileDescriptor(ends[1]), "pipe")};
  join(at_a, at_b);
  for (int i = 0; i < 5000; ++i) step();
  EXPECT_GE(relay_a_->bytes_sent(), 64u * 1024);
  EXPECT_LE(relay_a_->bytes_sent(), 320u * 1024) << "both buffers, the pipe and what one relay holds";
  std::string seen;
  step_until([&] {
    std::string part(65536, '\0');
    const ssize_t got = ::read(reader.get(), part.data(), part.size());
    if (got > 0) seen.append(part, 0, static_cast<std::size_t>(got));
    return both_over();
  });
  EXPECT_TRUE(seen == text);
}

TEST_F(RelayTest, EveryByteSurvivesABadLink) {
  start();
  const drivers::FaultRates bad{.loss = 30'000, .corrupt = 20'000, .duplicate = 20'000, .reorder = 30'000};
  a_->port->inject(bad, bad, 6);
  const std::string to_b = numbers(400'000, 7), to_a = numbers(400'000, 8);
  const Streams at_a{file_of(to_b), file_of("")}, at_b{file_of(to_a), file_of("")};
  join(at_a, at_b);
  step_until([this] { return both_over(); }, 2'000'000);
  EXPECT_EQ(result_a_, "done");
  EXPECT_EQ(result_b_, "done");
  EXPECT_TRUE(text_in(at_b.output) == to_b);
  EXPECT_TRUE(text_in(at_a.output) == to_a);
  EXPECT_GT(a_->port->faults_in()->counters().lost, 0u);
  EXPECT_GT(b_->host->counters().dropped(DropReason::kTcpBadChecksum), 0u);
}

TEST_F(RelayTest, AReaderThatGoesAwayResetsThePeer) {
  const auto signals = std::move(drivers::SignalSource::create().value());  // ignores SIGPIPE
  start();
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::close(ends[0]);
  const Streams at_a{file_of(numbers(500'000, 9)), file_of("")},
      at_b{file_of(""), ByteStream(FileDescriptor(ends[1]), "standard output")};
  join(at_a, at_b);
  step_until([this] { return both_over(); });
  EXPECT_THAT(result_b_, testing::HasSubstr("cannot write standard output"));
  EXPECT_THAT(result_a_, testing::HasSubstr("192.0.2.2:7: reset by the peer"));
}

TEST_F(RelayTest, NobodyListeningIsRefusedInWords) {
  start();
  const TcpHandle connection = open(8);
  std::string words;
  a_->loop->on_event([&](const Event& event) {
    if ((event.readiness & Readiness::kFailed) == 0) return;
    const TcpInfo info = a_->host->info(connection).value();
    words = explain_connection_error(info.error, info.tuple.peer);
  });
  step_until([&] { return !words.empty(); });
  EXPECT_THAT(words, testing::HasSubstr("192.0.2.2:8: connection refused"));
}

TEST_F(RelayTest, ManyConnectionsAreEchoedAtOnce) {
  start();
  const Progress quiet(false);
  EchoService echo(*b_->loop, quiet);
  b_->loop->on_event([&](const Event& event) {
    if (std::holds_alternative<TcpHandle>(event.source)) return echo.on_event(event);
    while (const Result<TcpHandle> connection = b_->host->accept(listener_, test_time)) echo.add(*connection);
  });
  constexpr std::size_t kConnections = 50;
  std::vector<Streams> streams;
  std::vector<std::string> texts, results(kConnections);
  std::map<std::uint64_t, std::pair<TcpHandle, std::size_t>> places;
  std::vector<std::unique_ptr<Relay>> relays(kConnections);
  for (std::size_t i = 0; i < kConnections; ++i) {
    texts.push_back(numbers(i * 1000, i));
    streams.push_back({file_of(texts.back()), file_of("")});
    const TcpHandle connection = open();
    places[connection.number()] = {connection, i};
  }
  a_->loop->on_event([&](const Event& event) {
    const auto& [connection, i] = places.at(std::get<TcpHandle>(event.source).number());
    if (relays[i] == nullptr) relays[i] = begin(*a_, connection, streams[i], results[i]);
    relays[i]->on_event(event);
  });
  a_->loop->on_turn([&] {
    for (const auto& relay : relays) {
      if (relay != nullptr) relay->look_whether_over();
    }
  });
  step_until([&] { return std::ranges::none_of(results, [](const std::string& result) { return result.empty(); }); });
  for (std::size_t i = 0; i < kConnections; ++i) {
    EXPECT_EQ(results[i], "done");
    EXPECT_TRUE(text_in(streams[i].output) == texts[i]) << i;
  }
  EXPECT_EQ(echo.served(), kConnections);
  EXPECT_EQ(echo.connection_count(), 0u);
}

TEST_F(RelayTest, AnAlarmRingsOnceAtItsTime) {
  start();
  int rung = 0;
  a_->loop->add_alarm(test_time + std::chrono::seconds(1), [&] { ++rung; });
  const auto cancelled = a_->loop->add_alarm(test_time + std::chrono::seconds(1), [&] { rung += 100; });
  a_->loop->cancel_alarm(cancelled);
  step(std::chrono::milliseconds(999));
  step(std::chrono::milliseconds(1));
  EXPECT_EQ(rung, 0);
  step();
  step();
  EXPECT_EQ(rung, 1);
}

TEST_F(RelayTest, TheFirstSignalShutsDownAndTheSecondInsists) {
  start();
  const TcpHandle connection = open();
  a_->loop->on_event([](const Event&) {});
  b_->loop->on_event([](const Event&) {});
  step_until([&] { return a_->host->info(connection)->state == TcpState::kEstablished; });
  ASSERT_TRUE(a_->loop->watch_signals());
  ::raise(SIGTERM);
  step();
  EXPECT_EQ(a_->loop->signal(), SIGTERM);
  EXPECT_TRUE(a_->loop->is_shutting_down());
  EXPECT_FALSE(a_->loop->insisted());
  ::raise(SIGINT);
  step();
  EXPECT_TRUE(a_->loop->insisted());
  EXPECT_TRUE(a_->loop->run()) << "returns at once";
}

}  // namespace
}  // namespace handfast::tool

#include "drivers/poller.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "drivers/byte_stream.h"
#include "drivers/signal_source.h"

namespace handfast::drivers {
namespace {

constexpr Duration kNoWait = Duration::zero();

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    out = FileDescriptor(ends[0]);
    in = FileDescriptor(ends[1]);
  }
  void put(std::string_view text) const {
    EXPECT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  FileDescriptor in, out;
};

class PollerTest : public testing::Test {
 protected:
  Poller::Callback note(std::uint32_t& seen) {
    return [&seen](std::uint32_t ready) { seen = ready; };
  }
  std::unique_ptr<Poller> poller_ = std::move(Poller::create().value());
};

TEST_F(PollerTest, CallsBackWhatIsReadyAndNothingElse) {
  const Pipe loud, silent;
  std::uint32_t heard = 0, nothing = 0;
  poller_->add(loud.out.get(), Poller::kReadable, note(heard)).value();
  poller_->add(silent.out.get(), Poller::kReadable, note(nothing)).value();
  loud.put("x");
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(heard, Poller::kReadable);
  EXPECT_EQ(nothing, 0u);
}

TEST_F(PollerTest, AHangUpIsReadableUntilNobodyIsInterested) {
  Pipe pipe;
  std::uint32_t seen = 0;
  const Poller::Watch watch = poller_->add(pipe.out.get(), Poller::kReadable, note(seen)).value();
  pipe.in.reset();
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(seen, Poller::kReadable);
  seen = 0;
  poller_->set_interest(watch, 0);
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(seen, 0u);
  poller_->set_interest(watch, Poller::kReadable);
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(seen, Poller::kReadable);
}

TEST_F(PollerTest, ARegularFileIsReadyWheneverSomebodyIsInterested) {
  const FileDescriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(file.is_open());
  std::uint32_t seen = 0;
  const Poller::Watch watch = poller_->add(file.get(), Poller::kReadable, note(seen)).value();
  ASSERT_TRUE(poller_->wait(std::nullopt)) << "must not wait";
  EXPECT_EQ(seen, Poller::kReadable);
  seen = 0;
  poller_->set_interest(watch, 0);
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(seen, 0u);
}

TEST_F(PollerTest, ACallbackMayRemoveItselfAndOthers) {
  const Pipe first, second;
  int calls = 0;
  Poller::Watch watches[2] = {};
  const auto remove_both = [&](std::uint32_t) {
    ++calls;
    poller_->remove(watches[0]);
    poller_->remove(watches[1]);
  };
  watches[0] = poller_->add(first.out.get(), Poller::kReadable, remove_both).value();
  watches[1] = poller_->add(second.out.get(), Poller::kReadable, remove_both).value();
  first.put("x");
  second.put("x");
  ASSERT_TRUE(poller_->wait(kNoWait));
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(calls, 1);
}

TEST_F(PollerTest, WhoeverLostInterestInTheSameTurnIsNotCalled) {
  const Pipe first, second;
  int calls = 0;
  Poller::Watch watches[2] = {};
  const auto only_one = [&](std::uint32_t) {
    ++calls;
    for (const Poller::Watch watch : watches) poller_->set_interest(watch, 0);
  };
  watches[0] = poller_->add(first.out.get(), Poller::kReadable, only_one).value();
  watches[1] = poller_->add(second.out.get(), Poller::kReadable, only_one).value();
  first.put("x");
  second.put("x");
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(calls, 1);
}

TEST_F(PollerTest, AStaleWatchNamesNothing) {
  const Pipe pipe;
  std::uint32_t seen = 0;
  const Poller::Watch stale = poller_->add(pipe.out.get(), Poller::kReadable, note(seen)).value();
  poller_->remove(stale);
  poller_->add(pipe.out.get(), Poller::kReadable, note(seen)).value();
  poller_->remove(stale);
  poller_->set_interest(stale, 0);
  pipe.put("x");
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(seen, Poller::kReadable);
}

TEST_F(PollerTest, AClosedFileIsAnErrorInWords) {
  std::uint32_t seen = 0;
  const auto watch = poller_->add(987654, Poller::kReadable, note(seen));
  ASSERT_FALSE(watch);
  EXPECT_EQ(watch.error().what, "cannot wait for file 987654: Bad file descriptor");
}

TEST_F(PollerTest, SignalsArriveAsAFile) {
  const auto signals = std::move(SignalSource::create().value());
  int taken = 0;
  poller_->add(signals->descriptor(), Poller::kReadable, [&](std::uint32_t) { taken = signals->take().value_or(0); })
      .value();
  ::raise(SIGTERM);
  ASSERT_TRUE(poller_->wait(kNoWait));
  EXPECT_EQ(taken, SIGTERM);
  EXPECT_FALSE(signals->take().has_value());
}

TEST(ByteStream, ReadsWhatIsThereAndThenTheEnd) {
  Pipe pipe;
  const ByteStream stream(pipe.out.get(), "pipe");
  std::byte room[10];
  EXPECT_EQ(stream.read(room).value().step, ByteStream::Step::kNotReady);
  pipe.put("text");
  const ByteStream::Moved moved = stream.read(room).value();
  EXPECT_EQ(moved.step, ByteStream::Step::kMoved);
  EXPECT_EQ(moved.count, 4u);
  pipe.in.reset();
  EXPECT_EQ(stream.read(room).value().step, ByteStream::Step::kEnd);
}

TEST(ByteStream, AFullPipeNeverBlocks) {
  const Pipe pipe;
  const ByteStream stream(pipe.in.get(), "pipe");
  const std::vector<std::byte> text(100'000);
  std::size_t put = 0;
  ByteStream::Moved moved;
  while ((moved = stream.write(text).value()).step == ByteStream::Step::kMoved) put += moved.count;
  EXPECT_EQ(moved.step, ByteStream::Step::kNotReady);
  EXPECT_GE(put, 4096u);
}

TEST(ByteStream, AReaderThatWentAwayIsATrouble) {
  const auto signals = std::move(SignalSource::create().value());  // ignores SIGPIPE
  Pipe pipe;
  pipe.out.reset();
  const ByteStream stream(pipe.in.get(), "standard output");
  const std::byte text[1] = {};
  const auto moved = stream.write(text);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().to_string(), "cannot write standard output: Broken pipe; whoever read it has gone");
}

TEST(ByteStream, AMissingFileIsNamed) {
  const auto stream = ByteStream::open_to_read("/nowhere/file");
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().what, "cannot read /nowhere/file: No such file or directory");
}

}  // namespace
}  // namespace handfast::drivers

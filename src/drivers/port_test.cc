#include "drivers/port.h"

#include <gtest/gtest.h>

#include <deque>

namespace handfast::drivers {
namespace {

constexpr Instant kStart{};

// A device in memory that takes only so many frames.
class Shelf final : public LinkDevice {
 public:
  std::string_view name() const override { return "shelf"; }
  int descriptor() const override { return -1; }
  Outcome<std::size_t> read(BufferSource& buffers, std::span<Frame> out) override {
    std::size_t count = 0;
    for (; count < out.size() && waiting > 0; ++count, --waiting) {
      EXPECT_EQ(out[count].slice_count, 0) << "frames are handed in empty";
      out[count].add(*buffers.allocate(10));
    }
    return count;
  }
  Outcome<std::size_t> write(std::span<const Frame> frames) override {
    const std::size_t count = std::min(frames.size(), room);
    for (const Frame& frame : frames.first(count)) written.push_back(frame.size());
    room -= count;
    return count;
  }
  const DeviceCounters& counters() const override { return counted; }

  std::size_t waiting = 0;
  std::size_t room = 0;
  std::vector<std::uint32_t> written;
  DeviceCounters counted;
};

class PortTest : public testing::Test {
 protected:
  Frame frame_of(std::uint32_t size) {
    Frame frame;
    frame.add(*heap_.allocate(size));
    return frame;
  }

  HeapBuffers heap_;
  Shelf shelf_;
  Port port_{shelf_, InterfaceId{3}};
  std::vector<Frame> arrived_;
};

TEST_F(PortTest, ReadsABatchAtATimeAndNamesTheInterface) {
  shelf_.waiting = Port::kBatch + 5;
  EXPECT_TRUE(port_.read(heap_, kStart, arrived_).value());
  EXPECT_EQ(arrived_.size(), Port::kBatch);
  EXPECT_FALSE(port_.read(heap_, kStart, arrived_).value());
  ASSERT_EQ(arrived_.size(), Port::kBatch + 5);
  for (const Frame& frame : arrived_) EXPECT_EQ(frame.interface, InterfaceId{3});
}

TEST_F(PortTest, AFullDeviceLeavesFramesWaitingInOrder) {
  shelf_.room = 2;
  for (std::uint32_t size = 1; size <= 5; ++size) port_.put(frame_of(size), kStart);
  ASSERT_TRUE(port_.flush());
  EXPECT_TRUE(port_.is_full());
  shelf_.room = 10;
  ASSERT_TRUE(port_.flush());
  EXPECT_FALSE(port_.is_full());
  EXPECT_EQ(shelf_.written, (std::vector<std::uint32_t>{1, 2, 3, 4, 5}));
}

TEST_F(PortTest, FaultsTouchTheirDirectionOnly) {
  port_.inject(FaultRates{}, FaultRates{.loss = FaultRates::kWhole}, 1);
  shelf_.waiting = 10;
  shelf_.room = 10;
  ASSERT_TRUE(port_.read(heap_, kStart, arrived_));
  EXPECT_EQ(arrived_.size(), 10u);
  port_.put(frame_of(1), kStart);
  ASSERT_TRUE(port_.flush());
  EXPECT_TRUE(shelf_.written.empty());
  EXPECT_EQ(port_.faults_out()->counters().lost, 1u);
}

TEST_F(PortTest, HeldFramesGiveADeadlineAndGoOutAtIt) {
  port_.inject(FaultRates{}, FaultRates{.reorder = FaultRates::kWhole}, 1);
  shelf_.room = 10;
  EXPECT_EQ(port_.next_deadline(), kNever);
  port_.put(frame_of(7), kStart);
  const Instant due = port_.next_deadline();
  ASSERT_NE(due, kNever);
  port_.release(due, arrived_);
  ASSERT_TRUE(port_.flush());
  EXPECT_EQ(shelf_.written, std::vector<std::uint32_t>{7});
}

}  // namespace
}  // namespace handfast::drivers

#include "drivers/device.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <string>

#include "drivers/offload_header.h"

namespace handfast::drivers {
namespace {

// A device whose far end is this test: a datagram socket pair delivers a frame a read, as a TUN file does.
class DeviceTest : public testing::Test {
 protected:
  void open(DeviceOptions options) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
    far_ = FileDescriptor(ends[0]);
    device_ = std::make_unique<Device>(FileDescriptor(ends[1]), std::move(options));
  }
  void arrive(const std::string& frame) {
    ASSERT_EQ(::send(far_.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
  }
  std::string leave() {
    std::string frame(70000, '\0');
    const ssize_t got = ::recv(far_.get(), frame.data(), frame.size(), 0);
    frame.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return frame;
  }
  Frame frame_of(std::initializer_list<std::string> pieces) {
    Frame frame;
    for (const std::string& piece : pieces) {
      Slice slice = *heap_.allocate(static_cast<std::uint32_t>(piece.size()));
      std::memcpy(slice.mutable_bytes().data(), piece.data(), piece.size());
      frame.add(std::move(slice));
    }
    return frame;
  }
  static std::string text_of(const Frame& frame) {
    std::string text;
    for (const Slice& slice : frame.used()) {
      text.append(reinterpret_cast<const char*>(slice.bytes().data()), slice.size());
    }
    return text;
  }

  HeapBuffers heap_;
  FileDescriptor far_;
  std::unique_ptr<Device> device_;
  std::array<Frame, 8> frames_;
};

class NoBuffers final : public BufferSource {
 public:
  std::optional<Slice> allocate(std::uint32_t) override { return std::nullopt; }
};

TEST_F(DeviceTest, ReadsFramesInOrderUntilNoneWaits) {
  open({.mtu = 100});
  arrive("first");
  arrive(std::string(100, 'x'));
  arrive("third");
  ASSERT_EQ(device_->read(heap_, frames_).value(), 3u);
  EXPECT_EQ(text_of(frames_[0]), "first");
  EXPECT_EQ(text_of(frames_[1]), std::string(100, 'x'));
  EXPECT_EQ(text_of(frames_[2]), "third");
  EXPECT_EQ(device_->counters().frames_read, 3u);
  EXPECT_EQ(device_->counters().bytes_read, 110u);
  EXPECT_EQ(device_->read(heap_, frames_).value(), 0u);
}

TEST_F(DeviceTest, AFrameLargerThanItsBufferIsACountedDrop) {
  open({.mtu = 100});
  arrive(std::string(101, 'x'));
  arrive("next");
  ASSERT_EQ(device_->read(heap_, frames_).value(), 1u);
  EXPECT_EQ(text_of(frames_[0]), "next");
  EXPECT_EQ(device_->counters().read_too_large, 1u);
}

TEST_F(DeviceTest, TapLeavesRoomForTheLinkHeader) {
  open({.kind = DeviceKind::kTap, .mtu = 100});
  arrive(std::string(118, 'x'));
  arrive(std::string(119, 'x'));
  EXPECT_EQ(device_->read(heap_, frames_).value(), 1u);
  EXPECT_EQ(device_->counters().read_too_large, 1u);
}

TEST_F(DeviceTest, WithoutMemoryFramesAreTakenOffTheDeviceAndCounted) {
  open({});
  for (int i = 0; i < 3; ++i) arrive("frame");
  NoBuffers none;
  EXPECT_EQ(device_->read(none, frames_).value(), 0u);
  EXPECT_EQ(device_->counters().read_no_memory, 3u);
  EXPECT_EQ(device_->read(heap_, frames_).value(), 0u) << "nothing is left to wake the loop";
}

TEST_F(DeviceTest, AFloodOfDroppedFramesDoesNotHoldTheLoop) {
  open({.mtu = 10});
  for (int i = 0; i < 9; ++i) arrive(std::string(11, 'x'));
  EXPECT_EQ(device_->read(heap_, frames_).value(), 0u);
  EXPECT_EQ(device_->counters().read_too_large, frames_.size());
}

TEST_F(DeviceTest, WritesThePiecesOfAFrameAsOne) {
  open({});
  const std::array frames = {frame_of({"head", "er and ", "text"}), frame_of({"second"})};
  EXPECT_EQ(device_->write(frames).value(), 2u);
  EXPECT_EQ(leave(), "header and text");
  EXPECT_EQ(leave(), "second");
  EXPECT_EQ(device_->counters().frames_written, 2u);
  EXPECT_EQ(device_->counters().bytes_written, 21u);
}

TEST_F(DeviceTest, AFullDeviceKeepsTheRestForLater) {
  open({});
  std::vector<Frame> frames;
  frames.reserve(5000);
  for (int i = 0; i < 5000; ++i) frames.push_back(frame_of({std::to_string(i)}));
  const std::size_t taken = device_->write(frames).value();
  ASSERT_LT(taken, frames.size());
  EXPECT_EQ(device_->counters().write_full, 1u);
  EXPECT_EQ(leave(), "0");
  EXPECT_GE(device_->write(std::span(frames).subspan(taken)).value(), 1u);
  for (std::size_t i = 1; i <= taken; ++i) EXPECT_EQ(leave(), std::to_string(i));
}

TEST_F(DeviceTest, AFrameWithHalfAChecksumIsNotSentWithoutOffload) {
  open({});
  std::array frames = {frame_of({"frame"})};
  frames[0].checksum = ChecksumState::kPartial;
  EXPECT_EQ(device_->write(frames).value(), 1u);
  EXPECT_EQ(leave(), "");
  EXPECT_EQ(device_->counters().write_rejected, 1u);
}

std::string with_header(const OffloadHeader& header, const std::string& text) {
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + text;
}

TEST_F(DeviceTest, SuperSegmentsLandWholeBesideSmallFrames) {
  open({.offload = true, .mtu = 100});
  std::string large;
  for (int i = 0; large.size() < 60000; ++i) large += std::to_string(i) + " ";
  const OffloadHeader cut{.flags = OffloadHeader::kNeedsChecksum,
                          .gso_type = OffloadHeader::kGsoTcp4,
                          .header_length = 40,
                          .gso_size = 1460,
                          .checksum_start = 20,
                          .checksum_offset = 16};
  arrive(with_header({}, "small"));
  arrive(with_header(cut, large));
  arrive(with_header({}, "last"));
  ASSERT_EQ(device_->read(heap_, frames_).value(), 3u);
  EXPECT_EQ(text_of(frames_[0]), "small");
  EXPECT_EQ(frames_[0].checksum, ChecksumState::kUnverified);
  EXPECT_EQ(text_of(frames_[1]), large);
  EXPECT_EQ(frames_[1].checksum, ChecksumState::kVerified);
  EXPECT_EQ(frames_[1].gso, GsoType::kTcp4);
  EXPECT_EQ(frames_[1].gso_size, 1460);
  EXPECT_EQ(frames_[1].slice_count, 1);
  EXPECT_EQ(text_of(frames_[2]), "last");
  EXPECT_EQ(frames_[2].gso, GsoType::kNone);
}

TEST_F(DeviceTest, OffloadsThatWereNotAskedForAreDropped) {
  open({.offload = true});
  arrive(with_header({.gso_type = 3, .gso_size = 1000}, "UDP"));
  arrive(with_header({.gso_type = OffloadHeader::kGsoTcp4, .gso_size = 0}, "into pieces of nothing"));
  arrive("short");
  EXPECT_EQ(device_->read(heap_, frames_).value(), 0u);
  EXPECT_EQ(device_->counters().read_bad_header, 3u);
}

TEST_F(DeviceTest, WritesTheOffloadHeaderFromTheFrame) {
  open({.offload = true});
  std::string header(40, '\0');
  header[20 + 12] = '\x80';  // a TCP header of 32 bytes
  std::array frames = {frame_of({header, "text"})};
  frames[0].checksum = ChecksumState::kPartial;
  frames[0].checksum_start = 20;
  frames[0].checksum_offset = 16;
  frames[0].gso = GsoType::kTcp4;
  frames[0].gso_size = 1448;
  EXPECT_EQ(device_->write(frames).value(), 1u);
  const std::string sent = leave();
  OffloadHeader seen;
  ASSERT_EQ(sent.size(), sizeof seen + 44);
  std::memcpy(&seen, sent.data(), sizeof seen);
  EXPECT_EQ(seen.flags, OffloadHeader::kNeedsChecksum);
  EXPECT_EQ(seen.gso_type, OffloadHeader::kGsoTcp4);
  EXPECT_EQ(seen.gso_size, 1448);
  EXPECT_EQ(seen.header_length, 52);
  EXPECT_EQ(seen.checksum_start, 20);
  EXPECT_EQ(seen.checksum_offset, 16);
}

TEST_F(DeviceTest, CwrOnASuperSegmentIsTold) {
  std::string header(40, '\0');
  header[20 + 12] = '\x50';
  header[20 + 13] = '\x80';
  Frame frame = frame_of({header.substr(0, 30), header.substr(30)});
  frame.gso = GsoType::kTcp4;
  frame.checksum_start = 20;
  EXPECT_EQ(OffloadHeader::of(frame).gso_type, OffloadHeader::kGsoTcp4 | OffloadHeader::kGsoEcn);
}

}  // namespace
}  // namespace handfast::drivers

#pragma once

#include <memory>
#include <string>

#include "drivers/file_descriptor.h"
#include "drivers/link_device.h"

namespace handfast::drivers {

enum class DeviceKind : std::uint8_t { kTun, kTap };

/// "tun" or "tap", as the ip command writes it.
constexpr std::string_view to_string(DeviceKind kind) { return kind == DeviceKind::kTun ? "tun" : "tap"; }

/// Which device to attach to. A device that does not exist is made, and goes when it is closed; one made beforehand
/// with `ip tuntap` is attached to and stays.
struct DeviceOptions {
  std::string name = "tun0";
  DeviceKind kind = DeviceKind::kTun;
  bool offload =
      false;  ///< Exchange a virtio header: partial checksums and TCP super-segments pass in both directions.
  std::uint16_t mtu = 1500;  ///< The largest IP packet to make room for; larger frames are dropped and counted.
};

/// A TUN or TAP device of Linux.
///
/// Without offload each read and each write moves one frame of at most MTU bytes and a link header. With it a virtio
/// header goes before each frame, and the kernel hands over, and takes, TCP segments of up to 64 KiB that it would
/// otherwise cut (virtio 1.2 §5.1.6). Such a large frame is rare among small ones, so each read has two landing places:
/// a small buffer, and behind it a large one into which only the excess runs. Only a large frame then costs a copy, of
/// its small first part.
class Device final : public LinkDevice {
 public:
  static Outcome<std::unique_ptr<Device>> open(const DeviceOptions& options);

  /// Takes an open descriptor that delivers a frame a read, such as one end of a datagram socket pair.
  Device(FileDescriptor file, DeviceOptions options);

  std::string_view name() const override { return options_.name; }
  int descriptor() const override { return file_.get(); }
  Outcome<std::size_t> read(BufferSource& buffers, std::span<Frame> out) override;
  Outcome<std::size_t> write(std::span<const Frame> frames) override;
  std::optional<Trouble> take_notice() override;
  const DeviceCounters& counters() const override { return counters_; }
  /// Must fit what InterfaceConfig::mtu says.
  void set_mtu(std::uint16_t mtu) { options_.mtu = mtu; }

 private:
  struct Landing;
  enum class Step : std::uint8_t { kFrame, kDropped, kNothing };

  Outcome<Step> read_one(BufferSource& buffers, Landing& landing, Frame& frame);
  Step keep(Landing& landing, std::uint32_t length, Frame& frame);
  Outcome<Step> discard_one();
  Outcome<bool> write_one(const Frame& frame);
  Outcome<bool> write_failed(int error_number);
  std::uint32_t small_size() const;

  FileDescriptor file_;
  DeviceOptions options_;
  DeviceCounters counters_;
  bool down_ = false;
  bool notice_due_ = false;
};

}  // namespace handfast::drivers

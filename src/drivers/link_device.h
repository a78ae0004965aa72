#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "drivers/buffer_source.h"
#include "drivers/trouble.h"
#include "handfast/frame.h"

namespace handfast::drivers {

/// What a device counted since it was opened. Each frame that goes no further has exactly one reason.
struct DeviceCounters {
  std::uint64_t frames_read = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t frames_written = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t read_too_large = 0;    ///< larger than the interface's MTU allows: dropped
  std::uint64_t read_no_memory = 0;    ///< no buffer for it: dropped
  std::uint64_t read_bad_header = 0;   ///< shorter than the offload header, or with an offload not asked for
  std::uint64_t write_rejected = 0;    ///< the kernel calls the frame malformed: dropped
  std::uint64_t write_no_buffers = 0;  ///< the kernel is out of memory: dropped
  std::uint64_t write_down = 0;        ///< the interface was down: dropped
  std::uint64_t write_full = 0;        ///< how often the device was full and frames had to wait; not a drop
};

/// A way to the wire: frames in, frames out, never blocking.
class LinkDevice {
 public:
  virtual ~LinkDevice() = default;
  virtual std::string_view name() const = 0;
  /// The file to wait on.
  virtual int descriptor() const = 0;
  /// Reads frames that wait, each into a buffer of its own with one slice, and tells how many. Fewer than out.size():
  /// nothing more waits just now. A Trouble ends the device.
  virtual Outcome<std::size_t> read(BufferSource& buffers, std::span<Frame> out) = 0;
  /// Writes frames in order and tells how many are done with: written, or dropped and counted. Fewer than given: the
  /// device is full and the caller keeps the others. A Trouble ends the device.
  virtual Outcome<std::size_t> write(std::span<const Frame> frames) = 0;
  /// A sentence for people about something that may pass, such as an interface that went down; told once.
  virtual std::optional<Trouble> take_notice() { return std::nullopt; }
  virtual const DeviceCounters& counters() const = 0;
};

}  // namespace handfast::drivers

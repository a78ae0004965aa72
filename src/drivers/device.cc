#include "drivers/device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "drivers/device_troubles.h"
#include "drivers/offload_header.h"

namespace handfast::drivers {

namespace {

constexpr std::uint32_t kLinkHeaderRoom = 18;  // Ethernet II and one VLAN tag
constexpr std::uint32_t kLargestFrame = 65535 + kLinkHeaderRoom;

ifreq attach_request(const DeviceOptions& options) {
  ifreq request{};
  std::memcpy(request.ifr_name, options.name.data(), std::min<std::size_t>(options.name.size(), IFNAMSIZ - 1));
  const int flags =
      (options.kind == DeviceKind::kTun ? IFF_TUN : IFF_TAP) | IFF_NO_PI | (options.offload ? IFF_VNET_HDR : 0);
  request.ifr_flags = static_cast<short>(flags);
  return request;
}

// A device that outlives its openers keeps the offloads and the header size of the last one, so both are always set.
int set_offload(int file, bool offload) {
  const unsigned long features = offload ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;
  if (::ioctl(file, TUNSETOFFLOAD, features) != 0) return errno;
  int header_size = sizeof(OffloadHeader);
  if (offload && ::ioctl(file, TUNSETVNETHDRSZ, &header_size) != 0) return errno;
  return 0;
}

}  // namespace

Outcome<std::unique_ptr<Device>> Device::open(const DeviceOptions& options) {
  if (std::string bad = bad_device_name(options.name); !bad.empty()) {
    return std::unexpected(Trouble{std::make_error_code(std::errc::invalid_argument), std::move(bad), {}});
  }
  FileDescriptor file(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) return std::unexpected(explain_open(errno));
  ifreq request = attach_request(options);
  if (::ioctl(file.get(), TUNSETIFF, &request) != 0) {
    return std::unexpected(explain_attach(errno, options.name, to_string(options.kind)));
  }
  if (const int error = set_offload(file.get(), options.offload); error != 0) {
    return std::unexpected(system_trouble(error, "set the offloads of " + options.name, "leave out --offload"));
  }
  return std::make_unique<Device>(std::move(file), options);
}

Device::Device(FileDescriptor file, DeviceOptions options) : file_(std::move(file)), options_(std::move(options)) {}

std::uint32_t Device::small_size() const {
  return options_.mtu + (options_.kind == DeviceKind::kTap ? kLinkHeaderRoom : 0);
}

// Where the next frame lands: its offload header, its first small_size() bytes, and the rest. `large` is taken when a
// batch begins, only with offload; the frame's start is copied before its rest where there is one. An empty slice is a
// place not taken.
struct Device::Landing {
  OffloadHeader header{};
  Slice small;
  Slice large;
  std::byte spill{};  // Without a large buffer: one byte that tells a frame too large from one that fits.
};

static void take_if_empty(Slice& place, BufferSource& buffers, std::uint32_t size) {
  if (!place.empty()) return;
  if (std::optional<Slice> taken = buffers.allocate(size)) place = std::move(*taken);
}

Outcome<std::size_t> Device::read(BufferSource& buffers, std::span<Frame> out) {
  Landing landing;
  std::size_t count = 0;
  // Dropped frames count toward the batch too, or a flood of them would keep the loop here.
  for (std::size_t turn = 0; turn < out.size() && count < out.size(); ++turn) {
    Outcome<Step> step = read_one(buffers, landing, out[count]);
    if (!step) return std::unexpected(std::move(step.error()));
    if (*step == Step::kNothing) return count;
    if (*step == Step::kFrame) ++count;
  }
  return count;
}

Outcome<Device::Step> Device::read_one(BufferSource& buffers, Landing& landing, Frame& frame) {
  take_if_empty(landing.small, buffers, small_size());
  if (landing.small.empty()) return discard_one();
  if (options_.offload) take_if_empty(landing.large, buffers, kLargestFrame);
  std::array<iovec, 3> pieces{};
  std::size_t used = 0;
  if (options_.offload) pieces[used++] = {&landing.header, sizeof(OffloadHeader)};
  const std::uint32_t room = landing.small.size();
  pieces[used++] = {landing.small.mutable_bytes().data(), room};
  if (!landing.large.empty()) {
    pieces[used++] = {landing.large.mutable_bytes().data() + room, landing.large.size() - room};
  } else {
    pieces[used++] = {&landing.spill, 1};
  }
  ssize_t got = 0;
  do {
    got = ::readv(file_.get(), pieces.data(), static_cast<int>(used));
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    if (errno == EAGAIN || errno == EIO) return Step::kNothing;
    return std::unexpected(explain_transfer(errno, "read from", options_.name));
  }
  return keep(landing, static_cast<std::uint32_t>(got), frame);
}

Device::Step Device::keep(Landing& landing, std::uint32_t length, Frame& frame) {
  if (options_.offload) {
    if (length < sizeof(OffloadHeader) || !landing.header.is_understood()) {
      ++counters_.read_bad_header;
      return Step::kDropped;
    }
    length -= static_cast<std::uint32_t>(sizeof(OffloadHeader));
  }
  const std::uint32_t room = landing.small.size();
  if (length > room && landing.large.empty()) {
    ++(options_.offload ? counters_.read_no_memory : counters_.read_too_large);
    return Step::kDropped;
  }
  if (length == 0) {
    ++counters_.read_bad_header;
    return Step::kDropped;
  }
  ++counters_.frames_read;
  counters_.bytes_read += length;
  frame = Frame{};
  if (options_.offload) landing.header.apply_to(frame);
  Slice text;
  if (length <= room) {
    text = std::exchange(landing.small, {});
  } else {
    std::memcpy(landing.large.mutable_bytes().data(), landing.small.bytes().data(), room);
    text = std::exchange(landing.large, {});
  }
  text.truncate(length);
  frame.add(std::move(text));
  return Step::kFrame;
}

// A frame that finds no memory is taken off the device and dropped: left there, it would wake the loop for ever.
Outcome<Device::Step> Device::discard_one() {
  std::byte nowhere{};
  if (::read(file_.get(), &nowhere, 1) < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == EIO) return Step::kNothing;
    // With a virtio header a read of one byte is refused, but only after a frame was taken.
    if (errno != EINVAL) return std::unexpected(explain_transfer(errno, "read from", options_.name));
  }
  ++counters_.read_no_memory;
  return Step::kDropped;
}

Outcome<std::size_t> Device::write(std::span<const Frame> frames) {
  std::size_t count = 0;
  for (const Frame& frame : frames) {
    Outcome<bool> done = write_one(frame);
    if (!done) return std::unexpected(std::move(done.error()));
    if (!*done) break;
    ++count;
  }
  return count;
}

Outcome<bool> Device::write_one(const Frame& frame) {
  OffloadHeader header = OffloadHeader::of(frame);
  if (!options_.offload && !header.is_plain()) {
    ++counters_.write_rejected;  // Written without its header such a frame would carry half a checksum.
    return true;
  }
  std::array<iovec, kMaxFrameSlices + 1> pieces{};
  std::size_t used = 0;
  if (options_.offload) pieces[used++] = {&header, sizeof header};
  for (const Slice& slice : frame.used()) {
    pieces[used++] = {const_cast<std::byte*>(slice.bytes().data()), slice.size()};
  }
  ssize_t put = 0;
  do {
    put = ::writev(file_.get(), pieces.data(), static_cast<int>(used));
  } while (put < 0 && errno == EINTR);
  if (put < 0) return write_failed(errno);
  down_ = false;
  ++counters_.frames_written;
  counters_.bytes_written += frame.size();
  return true;
}

Outcome<bool> Device::write_failed(int error_number) {
  switch (error_number) {
    case EAGAIN:
      ++counters_.write_full;
      return false;
    case EIO:
    case ENETDOWN:
      ++counters_.write_down;
      if (!down_) notice_due_ = true;
      down_ = true;
      return true;
    case ENOBUFS:
    case ENOMEM:
      ++counters_.write_no_buffers;
      return true;
    case EINVAL:
    case EMSGSIZE:
    case EFAULT:
      ++counters_.write_rejected;
      return true;
    default:
      return std::unexpected(explain_transfer(error_number, "write to", options_.name));
  }
}

std::optional<Trouble> Device::take_notice() {
  if (!notice_due_) return std::nullopt;
  notice_due_ = false;
  Trouble notice = explain_down(options_.name);
  notice.what += ": frames are dropped until it is up again";
  return notice;
}

}  // namespace handfast::drivers

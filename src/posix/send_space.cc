#include "posix/send_space.h"

#include <algorithm>
#include <bit>

namespace handfast::posix {

namespace {

constexpr std::uint64_t kLargestHeaders = 320;      // MAX_TCP_HEADER
constexpr std::uint64_t kSharedInfo = 320;          // struct skb_shared_info, aligned
constexpr std::uint64_t kPacketBuffer = 256;        // struct sk_buff, aligned
constexpr std::uint32_t kSmallWindow = 536;         // TCP_MSS_DEFAULT: windows up to it are not halved
constexpr std::uint32_t kLeastWindowSegments = 10;  // TCP_INIT_CWND

std::uint64_t weight(const SendSpace& space, std::uint64_t text) {
  const std::uint64_t buffers = (text + space.buffer - 1) / space.buffer;
  return text + buffers * kBufferOverhead;
}

// What Linux would have sent by now: it sends inside of its calls, where the Host is asked for frames afterwards.
SendSpace settled(SendSpace space) {
  const std::uint64_t sent = std::min(space.unsent, space.sendable);
  space.unsent -= sent;
  space.sendable -= sent;
  return space;
}

}  // namespace

std::uint64_t size_goal(std::uint32_t mss, std::uint32_t gso_max_size, std::uint32_t max_window) {
  if (mss == 0) return 1;
  if (gso_max_size <= kLargestHeaders + 1) return mss;
  std::uint64_t most = gso_max_size - (kLargestHeaders + 1);
  const std::uint32_t cutoff = max_window > kSmallWindow ? max_window / 2 : max_window;
  if (cutoff > 0) most = std::min<std::uint64_t>(most, cutoff);
  return std::max<std::uint64_t>(most / mss * mss, mss);
}

std::uint64_t grown_send_buffer(std::uint32_t mss, std::uint32_t wanted, std::uint64_t least, std::uint64_t most) {
  const std::uint64_t segment = std::bit_ceil(mss + kLargestHeaders + kSharedInfo) + kPacketBuffer;
  const std::uint64_t grown = 2 * std::uint64_t{std::max(wanted, kLeastWindowSegments)} * segment;
  return std::max(least, std::min(grown, most));
}

std::uint64_t bytes_taken(const SendSpace& before, std::uint64_t wanted) {
  SendSpace space = settled(before);
  std::uint64_t taken = 0;
  std::uint64_t room = (space.buffer - space.unsent % space.buffer) % space.buffer;  // of the last buffer of the queue
  while (taken < wanted) {
    if (room == 0) {
      const bool has_memory = weight(space, space.queued) < space.send_buffer;
      if (!has_memory || space.unsent >= space.not_sent_low) break;
      room = space.buffer;
    }
    const std::uint64_t piece = std::min(room, wanted - taken);
    taken += piece;
    room -= piece;
    space.queued += piece;
    space.unsent += piece;
    if (room > 0 || space.unsent > space.buffer) continue;
    // It is full, and first in line: whole segments of it go at once, and what stays has room again.
    const std::uint64_t sent = std::min(space.unsent, space.sendable / space.segment * space.segment);
    space.sendable -= sent;
    space.unsent -= sent;
    room = space.unsent == 0 ? 0 : sent;
  }
  return taken;
}

bool is_writable(const SendSpace& before) {
  const SendSpace space = settled(before);
  const std::uint64_t used = weight(space, space.queued);
  return used + used / 2 <= space.send_buffer && 2 * space.unsent < space.not_sent_low;
}

}  // namespace handfast::posix

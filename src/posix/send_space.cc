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

Taken take(const SendSpace& before, std::uint64_t wanted) {
  SendSpace space = settled(before);
  Taken taken;
  bool ends_pushed = false;  // the last buffer, which keeps its PUSH at its end while it grows
  std::uint64_t room = (space.buffer - space.unsent % space.buffer) % space.buffer;  // of the last buffer of the queue
  while (taken.bytes < wanted) {
    if (room == 0) {
      const bool has_memory = weight(space, space.queued) < space.send_buffer;
      if (!has_memory || space.unsent >= space.not_sent_low) break;
      room = space.buffer;
      ends_pushed = false;
    }
    const std::uint64_t piece = std::min(room, wanted - taken.bytes);
    taken.bytes += piece;
    room -= piece;
    space.queued += piece;
    space.unsent += piece;
    space.since_push += piece;
    if (ends_pushed) taken.pushes.back() = taken.bytes;
    if (room > 0) continue;
    const bool pushes = space.since_push > space.push_after;
    if (pushes) {
      if (!ends_pushed) taken.pushes.push_back(taken.bytes);
      ends_pushed = true;
      space.since_push = 0;
    }
    if (!pushes && space.unsent > space.buffer) continue;
    // It is full. What is pushed goes as far as the windows let it, what is first in line goes in one piece; what stays
    // of it has room again.
    const std::uint64_t most = std::min(pushes ? space.unsent : space.burst, space.sendable);
    const std::uint64_t sent = std::min(space.unsent, most / space.segment * space.segment);
    space.sendable -= sent;
    space.unsent -= sent;
    const std::uint64_t last = std::min(space.unsent, space.buffer);
    room = last == 0 ? 0 : space.buffer - last;
  }
  taken.since_push = space.since_push;
  return taken;
}

std::uint64_t writable_below(const SendSpace& space) {
  const std::uint64_t two_thirds = (2 * space.send_buffer + 1) / 3;
  const std::uint64_t full = space.buffer + kBufferOverhead;
  const std::uint64_t rest = two_thirds % full;
  const std::uint64_t text = two_thirds / full * space.buffer + (rest > kBufferOverhead ? rest - kBufferOverhead : 0);
  return std::min<std::uint64_t>(text + 1, ~std::uint32_t{0});
}

bool is_writable(const SendSpace& before) {
  const SendSpace space = settled(before);
  const std::uint64_t used = weight(space, space.queued);
  return used + used / 2 <= space.send_buffer && 2 * space.unsent < space.not_sent_low;
}

}  // namespace handfast::posix

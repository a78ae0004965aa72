#pragma once

#include <cstdint>

// How much a send buffer of Linux takes, and when somebody who met a full one hears that there is room.
//
// Linux counts memory, not text: what each packet buffer of a send queue weighs with everything around it. A buffer is
// taken while the sum is below SO_SNDBUF, and then filled whole, so that the sum ends up above it; text gathers in
// buffers as large as a device can cut up, but no larger than half the largest window that the peer has offered. While
// a call is still copying, a full buffer at the head of the queue leaves as far as the windows let it, and what is left
// of it can be filled again. Somebody who waits is woken when a third of SO_SNDBUF is free, and the text that was never
// sent is less than half of TCP_NOTSENT_LOWAT.
//
// Here is an approximation of that: it knows the bytes of a queue, not its buffers, and supposes that all of them are
// as full as they get. What a buffer weighs is Linux 6's figure on x86-64. Observed sizes of partial writes come out
// right where the mss, the window and SO_SNDBUF are what they seem; after losses, or writes of many small pieces, they
// are off by a few buffers.

namespace handfast::posix {

/// A send queue, and what bounds it; all in bytes.
struct SendSpace {
  std::uint64_t send_buffer = 0;   ///< SO_SNDBUF as Linux counts it
  std::uint64_t not_sent_low = 0;  ///< TCP_NOTSENT_LOWAT
  std::uint64_t buffer = 1;        ///< what one packet buffer is filled with: size_goal()
  std::uint64_t segment = 1;       ///< the MSS
  std::uint64_t queued = 0;        ///< text that is not acknowledged
  std::uint64_t unsent = 0;        ///< of that, text that was never sent
  std::uint64_t sendable = 0;      ///< how much of the unsent text, and what follows it, the windows let go now
};

/// What one packet buffer weighs beside its text.
inline constexpr std::uint64_t kBufferOverhead = 960;

/// What is put into one packet buffer, for a device that takes packets of `gso_max_size` (0: one segment) and a peer
/// that has offered `max_window`.
std::uint64_t size_goal(std::uint32_t mss, std::uint32_t gso_max_size, std::uint32_t max_window);

/// SO_SNDBUF of a connection whose caller did not set it: `wanted` segments, twice over, but at most `most`.
std::uint64_t grown_send_buffer(std::uint32_t mss, std::uint32_t wanted, std::uint64_t least, std::uint64_t most);

/// How many of `wanted` bytes are taken without waiting.
std::uint64_t bytes_taken(const SendSpace& space, std::uint64_t wanted);

/// Whether poll says POLLOUT, and who waits is woken.
bool is_writable(const SendSpace& space);

}  // namespace handfast::posix

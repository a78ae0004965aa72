#pragma once

#include <cstdint>
#include <vector>

// How much a send buffer of Linux takes, and when somebody who met a full one hears that there is room.
//
// Linux counts memory, not text: what each packet buffer of a send queue weighs with everything around it. A buffer is
// taken while the sum is below SO_SNDBUF, and then filled whole, so that the sum ends up above it; text gathers in
// buffers as large as a device can cut up, but no larger than half the largest window that the peer has offered. While
// a call is still copying, a piece of a full buffer at the head of the queue leaves, and what is left of it can be
// filled again. Somebody who waits is woken when a third of SO_SNDBUF is free, and the text that was never sent is less
// than half of TCP_NOTSENT_LOWAT.
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
  std::uint64_t burst = ~std::uint64_t{0};       ///< the largest piece that leaves while a call is copying
  std::uint64_t since_push = 0;                  ///< text behind the last PUSH
  std::uint64_t push_after = ~std::uint64_t{0};  ///< the buffer that ends with more than that has PUSH
};

/// What one packet buffer weighs beside its text.
inline constexpr std::uint64_t kBufferOverhead = 960;

/// What is put into one packet buffer, for a device that takes packets of `gso_max_size` (0: one segment) and a peer
/// that has offered `max_window`.
std::uint64_t size_goal(std::uint32_t mss, std::uint32_t gso_max_size, std::uint32_t max_window);

/// SO_SNDBUF of a connection whose caller did not set it: `wanted` segments, twice over, but at most `most`.
std::uint64_t grown_send_buffer(std::uint32_t mss, std::uint32_t wanted, std::uint64_t least, std::uint64_t most);

/// What a call copies without waiting.
struct Taken {
  std::uint64_t bytes = 0;
  std::uint64_t since_push = 0;         ///< SendSpace::since_push afterwards, where the call itself does not push
  std::vector<std::uint64_t> pushes{};  ///< how many of these bytes lie before a PUSH that nobody asked for
};

/// How many of `wanted` bytes are taken without waiting. Linux pushes on its own what ends a buffer more than half of
/// the largest window behind the last PUSH, so that a receiver of a long write is woken now and then.
Taken take(const SendSpace& space, std::uint64_t wanted);

/// Whether poll says POLLOUT, and who waits is woken.
bool is_writable(const SendSpace& space);

/// With less queued than this, it is, as far as SO_SNDBUF goes: at least 1 byte and at most 4 GiB.
std::uint64_t writable_below(const SendSpace& space);

}  // namespace handfast::posix

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "handfast/address.h"
#include "handfast/time.h"

// What the socket calls are made with and answer with, as plain values: structures of Linux without pointers and
// paddings. Numbers are those of linux_numbers.h.

namespace handfast::posix {

/// What a call answers. Linux returns -1 and sets errno where `error` is not 0.
struct Outcome {
  std::int64_t value = 0;
  int error = 0;
  /// The call would block: it is made again, with the same arguments and the same Progress, when the Host has moved or
  /// the deadline of the Progress has come. `value` and `error` mean nothing until then.
  bool waits = false;

  static constexpr Outcome of(std::int64_t value) { return {value, 0, false}; }
  static constexpr Outcome failed(int error) { return {-1, error, false}; }
  static constexpr Outcome waiting() { return {0, 0, true}; }
  friend constexpr bool operator==(const Outcome&, const Outcome&) = default;
};

/// What one blocking call remembers from one go to the next. A new one for every call.
struct Progress {
  bool started = false;       ///< there was a go before
  bool opening = false;       ///< of a call that opens and sends: it began to open
  bool connected = false;     ///< and that is done
  int when_late = 0;          ///< the error that the deadline brings
  std::uint64_t done = 0;     ///< bytes taken or given so far
  Instant deadline = kNever;  ///< when it ends whatever happens; known once it waits
};

/// One go at a call: when, and what it remembers. The Progress outlives it.
struct Turn {
  Instant now;
  Progress& progress;
};

/// Bytes of the caller; null with a size is a bad pointer, which the calls answer with EFAULT.
struct Buffer {
  std::byte* data = nullptr;
  std::size_t size = 0;
};

struct ConstBuffer {
  const std::byte* data = nullptr;
  std::size_t size = 0;
};

/// struct sockaddr_in and sockaddr_in6. An address of AF_INET6 may be an IPv4-mapped one.
struct SocketAddress {
  int family = 0;  ///< AF_UNSPEC where there is none
  Endpoint endpoint{};
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

/// A control message whose data is an int.
struct ControlMessage {
  int level = 0;
  int type = 0;
  std::int32_t data = 0;
  friend constexpr bool operator==(const ControlMessage&, const ControlMessage&) = default;
};

/// struct msghdr of recvmsg.
struct ReceivedMessage {
  std::span<const Buffer> parts;
  bool takes_control = true;              ///< there is room for control messages; without, MSG_CTRUNC
  std::vector<ControlMessage> control{};  ///< out
  int flags = 0;                          ///< out
};

/// struct msghdr of sendmsg; its control messages are not looked at.
struct SentMessage {
  std::span<const ConstBuffer> parts;
  const SocketAddress* name = nullptr;
};

/// struct pollfd.
struct PollEntry {
  int descriptor = -1;
  std::uint16_t events = 0;
  std::uint16_t revents = 0;  ///< out
};

/// struct epoll_event.
struct EpollEvent {
  std::uint32_t events = 0;
  std::uint64_t data = 0;
};

}  // namespace handfast::posix

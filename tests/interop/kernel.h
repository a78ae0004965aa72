#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/file_descriptor.h"
#include "wire/tcp.h"

// The kernel's TCP as a test sees it: segments go in and come out through a TUN device, calls are made on ordinary
// sockets, and sock_diag tells the state of one connection. A write to the device returns when the kernel has dealt
// with the segment, so what it answers at once can be read at once and nothing has to wait.

namespace handfast::interop {

/// What the test cannot go on after, as a sentence.
class Failed : public std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void fail(const std::string& what);

/// One connection by its numbers, addresses in host order.
struct Flow {
  std::uint32_t kernel_address = 0;
  std::uint32_t peer_address = 0;
  std::uint16_t kernel_port = 0;
  std::uint16_t peer_port = 0;
  friend bool operator==(const Flow&, const Flow&) = default;
};

/// A segment that the kernel sent.
struct Heard {
  Flow flow;
  wire::TcpHeader header;
  std::uint32_t text_length = 0;
};

class Tun {
 public:
  /// Attaches to a device that exists. Needs CAP_NET_ADMIN.
  explicit Tun(std::string_view name);
  void send(const Flow& flow, wire::TcpHeader header, std::string_view text);
  /// All that the kernel has sent since the last call.
  std::vector<Heard> drain();

 private:
  drivers::FileDescriptor device_;
};

/// What sock_diag says of connections.
class Diagnosis {
 public:
  Diagnosis();
  /// The RFC's name of the state in which the kernel has this flow: that of the listener where there is one and no
  /// connection, "CLOSED" where there is neither.
  std::string state_of(const Flow& flow);

 private:
  drivers::FileDescriptor netlink_;
};

/// A non-blocking socket of the kernel.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  static Socket listening(std::uint32_t address, std::uint16_t port);
  /// Begins to connect to the flow's peer, and learns the port that the kernel chose.
  static Socket connecting(Flow& flow);

  bool is_open() const { return descriptor_.is_open(); }
  /// The next connection of a listener, or a closed Socket.
  Socket accept();
  void send(std::string_view text);
  void half_close();
  /// Takes all text there is.
  std::string take();
  /// Closes by a reset, so that nothing lingers.
  void abort();

 private:
  drivers::FileDescriptor descriptor_;
};

}  // namespace handfast::interop

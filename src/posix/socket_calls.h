#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "handfast/host.h"
#include "posix/call_values.h"
#include "posix/linux_numbers.h"
#include "posix/linux_tcp_info.h"
#include "posix/send_space.h"
#include "posix/settings.h"
#include "posix/socket.h"

// The socket calls of a program that was written for Linux, over a Host, in the caller's time. What a call answers is
// what Linux answers, errno included, and where Linux lets a program sleep the call says that it waits and is made
// again. Everything that a peer sees is the Host's doing: the calls only decide when which verb is called.
//
// The files: opening.cc (socket, bind, listen, accept, connect), sending.cc, receiving.cc, ending.cc (close, shutdown),
// polling.cc, epoll.cc, control.cc (fcntl, ioctl), *_options.cc, settings_of.cc (what options make of a TcpConfig),
// send_space.h (how much a send buffer takes), events.cc (what the Host tells), linux_tcp_info.cc.

namespace handfast::posix {

class SocketCalls {
 public:
  /// `host` outlives it, and its events are for this alone: each descriptor is the context of its connection.
  SocketCalls(Host& host, const LinuxSettings& settings, int first_descriptor = 3);
  SocketCalls(const SocketCalls&) = delete;
  SocketCalls& operator=(const SocketCalls&) = delete;

  /// May be changed between calls, as a sysctl is.
  LinuxSettings& settings() { return settings_; }

  /// Hears from the Host what its connections are ready for; after every Host::receive, on_deadline and after frames
  /// were taken from it. Calls that waited are worth another go then.
  void take_events(Instant now);

  // --- Opening ---

  /// AF_INET or AF_INET6, SOCK_STREAM with SOCK_NONBLOCK and SOCK_CLOEXEC.
  Outcome socket(int family, int type, int protocol);
  Outcome bind(int descriptor, const SocketAddress& address);
  Outcome listen(int descriptor, int backlog, Instant now);
  /// `peer` may be null.
  Outcome accept(int descriptor, SocketAddress* peer, Turn turn);
  Outcome accept4(int descriptor, SocketAddress* peer, int flags, Turn turn);
  Outcome connect(int descriptor, const SocketAddress& peer, Turn turn);
  Outcome getsockname(int descriptor, SocketAddress& address);
  Outcome getpeername(int descriptor, SocketAddress& address);

  // --- Text ---

  Outcome read(int descriptor, Buffer text, Turn turn);
  Outcome readv(int descriptor, std::span<const Buffer> parts, Turn turn);
  Outcome recv(int descriptor, Buffer text, int flags, Turn turn);
  /// `from` may be null; TCP leaves it as it is.
  Outcome recvmsg(int descriptor, ReceivedMessage& message, int flags, Turn turn);
  Outcome write(int descriptor, ConstBuffer text, Turn turn);
  Outcome writev(int descriptor, std::span<const ConstBuffer> parts, Turn turn);
  Outcome send(int descriptor, ConstBuffer text, int flags, Turn turn);
  /// `to` may be null; it counts with MSG_FASTOPEN alone.
  Outcome sendto(int descriptor, ConstBuffer text, int flags, const SocketAddress* to, Turn turn);
  Outcome sendmsg(int descriptor, const SentMessage& message, int flags, Turn turn);

  // --- Ending ---

  /// Waits where SO_LINGER says so and the descriptor blocks.
  Outcome close(int descriptor, Turn turn);
  Outcome shutdown(int descriptor, int how, Instant now);

  // --- Settings ---

  Outcome fcntl(int descriptor, int command, int argument);
  /// ioctl: SIOCINQ (FIONREAD), SIOCOUTQ, SIOCOUTQNSD and SIOCATMARK into `value`; FIONBIO out of it.
  Outcome io_control(int descriptor, unsigned request, int& value);
  /// `value` as Linux has it: an int, a struct linger, a struct timeval, a string.
  Outcome setsockopt(int descriptor, int level, int name, ConstBuffer value, Instant now);
  /// Writes at most value.size bytes and sets value.size to how many.
  Outcome getsockopt(int descriptor, int level, int name, Buffer& value, Instant now);
  /// TCP_INFO as a value.
  Outcome tcp_info(int descriptor, LinuxTcpInfo& info, Instant now);

  // --- Readiness ---

  /// `timeout_ms` below 0: for ever.
  Outcome poll(std::span<PollEntry> entries, int timeout_ms, Turn turn);
  Outcome epoll_create(int size);
  Outcome epoll_create1(int flags);
  Outcome epoll_ctl(int instance, int operation, int descriptor, const EpollEvent& event);
  /// Writes at most events.size() of them.
  Outcome epoll_wait(int instance, std::span<EpollEvent> events, int timeout_ms, Turn turn);

  // --- For the driver ---

  /// The connection behind a descriptor, where there is one.
  std::optional<TcpHandle> connection_of(int descriptor) const;
  /// Descriptors that are open, in order.

 private:
  using Open = std::variant<Socket, Epoll>;

  // descriptors.cc
  Socket* socket_at(int descriptor);
  const Socket* socket_at(int descriptor) const;
  Epoll* epoll_at(int descriptor);
  Outcome no_socket(int descriptor) const;
  Outcome add(Open open);
  void remove(int descriptor);

  // events.cc
  void hear(int descriptor, std::uint16_t readiness);
  void look_around(int descriptor, Socket& socket, Instant now);
  void tell_trouble(int descriptor, Socket& socket);
  void ended(Socket& socket, int error);
  void wake(int descriptor, std::uint32_t key);

  // naming.cc
  bool is_local(const Socket& socket, const IpAddress& address) const;
  int check_local(const Socket& socket, const Endpoint& local) const;
  std::optional<std::uint16_t> free_port(const Socket& socket, const IpAddress& address) const;
  std::optional<Endpoint> end_of(const Socket& socket, bool peer) const;

  // opening.cc
  ListenOptions listen_options(int descriptor, const Socket& socket, const TcpConfig& tcp) const;
  int change_listener(int descriptor, Socket& socket, Instant now);
  Outcome take_connection(Socket& listener, SocketAddress* peer, int flags, Instant now);
  Outcome connect_stream(int descriptor, const SocketAddress* to, bool nonblocking, bool sends, Turn turn);
  int start_connect(int descriptor, Socket& socket, const SocketAddress* to, bool sends, Instant now);
  int open_connection(int descriptor, Socket& socket, bool fast_open, Instant now);
  void disconnect(Socket& socket, Instant now);
  void tell_options(Socket& socket, Instant now);

  // ending.cc
  Outcome linger(Socket& socket, Turn turn);

  // sending.cc
  Outcome send_parts(int descriptor, std::span<const ConstBuffer> parts, int flags, const SocketAddress* to, Turn turn);
  Outcome open_with_text(int descriptor, std::span<const ConstBuffer> parts, int flags, const SocketAddress* to,
                         Turn turn);
  std::uint64_t send_early(Socket& socket, std::span<const ConstBuffer> parts, Instant now);
  int send_some(Socket& socket, std::span<const ConstBuffer> parts, int flags, Turn turn);
  void set_cork(Socket& socket, bool on, Instant now);
  void set_push(Socket& socket, bool on, Instant now);
  SendSpace space_of(Socket& socket, const TcpInfo& info) const;

  // receiving.cc
  Outcome receive_parts(int descriptor, std::span<const Buffer> parts, int flags, Turn turn);
  int take_text(Socket& socket, std::span<const Buffer> parts, int flags, Turn turn);
  int peek_text(Socket& socket, std::span<const Buffer> parts, Turn turn);
  Outcome nothing_more(Socket& socket, bool nonblocking, Turn turn);
  std::int32_t left_to_read(const Socket& socket) const;
  bool is_at_mark(const Socket& socket, std::uint64_t ahead) const;

  // polling.cc and epoll.cc
  std::uint32_t readiness_of(int descriptor);
  std::uint32_t readiness_of(Socket& socket);
  std::uint32_t collect(Epoll& instance, std::span<EpollEvent> events);

  // *_options.cc: an errno, or 0
  int set_socket_option(int descriptor, int name, ConstBuffer value, Instant now);
  int set_ip_option(Socket& socket, int level, int name, ConstBuffer value, Instant now);
  int set_tcp_option(int descriptor, int name, ConstBuffer value, Instant now);
  int set_no_delay(Socket& socket, bool on, Instant now);
  void tell_user_timeout(const Socket& socket, Instant now);
  int set_tcp_times(Socket& socket, int name, std::int32_t value);
  int set_fast_open(Socket& socket, int name, std::int32_t value);
  static int set_fast_open_keys(Socket& socket, ConstBuffer value);
  int set_congestion(Socket& socket, ConstBuffer value);
  int options_changed(int descriptor, Socket& socket, Instant now);
  using Memory = std::array<std::uint32_t, 9>;  // SO_MEMINFO, in bytes of text
  Memory memory_of(const Socket& socket) const;
  Outcome get_socket_option(Socket& socket, int name, Buffer& value) const;
  Outcome get_ip_option(const Socket& socket, int level, int name, Buffer& value) const;
  Outcome get_tcp_option(const Socket& socket, int name, Buffer& value) const;
  Outcome get_tcp_times(const Socket& socket, int name, Buffer& value) const;
  LinuxTcpInfo info_of(const Socket& socket) const;

  Host& host_;
  LinuxSettings settings_;
  int first_;
  std::vector<std::unique_ptr<Open>> open_;  // by descriptor, from first_; null where none is open
};

}  // namespace handfast::posix

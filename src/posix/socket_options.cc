#include <algorithm>
#include <limits>

#include "posix/errors.h"
#include "posix/option_value.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"

// setsockopt and getsockopt, and the options of SOL_SOCKET.

namespace handfast::posix {

namespace {

constexpr std::uint32_t kLeastSendBuffer = 4608;     // SOCK_MIN_SNDBUF
constexpr std::uint32_t kLeastReceiveBuffer = 2304;  // SOCK_MIN_RCVBUF

// Places in SO_MEMINFO; the others are what a Host has nothing of.
constexpr std::size_t kReceived = 0;
constexpr std::size_t kReceiveBuffer = 1;
constexpr std::size_t kSendBuffer = 3;
constexpr std::size_t kSent = 5;

// Linux doubles what was asked for: half of it is for what a packet weighs beside its text.
std::uint32_t doubled(std::int32_t asked, std::uint32_t most, std::uint32_t least) {
  const std::uint32_t wanted = std::min(static_cast<std::uint32_t>(asked), most);
  return std::max(std::min(wanted, std::uint32_t{0x3FFFFFFF}) * 2, least);
}

int set_timeout(Duration& timeout, ConstBuffer value) {
  const auto asked = read_option<TimeValue>(value);
  if (!asked) return kEinval;
  if (asked->microseconds < 0 || asked->microseconds >= 1'000'000) return kEdom;
  constexpr std::int64_t kForEver = 1'000'000'000;
  const bool none = asked->seconds == 0 && asked->microseconds == 0;
  timeout = none || asked->seconds >= kForEver ? Duration::max()
            : asked->seconds < 0
                ? Duration::zero()
                : Duration(std::chrono::seconds(asked->seconds)) + std::chrono::microseconds(asked->microseconds);
  return 0;
}

TimeValue timeout_value(Duration timeout) {
  if (timeout == Duration::max()) return {};
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  return {us / 1'000'000, us % 1'000'000};
}

}  // namespace

Outcome SocketCalls::setsockopt(int descriptor, int level, int name, ConstBuffer value, Instant now) {
  take_events(now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  int error = kEnoprotoopt;
  if (level == kSolSocket) {
    error = set_socket_option(descriptor, name, value, now);
  } else if (level == kIpprotoTcp) {
    error = set_tcp_option(descriptor, name, value, now);
  } else if (level == kIpprotoIp || (level == kIpprotoIpv6 && socket->family == kAfInet6)) {
    error = set_ip_option(*socket, level, name, value, now);
  }
  return error == 0 ? Outcome::of(0) : Outcome::failed(error);
}

Outcome SocketCalls::getsockopt(int descriptor, int level, int name, Buffer& value, Instant now) {
  take_events(now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  if (value.data == nullptr && value.size > 0) return Outcome::failed(kEfault);
  if (level == kSolSocket) return get_socket_option(*socket, name, value);
  if (level == kIpprotoTcp) return get_tcp_option(*socket, name, value);
  const bool is_ip = level == kIpprotoIp || (level == kIpprotoIpv6 && socket->family == kAfInet6);
  return is_ip ? get_ip_option(*socket, level, name, value) : Outcome::failed(kEnoprotoopt);
}

// What the Host has of this descriptor follows its options: a listener for the connections to come, a connection in
// whatever a TcpConfig says of one that is there.
int SocketCalls::options_changed(int descriptor, Socket& socket, Instant now) {
  if (socket.phase == Socket::Phase::kListening) return change_listener(descriptor, socket, now);
  if (!socket.has_connection() || socket.phase == Socket::Phase::kClosed) return 0;
  const auto changed = host_.set_tcp_config(socket.connection, tcp_config_of(settings_, socket), now);
  return changed ? 0 : error_number(changed.error());
}

int SocketCalls::set_socket_option(int descriptor, int name, ConstBuffer value, Instant now) {
  Socket& socket = *socket_at(descriptor);
  SocketOptions& options = socket.options;
  if (name == kSoRcvtimeo) return set_timeout(options.receive_timeout, value);
  if (name == kSoSndtimeo) return set_timeout(options.send_timeout, value);
  const auto number = read_option<std::int32_t>(value);
  if (!number) return kEinval;
  const bool on = *number != 0;
  switch (name) {
    case kSoReuseaddr:
      return options.reuse_address = on, 0;
    case kSoReuseport:
      return options.reuse_port = on, 0;
    case kSoOobinline:
      return options.oob_inline = on, 0;
    case kSoPriority:
      return options.priority = *number, 0;
    case kSoMark:
      return options.mark = *number, 0;
    case kSoRcvlowat:
      options.receive_low = *number < 0 ? std::numeric_limits<std::int32_t>::max() : std::max(*number, 1);
      return 0;
    case kSoZerocopy:
      if (*number != 0 && *number != 1) return kEinval;
      return options.zero_copy = on, 0;
    case kSoSndbuf:
      options.send_buffer = doubled(*number, settings_.wmem_max, kLeastSendBuffer);
      look_around(descriptor, socket, now);
      return 0;
    case kSoRcvbuf:
      options.receive_buffer = doubled(*number, settings_.rmem_max, kLeastReceiveBuffer);
      return options_changed(descriptor, socket, now);
    case kSoKeepalive:
      options.keep_alive = on;
      if (socket.has_connection()) (void)host_.set_keep_alive(socket.connection, on, now);
      return options_changed(descriptor, socket, now);
    case kSoLinger: {
      const auto linger = read_option<LingerValue>(value);
      if (!linger) return kEinval;
      options.linger_on = linger->on != 0;
      options.linger_seconds = linger->on != 0 ? std::max(linger->seconds, 0) : 0;
      const bool resets = options.linger_on && options.linger_seconds == 0;
      if (socket.has_connection()) {
        (void)host_.set_linger(socket.connection, resets ? Duration::zero() : Duration::max(), now);
      }
      return 0;
    }
    default:
      return kEnoprotoopt;
  }
}

SocketCalls::Memory SocketCalls::memory_of(const Socket& socket) const {
  const SocketOptions& options = socket.options;
  Memory memory{};
  memory[kReceiveBuffer] = options.receive_buffer > 0 ? options.receive_buffer : settings_.tcp_rmem[1];
  const std::uint64_t grown = std::max<std::uint64_t>(socket.grown_buffer, settings_.tcp_wmem[1]);
  memory[kSendBuffer] = options.send_buffer > 0 ? options.send_buffer : static_cast<std::uint32_t>(grown);
  if (const auto info = socket.has_connection() ? host_.info(socket.connection) : failure(Error::kNotConnected)) {
    memory[kReceived] = info->receive_queued;
    memory[kSent] = info->send_queued;
  }
  return memory;
}

Outcome SocketCalls::get_socket_option(Socket& socket, int name, Buffer& value) const {
  const SocketOptions& options = socket.options;
  const auto number = [&](std::int64_t n) { return write_option(static_cast<std::int32_t>(n), value); };
  switch (name) {
    case kSoReuseaddr:
      return number(options.reuse_address);
    case kSoReuseport:
      return number(options.reuse_port);
    case kSoOobinline:
      return number(options.oob_inline);
    case kSoKeepalive:
      return number(options.keep_alive);
    case kSoPriority:
      return number(options.priority);
    case kSoMark:
      return number(options.mark);
    case kSoRcvlowat:
      return number(options.receive_low);
    case kSoSndlowat:
      return number(1);
    case kSoZerocopy:
      return number(options.zero_copy);
    case kSoError:
      return number(std::exchange(socket.error, 0));
    case kSoType:
      return number(kSockStream);
    case kSoDomain:
      return number(socket.family);
    case kSoProtocol:
      return number(kIpprotoTcp);
    case kSoAcceptconn:
      return number(socket.phase == Socket::Phase::kListening);
    case kSoSndbuf:
      return number(memory_of(socket)[kSendBuffer]);
    case kSoRcvbuf:
      return number(memory_of(socket)[kReceiveBuffer]);
    case kSoMeminfo:
      return write_option(memory_of(socket), value);
    case kSoLinger:
      return write_option(LingerValue{options.linger_on ? 1 : 0, options.linger_seconds}, value);
    case kSoRcvtimeo:
      return write_option(timeout_value(options.receive_timeout), value);
    case kSoSndtimeo:
      return write_option(timeout_value(options.send_timeout), value);
    default:
      return Outcome::failed(kEnoprotoopt);
  }
}

}  // namespace handfast::posix

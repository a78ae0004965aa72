#include "posix/socket_calls.h"

// fcntl and ioctl.

namespace handfast::posix {

Outcome SocketCalls::fcntl(int descriptor, int command, int argument) {
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  switch (command) {
    case kFGetfl:
      return Outcome::of(kORdwr | (socket->nonblocking ? kONonblock : 0));
    case kFSetfl:
      socket->nonblocking = (argument & kONonblock) != 0;
      return Outcome::of(0);
    case kFGetfd:
      return Outcome::of(socket->close_on_exec ? kFdCloexec : 0);
    case kFSetfd:
      socket->close_on_exec = (argument & kFdCloexec) != 0;
      return Outcome::of(0);
    default:
      return Outcome::failed(kEinval);
  }
}

// Text that was neither read nor acknowledged; a FIN is none here, where Linux counts its own.
Outcome SocketCalls::io_control(int descriptor, unsigned request, int& value) {
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  if (request == kFionbio) {
    socket->nonblocking = value != 0;
    return Outcome::of(0);
  }
  if (request == kSiocatmark) {
    value = is_at_mark(*socket, 0) ? 1 : 0;
    return Outcome::of(0);
  }
  if (request != kSiocinq && request != kSiocoutq && request != kSiocoutqnsd) return Outcome::failed(kEnotty);
  if (socket->phase == Socket::Phase::kListening) return Outcome::failed(kEinval);
  const bool is_open = socket->phase != Socket::Phase::kConnecting && socket->has_connection();
  const auto info = is_open ? host_.info(socket->connection) : Result<TcpInfo>(TcpInfo{});
  if (!info) return Outcome::failed(kEinval);
  const std::uint32_t bytes = request == kSiocinq    ? info->receive_queued
                              : request == kSiocoutq ? info->send_queued
                                                     : info->not_sent;
  value = static_cast<int>(bytes);
  return Outcome::of(0);
}

}  // namespace handfast::posix

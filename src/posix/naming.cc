#include <algorithm>

#include "posix/address.h"
#include "posix/errors.h"
#include "posix/socket_calls.h"

// socket, bind, getsockname, getpeername. The Host takes a local address when it listens or connects; until then a
// bound one is kept here, and here it is seen whether two descriptors want the same.

namespace handfast::posix {

namespace {

bool overlap(const Endpoint& one, const Endpoint& other) {
  const auto is_any = [](const IpAddress& address) { return address.is_none() || address.is_unspecified(); };
  if (one.port != other.port) return false;
  return is_any(one.address) || is_any(other.address) || one.address == other.address;
}

bool may_share(const Socket& one, const Socket& other) {
  if (one.options.reuse_port && other.options.reuse_port) return true;
  return one.options.reuse_address && other.options.reuse_address && other.phase != Socket::Phase::kListening;
}

}  // namespace

Outcome SocketCalls::socket(int family, int type, int protocol) {
  const int flags = type & ~0xF;
  if ((flags & ~(kSockNonblock | kSockCloexec)) != 0) return Outcome::failed(kEinval);
  if (family != kAfInet && family != kAfInet6) return Outcome::failed(kEafnosupport);
  if ((type & 0xF) != kSockStream) return Outcome::failed(kEsocktnosupport);
  if (protocol != kIpprotoIp && protocol != kIpprotoTcp) return Outcome::failed(kEprotonosupport);
  Socket made;
  made.family = family;
  made.nonblocking = (flags & kSockNonblock) != 0;
  made.close_on_exec = (flags & kSockCloexec) != 0;
  made.tcp = settings_.tcp;
  return add(std::move(made));
}

bool SocketCalls::is_local(const Socket& socket, const IpAddress& address) const {
  const auto& own = settings_.local_addresses;
  if (address.is_none() || address.is_unspecified() || own.empty() || socket.options.free_bind) return true;
  return std::find(own.begin(), own.end(), address) != own.end();
}

// Whether nobody else has the port. What the Host knows and no descriptor stands for, it says itself later.
int SocketCalls::check_local(const Socket& socket, const Endpoint& local) const {
  for (const auto& open : open_) {
    const Socket* other = open ? std::get_if<Socket>(open.get()) : nullptr;
    if (other == nullptr || other == &socket || !other->bound) continue;
    if (overlap(local, *other->bound) && !may_share(socket, *other)) return kEaddrinuse;
  }
  return 0;
}

// The first port of the range that is free: any will do, since the Host draws those of its own openings by RFC 6056.
std::optional<std::uint16_t> SocketCalls::free_port(const Socket& socket, const IpAddress& address) const {
  const auto& [first, last] = settings_.ip_local_port_range;
  for (std::uint32_t port = first; port <= last; ++port) {
    if (check_local(socket, {address, static_cast<std::uint16_t>(port)}) == 0) return static_cast<std::uint16_t>(port);
  }
  return std::nullopt;
}

Outcome SocketCalls::bind(int descriptor, const SocketAddress& address) {
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  // Linux takes AF_UNSPEC for AF_INET where the address is the unspecified one.
  const bool for_any = address.family == kAfUnspec && socket->family == kAfInet;
  if (address.family != socket->family && !(for_any && address.endpoint.address.v4_number() == 0)) {
    return Outcome::failed(socket->family == kAfInet ? kEafnosupport : kEinval);
  }
  if (socket->phase != Socket::Phase::kClosed || socket->bound) return Outcome::failed(kEinval);
  Endpoint local = host_endpoint(address);
  if (socket->options.v6_only && local.address.is_v4()) return Outcome::failed(kEinval);
  if (!is_local(*socket, local.address)) return Outcome::failed(kEaddrnotavail);
  if (local.port == 0) {
    const auto port = free_port(*socket, local.address);
    if (!port) return Outcome::failed(kEaddrinuse);
    local.port = *port;
  }
  if (const int error = check_local(*socket, local); error != 0) return Outcome::failed(error);
  socket->bound = local;
  return Outcome::of(0);
}

std::optional<Endpoint> SocketCalls::end_of(const Socket& socket, bool peer) const {
  if (!socket.has_connection()) return std::nullopt;
  const auto info = host_.info(socket.connection);
  if (!info) return std::nullopt;
  return peer ? info->tuple.peer : info->tuple.host;
}

Outcome SocketCalls::getsockname(int descriptor, SocketAddress& address) {
  const Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  const auto end = end_of(*socket, false);
  address = socket_address(socket->family, end ? *end : socket->bound.value_or(Endpoint{}));
  return Outcome::of(0);
}

Outcome SocketCalls::getpeername(int descriptor, SocketAddress& address) {
  const Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  const auto end = end_of(*socket, true);
  if (socket->phase != Socket::Phase::kConnected || !end) return Outcome::failed(kEnotconn);
  address = socket_address(socket->family, *end);
  return Outcome::of(0);
}

}  // namespace handfast::posix

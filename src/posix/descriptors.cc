#include "posix/socket_calls.h"

// The table of descriptors: the lowest free number is given first, as POSIX has it.

namespace handfast::posix {

SocketCalls::SocketCalls(Host& host, const LinuxSettings& settings, int first_descriptor)
    : host_(host), settings_(settings), first_(first_descriptor) {}

Socket* SocketCalls::socket_at(int descriptor) {
  return const_cast<Socket*>(std::as_const(*this).socket_at(descriptor));
}

const Socket* SocketCalls::socket_at(int descriptor) const {
  const int index = descriptor - first_;
  if (index < 0 || static_cast<std::size_t>(index) >= open_.size()) return nullptr;
  const auto& open = open_[static_cast<std::size_t>(index)];
  return open ? std::get_if<Socket>(open.get()) : nullptr;
}

Epoll* SocketCalls::epoll_at(int descriptor) {
  const int index = descriptor - first_;
  if (index < 0 || static_cast<std::size_t>(index) >= open_.size()) return nullptr;
  const auto& open = open_[static_cast<std::size_t>(index)];
  return open ? std::get_if<Epoll>(open.get()) : nullptr;
}

// What a call on a socket answers where there is none.
Outcome SocketCalls::no_socket(int descriptor) const {
  const int index = descriptor - first_;
  const bool is_open =
      index >= 0 && static_cast<std::size_t>(index) < open_.size() && open_[static_cast<std::size_t>(index)] != nullptr;
  return Outcome::failed(is_open ? kEnotsock : kEbadf);
}

Outcome SocketCalls::add(Open open) {
  std::size_t index = 0;
  while (index < open_.size() && open_[index]) ++index;
  if (index >= settings_.open_files) return Outcome::failed(kEmfile);
  if (index == open_.size()) open_.emplace_back();
  open_[index] = std::make_unique<Open>(std::move(open));
  return Outcome::of(first_ + static_cast<int>(index));
}

void SocketCalls::remove(int descriptor) {
  open_[static_cast<std::size_t>(descriptor - first_)].reset();
  for (const auto& open : open_) {
    if (Epoll* watcher = open ? std::get_if<Epoll>(open.get()) : nullptr) watcher->items.erase(descriptor);
  }
}

std::optional<TcpHandle> SocketCalls::connection_of(int descriptor) const {
  const Socket* socket = socket_at(descriptor);
  if (socket == nullptr || !socket->has_connection()) return std::nullopt;
  return socket->connection;
}

}  // namespace handfast::posix

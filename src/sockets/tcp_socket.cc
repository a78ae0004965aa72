#include "handfast/tcp_socket.h"

// Ownership over handles: what a socket does is the Host's, when it ends is the owner's.

namespace handfast {

// A destructor has no reading of the clock. The Host takes the origin for one that went backward: the last one counts.
TcpSocket::~TcpSocket() {
  if (host_ != nullptr) (void)host_->close(handle_, Instant::min());
}

Result<TcpSocket> TcpSocket::connect(Host& host, const ConnectOptions& options, Instant now) {
  const auto handle = host.connect(options, now);
  if (!handle) return std::unexpected(handle.error());
  return TcpSocket(host, *handle);
}

TcpHandle TcpSocket::release() {
  host_ = nullptr;
  return std::exchange(handle_, TcpHandle{});
}

// A socket that was never opened, or was closed, answers like a stale handle.
template <typename Verb>
auto TcpSocket::call(Verb verb) const -> decltype(verb(std::declval<Host&>())) {
  if (host_ == nullptr) return failure(Error::kStaleHandle);
  return verb(*host_);
}

Result<std::size_t> TcpSocket::send(std::span<const std::byte> text, Instant now) {
  return call([&](Host& host) { return host.send(handle_, text, now); });
}

Result<void> TcpSocket::send_slice(Slice text, Instant now) {
  return call([&](Host& host) { return host.send_slice(handle_, std::move(text), now); });
}

Result<std::size_t> TcpSocket::send_urgent(std::span<const std::byte> text, Instant now) {
  return call([&](Host& host) { return host.send_urgent(handle_, text, now); });
}

Result<std::size_t> TcpSocket::receive(std::span<std::byte> text, Instant now) {
  return call([&](Host& host) { return host.receive(handle_, text, now); });
}

Result<Slice> TcpSocket::receive_slice(Instant now) {
  return call([&](Host& host) { return host.receive_slice(handle_, now); });
}

Result<void> TcpSocket::close_send(Instant now) {
  return call([&](Host& host) { return host.close_send(handle_, now); });
}

Result<void> TcpSocket::close(Instant now) {
  return call([&](Host& host) {
    host_ = nullptr;
    return host.close(handle_, now);
  });
}

Result<void> TcpSocket::abort(Instant now) {
  return call([&](Host& host) {
    host_ = nullptr;
    return host.abort(handle_, now);
  });
}

Result<TcpInfo> TcpSocket::info() const {
  return call([&](Host& host) { return host.info(handle_); });
}

TcpListener::~TcpListener() {
  if (host_ != nullptr) (void)host_->close_listener(handle_, Instant::min());
}

Result<TcpListener> TcpListener::listen(Host& host, const ListenOptions& options, Instant now) {
  const auto handle = host.listen(options, now);
  if (!handle) return std::unexpected(handle.error());
  return TcpListener(host, *handle);
}

Result<TcpSocket> TcpListener::accept(Instant now) {
  if (host_ == nullptr) return failure(Error::kStaleHandle);
  const auto handle = host_->accept(handle_, now);
  if (!handle) return std::unexpected(handle.error());
  return TcpSocket(*host_, *handle);
}

Result<ListenerInfo> TcpListener::info() const {
  if (host_ == nullptr) return failure(Error::kStaleHandle);
  return host_->listener_info(handle_);
}

Result<void> TcpListener::close(Instant now) {
  if (host_ == nullptr) return failure(Error::kStaleHandle);
  Host& host = *std::exchange(host_, nullptr);
  return host.close_listener(handle_, now);
}

}  // namespace handfast

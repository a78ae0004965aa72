#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "handfast/host.h"

namespace handfast {

/// A connection as a value: it owns the handle and lets the connection go when it is destroyed, so that queued text and
/// a FIN still go out (Host::close). The Host must outlive it. Non-blocking: each verb answers at once, and readiness
/// comes as an Event of the Host.
class TcpSocket {
 public:
  TcpSocket() = default;
  TcpSocket(Host& host, TcpHandle handle) : host_(&host), handle_(handle) {}
  TcpSocket(TcpSocket&& other) noexcept
      : host_(std::exchange(other.host_, nullptr)), handle_(std::exchange(other.handle_, TcpHandle{})) {}
  TcpSocket& operator=(TcpSocket&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~TcpSocket();

  /// Sends a SYN (RFC 9293 §3.10.1). Errors as Host::connect.
  static Result<TcpSocket> connect(Host& host, const ConnectOptions& options, Instant now);

  bool is_open() const { return host_ != nullptr; }
  TcpHandle handle() const { return handle_; }
  /// Gives the handle to the caller, who closes it.
  TcpHandle release();

  Result<std::size_t> send(std::span<const std::byte> text, Instant now);
  Result<void> send_slice(Slice text, Instant now);
  Result<std::size_t> send_urgent(std::span<const std::byte> text, Instant now);
  Result<std::size_t> receive(std::span<std::byte> text, Instant now);
  Result<Slice> receive_slice(Instant now);
  /// Half-close: the peer sees the end of our text; its own can still be taken (RFC 9293 §3.6).
  Result<void> close_send(Instant now);
  Result<void> close(Instant now);
  Result<void> abort(Instant now);
  Result<TcpInfo> info() const;

 private:
  template <typename Verb>
  auto call(Verb verb) const -> decltype(verb(std::declval<Host&>()));

  Host* host_ = nullptr;
  TcpHandle handle_;
};

/// A passive OPEN as a value; ends with its owner (Host::close_listener).
class TcpListener {
 public:
  TcpListener() = default;
  TcpListener(TcpListener&& other) noexcept
      : host_(std::exchange(other.host_, nullptr)), handle_(std::exchange(other.handle_, ListenerHandle{})) {}
  TcpListener& operator=(TcpListener&& other) noexcept {
    std::swap(host_, other.host_);
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~TcpListener();

  /// Errors as Host::listen.
  static Result<TcpListener> listen(Host& host, const ListenOptions& options, Instant now);

  bool is_open() const { return host_ != nullptr; }
  ListenerHandle handle() const { return handle_; }
  /// The oldest connection that waits; kWouldBlock where none does.
  Result<TcpSocket> accept(Instant now);
  Result<ListenerInfo> info() const;
  Result<void> close(Instant now);

 private:
  TcpListener(Host& host, ListenerHandle handle) : host_(&host), handle_(handle) {}

  Host* host_ = nullptr;
  ListenerHandle handle_;
};

}  // namespace handfast

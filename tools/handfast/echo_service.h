#pragma once

#include <cstdint>
#include <unordered_map>

#include "drivers/event_loop.h"
#include "handfast/progress.h"

namespace handfast::tool {

/// Sends everything back that arrives, on any number of connections at once (RFC 862).
///
/// What it holds for a connection is bounded: text is taken from the Host only when all of the text before it went into
/// the send queue. A peer that sends and never reads therefore fills its own send queue and receive buffer, then its
/// window closes.
class EchoService {
 public:
  EchoService(drivers::EventLoop& loop, const Progress& progress) : loop_(&loop), progress_(&progress) {}

  /// Takes over a connection that was just accepted.
  void add(TcpHandle connection);
  /// To be called with each event of a connection; other connections' events are ignored.
  void on_event(const Event& event);
  std::size_t connection_count() const { return pending_.size(); }
  std::uint64_t served() const { return served_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void pump(TcpHandle connection);
  bool send_back(TcpHandle connection, Slice& text);
  void finish(TcpHandle connection);
  void fail(TcpHandle connection);

  drivers::EventLoop* loop_;
  const Progress* progress_;
  std::unordered_map<std::uint64_t, Slice> pending_;  // By TcpHandle::number(): text that is still to go back.
  std::uint64_t served_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace handfast::tool

#include "handfast/echo_service.h"

#include "handfast/connection_words.h"

namespace handfast::tool {

void EchoService::add(TcpHandle connection) {
  pending_.try_emplace(connection.number());
  pump(connection);
}

void EchoService::on_event(const Event& event) {
  const TcpHandle* connection = std::get_if<TcpHandle>(&event.source);
  if (connection == nullptr || !pending_.contains(connection->number())) return;
  if ((event.readiness & Readiness::kFailed) != 0) return fail(*connection);
  pump(*connection);
}

void EchoService::pump(TcpHandle connection) {
  Slice& text = pending_[connection.number()];
  while (text.empty() || send_back(connection, text)) {
    Result<Slice> next = loop_->host().receive_slice(connection, loop_->now());
    if (!next) {
      if (next.error() != make_error_code(Error::kWouldBlock)) fail(connection);
      return;
    }
    if (next->empty()) return finish(connection);
    bytes_ += next->size();
    text = std::move(*next);
  }
}

// False: the send queue is full, or the connection failed, of which its own event tells.
bool EchoService::send_back(TcpHandle connection, Slice& text) {
  while (!text.empty()) {
    const Result<std::size_t> taken = loop_->host().send(connection, text.bytes(), loop_->now());
    if (!taken || *taken == 0) return false;
    text.remove_prefix(static_cast<std::uint32_t>(*taken));
  }
  text.reset();
  return true;
}

// The peer's end of text, and all of it is in the send queue: the Host sends the rest and a FIN by itself.
void EchoService::finish(TcpHandle connection) {
  (void)loop_->host().close(connection, loop_->now());
  pending_.erase(connection.number());
  ++served_;
}

void EchoService::fail(TcpHandle connection) {
  const Result<TcpInfo> info = loop_->host().info(connection);
  if (info) progress_->say("{}", explain_connection_error(info->error, info->tuple.peer));
  (void)loop_->host().close(connection, loop_->now());
  pending_.erase(connection.number());
  ++failed_;
}

}  // namespace handfast::tool

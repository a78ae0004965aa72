#include "handfast/host.h"

#include "host/shard.h"

// The public face: each verb is the shard's.

namespace handfast {

Host::Host(std::unique_ptr<host::Shard> shard) : shard_(std::move(shard)) {}
Host::~Host() = default;

Result<std::unique_ptr<Host>> Host::create(const Config& config, Random& random, trace::Sink* sink,
                                           const Secrets* secrets) {
  if (config.validate()) return failure(Error::kInvalidArgument);
  Secrets drawn;
  if (secrets != nullptr) {
    drawn = *secrets;
  } else {
    for (SecretKey* key : {&drawn.initial_sequence, &drawn.timestamp_offset, &drawn.port_choice, &drawn.hash_table,
                           &drawn.flow_label, &drawn.syn_cookie, &drawn.fast_open}) {
      random.fill(std::as_writable_bytes(std::span(*key)));
    }
  }
  return std::unique_ptr<Host>(new Host(std::make_unique<host::Shard>(config, drawn, sink)));
}

Result<InterfaceId> Host::add_interface(const InterfaceConfig& config) { return shard_->add_interface(config); }
std::optional<Slice> Host::allocate(std::uint32_t size) { return shard_->allocate(size); }
void Host::receive(std::span<Frame> frames, Instant now) { shard_->receive(frames, now); }
std::size_t Host::poll_transmit(std::span<Frame> out, Instant now) { return shard_->poll_transmit(out, now); }
Instant Host::next_deadline() const { return shard_->next_deadline(); }
void Host::on_deadline(Instant now) { shard_->on_deadline(now); }
bool Host::poll_event(Event& event) { return shard_->poll_event(event); }
Result<ListenerHandle> Host::listen(const ListenOptions& options, Instant now) { return shard_->listen(options, now); }
Result<TcpHandle> Host::accept(ListenerHandle listener, Instant now) { return shard_->accept(listener, now); }
Result<void> Host::set_context(TcpHandle connection, std::uint64_t context) {
  return shard_->set_context(connection, context);
}
Result<void> Host::change_listener(ListenerHandle listener, const ListenOptions& options, Instant now) {
  return shard_->change_listener(listener, options, now);
}
Result<void> Host::close_listener(ListenerHandle listener, Instant now) {
  return shard_->close_listener(listener, now);
}
Result<ListenerInfo> Host::listener_info(ListenerHandle listener) const { return shard_->listener_info(listener); }
Result<TcpHandle> Host::connect(const ConnectOptions& options, Instant now) { return shard_->connect(options, now); }
void Host::forget_fast_open_peers() { shard_->fast_open_peers().forget_all(); }

std::uint16_t Host::fast_open_mss(const IpAddress& peer, Instant now, bool without_cookie) const {
  return shard_->fast_open_mss(peer, without_cookie, now);
}
Result<std::size_t> Host::send(TcpHandle connection, std::span<const std::byte> text, Instant now) {
  return shard_->send(connection, text, now);
}
Result<void> Host::send_slice(TcpHandle connection, Slice text, Instant now) {
  return shard_->send_slice(connection, std::move(text), now);
}
Result<std::size_t> Host::send_urgent(TcpHandle connection, std::span<const std::byte> text, Instant now) {
  return shard_->send_urgent(connection, text, now);
}
Result<std::size_t> Host::receive(TcpHandle connection, std::span<std::byte> text, Instant now) {
  return shard_->receive_text(connection, text, now);
}
Result<std::size_t> Host::peek(TcpHandle connection, std::span<std::byte> text) const {
  return shard_->peek(connection, text);
}
Result<Slice> Host::receive_slice(TcpHandle connection, Instant now) { return shard_->receive_slice(connection, now); }
Result<void> Host::close_send(TcpHandle connection, Instant now) { return shard_->close_send(connection, now); }
Result<void> Host::close(TcpHandle connection, Instant now) { return shard_->close(connection, now); }
Result<void> Host::abort(TcpHandle connection, Instant now) { return shard_->abort(connection, now); }
Result<TcpInfo> Host::info(TcpHandle connection) const { return shard_->info(connection); }
Result<void> Host::set_tcp_config(TcpHandle connection, const TcpConfig& tcp, Instant now) {
  return shard_->set_tcp_config(connection, tcp, now);
}
Result<void> Host::set_keep_alive(TcpHandle connection, bool on, Instant now) {
  return shard_->set_keep_alive(connection, on, now);
}

Result<void> Host::set_error_reports(TcpHandle connection, bool on, Instant now) {
  return shard_->set_error_reports(connection, on, now);
}

Result<void> Host::set_user_timeout(TcpHandle connection, Duration timeout, Instant now) {
  return shard_->set_user_timeout(connection, timeout, now);
}

Result<void> Host::set_nagle(TcpHandle connection, bool on, Instant now) {
  return shard_->set_nagle(connection, on, now);
}

Result<void> Host::set_diff_serv(TcpHandle connection, std::uint8_t diff_serv, Instant now) {
  return shard_->set_diff_serv(connection, diff_serv, now);
}

Result<void> Host::set_ttl(TcpHandle connection, std::uint8_t ttl, Instant now) {
  return shard_->set_ttl(connection, ttl, now);
}

Result<void> Host::set_push(TcpHandle connection, bool on, Instant now) {
  return shard_->set_push(connection, on, now);
}

Result<void> Host::end_record(TcpHandle connection, Instant now) { return shard_->end_record(connection, now); }
Result<void> Host::set_cork(TcpHandle connection, bool on, Instant now) {
  return shard_->set_cork(connection, on, now);
}

Result<void> Host::set_quick_ack(TcpHandle connection, bool on, Instant now) {
  return shard_->set_quick_ack(connection, on, now);
}

Result<void> Host::set_unsent_mark(TcpHandle connection, std::uint32_t bytes, Instant now) {
  return shard_->set_unsent_mark(connection, bytes, now);
}

Result<void> Host::await_room(TcpHandle connection, std::uint32_t bytes, Instant now) {
  return shard_->await_room(connection, bytes, now);
}

Result<void> Host::set_linger(TcpHandle connection, Duration limit, Instant now) {
  return shard_->set_linger(connection, limit, now);
}
void Host::shutdown(Instant now, Instant deadline) { shard_->shutdown(now, deadline); }
bool Host::is_drained() const { return shard_->is_drained(); }
const Counters& Host::counters() const { return shard_->counters(); }
std::size_t Host::memory_used() const { return shard_->memory_used(); }
std::uint32_t Host::connection_count() const { return shard_->connection_count(); }
void Host::set_trace(trace::Sink* sink) { shard_->set_trace(sink); }

}  // namespace handfast

#include "handfast/relay.h"

#include <fmt/format.h>

#include "handfast/connection_words.h"

namespace handfast::tool {

namespace {

using drivers::ByteStream;
using drivers::Outcome;
using drivers::Poller;

constexpr std::size_t kStagingSize = 64 * 1024;
constexpr auto kWouldBlock = Error::kWouldBlock;

bool is_standard(const std::string& name) { return name.empty() || name == "-"; }

}  // namespace

std::expected<Streams, Failure> open_streams(const std::string& input, const std::string& output) {
  Outcome<ByteStream> in = is_standard(input) ? ByteStream::standard_input() : ByteStream::open_to_read(input);
  if (!in) return std::unexpected(Failure{kEnvironment, in.error().to_string()});
  Outcome<ByteStream> out = is_standard(output) ? ByteStream::standard_output() : ByteStream::open_to_write(output);
  if (!out) return std::unexpected(Failure{kEnvironment, out.error().to_string()});
  return Streams{std::move(*in), std::move(*out)};
}

Relay::Relay(drivers::EventLoop& loop, TcpHandle connection, const Streams& streams, Over over)
    : loop_(&loop), connection_(connection), streams_(&streams), over_(std::move(over)), staging_(kStagingSize) {
  if (const Result<TcpInfo> info = loop.host().info(connection)) peer_ = info->tuple.peer;
}

Relay::~Relay() {
  loop_->poller().remove(input_watch_);
  loop_->poller().remove(output_watch_);
}

std::expected<std::unique_ptr<Relay>, Failure> Relay::start(drivers::EventLoop& loop, TcpHandle connection,
                                                            const Streams& streams, Over over) {
  std::unique_ptr<Relay> relay(new Relay(loop, connection, streams, std::move(over)));
  if (std::expected<void, Failure> watched = relay->watch(); !watched)
    return std::unexpected(std::move(watched.error()));
  return relay;
}

std::expected<void, Failure> Relay::watch() {
  Poller& poller = loop_->poller();
  Outcome<Poller::Watch> input =
      poller.add(streams_->input.descriptor(), Poller::kReadable, [this](std::uint32_t) { pump_input(); });
  if (!input) return std::unexpected(Failure{kEnvironment, input.error().to_string()});
  input_watch_ = *input;
  Outcome<Poller::Watch> output =
      poller.add(streams_->output.descriptor(), 0, [this](std::uint32_t) { pump_output(); });
  if (!output) return std::unexpected(Failure{kEnvironment, output.error().to_string()});
  output_watch_ = *output;
  return {};
}

void Relay::on_event(const Event& event) {
  if (is_over_) return;
  // Text that came before the end, or before a failure, is the caller's all the same.
  if ((event.readiness & (Readiness::kReadable | Readiness::kPeerClosed | Readiness::kFailed)) != 0) pump_output();
  if (is_over_) return;
  if ((event.readiness & Readiness::kFailed) != 0) {
    const Result<TcpInfo> info = loop_->host().info(connection_);
    return fail(info ? info->error : info.error());
  }
  if ((event.readiness & (Readiness::kWritable | Readiness::kConnected)) != 0) pump_input();
  look_whether_over();
}

void Relay::pump_input() {
  while (!is_over_ && !fin_queued_) {
    if (staged_.empty() && !input_ended_ && !fill_staged()) break;
    if (!send_staged()) break;
    if (!input_ended_) continue;
    if (const Result<void> closed = loop_->host().close_send(connection_, loop_->now()); !closed)
      return fail(closed.error());
    fin_queued_ = true;
  }
  if (is_over_) return;
  const bool reading = !input_ended_ && staged_.empty();
  loop_->poller().set_interest(input_watch_, reading ? Poller::kReadable : 0);
  look_whether_over();
}

// False: nothing can be read just now.
bool Relay::fill_staged() {
  const Outcome<ByteStream::Moved> moved = streams_->input.read(staging_);
  if (!moved) {
    break_off(moved.error());
    return false;
  }
  if (moved->step == ByteStream::Step::kNotReady) return false;
  if (moved->step == ByteStream::Step::kEnd) {
    input_ended_ = true;
  } else {
    staged_ = std::span(staging_).first(moved->count);
  }
  return true;
}

// False: the send queue has no room for all of it.
bool Relay::send_staged() {
  while (!staged_.empty()) {
    Host& host = loop_->host();
    const Result<std::size_t> taken = urgently_ ? host.send_urgent(connection_, staged_, loop_->now())
                                                : host.send(connection_, staged_, loop_->now());
    if (!taken) {
      if (taken.error() != make_error_code(kWouldBlock)) fail(taken.error());
      return false;
    }
    if (*taken == 0) return false;
    staged_ = staged_.subspan(*taken);
    sent_ += *taken;
  }
  return true;
}

void Relay::pump_output() {
  while (!is_over_) {
    if (held_.empty() && !take_text()) break;
    const Outcome<ByteStream::Moved> moved = streams_->output.write(held_.bytes());
    if (!moved) return break_off(moved.error());
    if (moved->step != ByteStream::Step::kMoved) break;
    held_.remove_prefix(static_cast<std::uint32_t>(moved->count));
    received_ += moved->count;
  }
  if (is_over_) return;
  loop_->poller().set_interest(output_watch_, held_.empty() ? 0 : Poller::kWritable);
  look_whether_over();
}

// False: the Host has no text just now.
bool Relay::take_text() {
  if (peer_ended_) return false;
  Result<Slice> text = loop_->host().receive_slice(connection_, loop_->now());
  if (!text) {
    // What ended the connection is told by its kFailed event, which comes when the text before it was taken.
    return false;
  }
  if (text->empty()) {
    peer_ended_ = true;
    return false;
  }
  held_ = std::move(*text);
  return true;
}

// Both directions ended, and the peer has acknowledged our FIN: nothing that was sent can be lost any more.
void Relay::look_whether_over() {
  if (is_over_ || !fin_queued_ || !peer_ended_ || !held_.empty()) return;
  const Result<TcpInfo> info = loop_->host().info(connection_);
  if (info && info->error && info->state == TcpState::kClosed) return fail(info->error);
  const bool finished = !info || info->state == TcpState::kTimeWait || info->state == TcpState::kClosed;
  if (!finished) return;
  note_info();
  (void)loop_->host().close(connection_, loop_->now());
  end(std::nullopt);
}

void Relay::note_info() {
  if (const Result<TcpInfo> info = loop_->host().info(connection_)) last_info_ = *info;
}

void Relay::fail(std::error_code error) {
  note_info();
  (void)loop_->host().close(connection_, loop_->now());
  end(Failure{kFailed, explain_connection_error(error, peer_)});
}

// A file of ours failed: the peer learns by a reset that not everything went its way.
void Relay::break_off(const drivers::Trouble& trouble) {
  note_info();
  (void)loop_->host().abort(connection_, loop_->now());
  end(Failure{kEnvironment, trouble.to_string()});
}

void Relay::end(const std::optional<Failure>& failure) {
  is_over_ = true;
  held_.reset();
  loop_->poller().remove(input_watch_);
  loop_->poller().remove(output_watch_);
  over_(failure);
}

}  // namespace handfast::tool

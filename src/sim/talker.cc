#include "sim/talker.h"

#include <algorithm>

namespace handfast::sim {

Talker::Talker(TalkerPlan plan, Generator random, std::uint64_t number)
    : plan_(plan), random_(random), number_(number) {}

std::error_code Talker::open(Host& host, const ConnectOptions& options, Instant now) {
  const Result<TcpHandle> connection = host.connect(options, now);
  if (!connection) return connection.error();
  const Result<TcpInfo> info = host.info(*connection);
  if (!info) return info.error();
  host_ = &host;
  connection_ = *connection;
  stage_ = Stage::kConnecting;
  enter(info->tuple, info->snd_iss);
  return {};
}

void Talker::adopt(Host& host, TcpHandle connection, const TcpInfo& info, Instant now) {
  host_ = &host;
  connection_ = connection;
  enter(info.tuple, info.snd_iss);
  start(now);
  if (!find_peer()) complain("accepted a connection that nobody opened (I-G2)");
  pump(now);
}

void Talker::enter(const FourTuple& tuple, std::uint32_t iss) {
  const std::uint64_t key = mix(random_.next(), mix(number_, ++generation_));
  record_ = ledger_->enter(tuple, iss, key);
  if (record_ != nullptr) return;
  // The same initial sequence number twice for one tuple: only a clock that stands still allows it.
  record_ = ledger_->find(tuple, iss);
  *record_ = EndRecord{.tuple = tuple, .iss = iss, .key = key};
}

void Talker::start(Instant now) {
  stage_ = Stage::kTalking;
  connected_at_ = now;
  write_at_ = kNever;
  read_at_ = plan_.first_read > Duration{} ? now + plan_.first_read : kNever;
}

bool Talker::find_peer() {
  if (peer_ != nullptr) return true;
  const Result<TcpInfo> info = host_->info(connection_);
  if (info) peer_ = ledger_->find(reversed(record_->tuple), info->rcv_irs);
  return peer_ != nullptr;
}

void Talker::on_readiness(std::uint16_t readiness, Instant now) {
  if (stage_ == Stage::kConnecting && (readiness & (Readiness::kConnected | Readiness::kReadable)) != 0) start(now);
  if (stage_ == Stage::kIdle || stage_ == Stage::kDone) return;
  // Text that came before a failure is still the caller's to take.
  if ((readiness & Readiness::kFailed) != 0) {
    const Result<TcpInfo> info = host_->info(connection_);
    if (stage_ == Stage::kTalking) read(now);
    if (stage_ != Stage::kDone) fail(info ? info->error : info.error(), now);
    return;
  }
  pump(now);
}

void Talker::on_wake(Instant now) {
  if (write_at_ <= now) write_at_ = kNever;
  if (read_at_ <= now) read_at_ = kNever;
  pump(now);
}

Instant Talker::next_wake() const { return stage_ == Stage::kTalking ? std::min(write_at_, read_at_) : kNever; }

void Talker::give_up(Instant now) {
  if (record_ == nullptr || stage_ == Stage::kDone) return;
  record_->aborted = true;
  (void)host_->abort(connection_, now);
  end(now);
}

void Talker::reset() {
  stage_ = Stage::kIdle;
  record_ = nullptr;
  peer_ = nullptr;
  write_at_ = read_at_ = kNever;
}

bool Talker::wants_abort() const {
  return plan_.close == CloseStyle::kAbort && record_->sent + record_->delivered >= plan_.abort_after;
}

void Talker::pump(Instant now) {
  if (stage_ != Stage::kTalking) return;
  write(now);
  if (stage_ == Stage::kTalking) read(now);
  if (stage_ == Stage::kTalking) close_up(now);
}

void Talker::write(Instant now) {
  while (stage_ == Stage::kTalking && write_at_ == kNever && !record_->closed_send && record_->sent < plan_.bytes &&
         !wants_abort()) {
    const std::uint64_t drawn = random_.range(1, plan_.write_chunk);
    const auto count = static_cast<std::size_t>(std::min(drawn, plan_.bytes - record_->sent));
    if (!write_once(count, now)) return;
    if (plan_.write_pause > Duration{}) write_at_ = now + plan_.write_pause;
  }
}

bool Talker::write_once(std::size_t count, Instant now) {
  const KeyedStream stream(record_->key);
  if (plan_.slices) {
    std::optional<Slice> slice = host_->allocate(static_cast<std::uint32_t>(count));
    if (slice) {
      stream.write(record_->sent, slice->mutable_bytes().first(count));
      slice->truncate(static_cast<std::uint32_t>(count));
      const Result<void> queued = host_->send_slice(connection_, std::move(*slice), now);
      if (queued) {
        record_->sent += count;
        return true;
      }
      if (queued.error() != Error::kWouldBlock) return fail(queued.error(), now), false;
    }
    // A slice that is larger than the whole queue would wait for ever: the copying call takes the part that fits.
  }
  room_.resize(std::max(room_.size(), count));
  const auto text = std::span(room_).first(count);
  stream.write(record_->sent, text);
  const Result<std::size_t> taken = host_->send(connection_, text, now);
  if (!taken) {
    if (taken.error() != Error::kWouldBlock) fail(taken.error(), now);
    return false;
  }
  if (*taken == 0 || *taken > count) complain("send took " + std::to_string(*taken) + " bytes");
  record_->sent += *taken;
  return *taken == count;
}

void Talker::read(Instant now) {
  while (stage_ == Stage::kTalking && read_at_ == kNever && !record_->heard_end && !wants_abort()) {
    if (!read_once(now)) return;
    if (plan_.read_pause > Duration{} && !record_->heard_end) read_at_ = now + plan_.read_pause;
  }
}

bool Talker::read_once(Instant now) {
  std::size_t count = 0;
  bool intact = true;
  if (plan_.slices) {
    Result<Slice> slice = host_->receive_slice(connection_, now);
    if (!slice) return slice.error() == Error::kWouldBlock ? false : (fail(slice.error(), now), false);
    count = slice->size();
    intact = check(slice->bytes());
  } else {
    const auto wanted = static_cast<std::size_t>(random_.range(1, plan_.read_chunk));
    room_.resize(std::max(room_.size(), wanted));
    const Result<std::size_t> given = host_->receive(connection_, std::span(room_).first(wanted), now);
    if (!given) return given.error() == Error::kWouldBlock ? false : (fail(given.error(), now), false);
    count = *given;
    intact = count <= wanted && check(std::span(room_).first(count));
  }
  if (!intact)
    complain("delivered text is not what the peer sent, behind " + std::to_string(record_->delivered) +
             " good bytes (I-G1, I-G2)");
  record_->delivered += count;
  if (count > 0) return true;
  record_->heard_end = true;
  if (find_peer() && (!peer_->closed_send || peer_->sent != record_->delivered)) {
    complain("end of text after " + std::to_string(record_->delivered) + " of " + std::to_string(peer_->sent) +
             " bytes (I-G5)");
  }
  return true;
}

bool Talker::check(std::span<const std::byte> text) {
  if (text.empty()) return true;
  if (!find_peer() || record_->delivered + text.size() > peer_->sent) return false;
  return !KeyedStream(peer_->key).first_difference(record_->delivered, text);
}

void Talker::close_up(Instant now) {
  if (wants_abort()) {
    record_->aborted = true;
    (void)host_->abort(connection_, now);
    return end(now);
  }
  const bool sent_all = record_->sent == plan_.bytes;
  const bool may_close = plan_.close == CloseStyle::kWhenSent || record_->heard_end;
  if (sent_all && plan_.close == CloseStyle::kLetGo) {
    record_->let_go = record_->closed_send = true;
    (void)host_->close(connection_, now);
    return end(now);
  }
  if (sent_all && may_close && !record_->closed_send) {
    record_->closed_send = true;
    const Result<void> closed = host_->close_send(connection_, now);
    if (!closed) return fail(closed.error(), now);
  }
  if (record_->closed_send && record_->heard_end) {
    const Result<void> closed = host_->close(connection_, now);
    if (!closed) complain("close of a finished connection failed: " + closed.error().message());
    end(now);
  }
}

void Talker::end(Instant now) {
  stage_ = Stage::kDone;
  done_at_ = now;
}

void Talker::fail(std::error_code error, Instant now) {
  if (stage_ == Stage::kDone) return;
  error_ = error;
  record_->let_go = true;
  (void)host_->close(connection_, now);
  end(now);
}

void Talker::complain(const std::string& what) {
  complaints_->add("talker " + std::to_string(number_) + " " + describe(record_->tuple) + ": " + what);
}

std::string Talker::summary() const {
  static constexpr const char* kStages[] = {"idle", "connecting", "talking", "done"};
  std::string text = "talker " + std::to_string(number_) + " " + kStages[static_cast<std::size_t>(stage_)];
  if (record_ != nullptr) {
    text += " sent " + std::to_string(record_->sent) + "/" + std::to_string(plan_.bytes) + " delivered " +
            std::to_string(record_->delivered) + (record_->closed_send ? " closed" : "") +
            (record_->heard_end ? " heard the end" : "");
  }
  if (error_) text += " error " + error_.message();
  return text;
}

}  // namespace handfast::sim

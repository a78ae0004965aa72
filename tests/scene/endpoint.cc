#include "scene/endpoint.h"

#include <cstring>

namespace handfast::scene {

namespace {

// Of a frame that the driver received into.
constexpr std::uint32_t kFrameBuffer = 2048;
constexpr base::SipKey kFastOpenKey{.k0 = 1, .k1 = 2};

}  // namespace

LoneEnd::LoneEnd(const LoneEndOptions& options)
    : options_(options),
      memory_(options.memory),
      buffers_(&memory_),
      active_blocks_(&memory_),
      ecn_bytes_(&memory_),
      resources_{.memory = memory_, .buffers = buffers_, .active_blocks = active_blocks_, .ecn_bytes = ecn_bytes_},
      next_iss_(options.iss) {}

FourTuple LoneEnd::tuple() const {
  constexpr std::uint8_t kDocumentation[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (options_.version == IpVersion::kV6) {
    const IpAddress address = IpAddress::v6(kDocumentation);
    return {.host = {address, 80}, .peer = {address, 40000}};
  }
  return {.host = {IpAddress::v4(192, 0, 2, 1), 80}, .peer = {IpAddress::v4(192, 0, 2, 2), 40000}};
}

tcp::Context LoneEnd::context() {
  return {.now = now_,
          .config = options_.config,
          .resources = resources_,
          .counters = counters_,
          .trace = options_.trace,
          .connection = 1,
          .fast_open_key = &kFastOpenKey,
          .grants_fast_open = options_.grants_fast_open,
          .accepts_early = options_.accepts_early};
}

tcp::Opening LoneEnd::opening() {
  const tcp::Opening result{.tuple = tuple(),
                            .iss = tcp::SeqNum(next_iss_),
                            .timestamp_offset = options_.timestamp_offset,
                            .mss = options_.mss,
                            .fast_open = options_.fast_open};
  next_iss_ += 0x10000;
  return result;
}

// --- the caller's side ---

void LoneEnd::open() {
  tcp::Context lent = context();
  flow_.emplace<tcp::Connection>();
  half_open_ = false;
  connection()->open_active(opening(), lent);
  settle();
}

tcp::Connection* LoneEnd::callers() {
  tcp::Connection* whole = connection();
  return whole != nullptr && !half_open_ && !whole->is_released() ? whole : nullptr;
}

Result<std::size_t> LoneEnd::send(std::string_view text) {
  if (callers() == nullptr) return failure(listening_ ? Error::kUnspecifiedPeer : Error::kStaleHandle);
  tcp::Context lent = context();
  const auto result = callers()->send(std::as_bytes(std::span(text)), lent);
  settle();
  return result;
}

Result<std::size_t> LoneEnd::send_urgent(std::string_view text) {
  if (callers() == nullptr) return failure(listening_ ? Error::kUnspecifiedPeer : Error::kStaleHandle);
  tcp::Context lent = context();
  const auto result = callers()->send_urgent(std::as_bytes(std::span(text)), lent);
  settle();
  return result;
}

Result<std::string> LoneEnd::receive(std::size_t most) {
  if (callers() == nullptr) return failure(Error::kStaleHandle);
  tcp::Context lent = context();
  std::string text(most, '\0');
  const auto result = callers()->receive(std::as_writable_bytes(std::span(text)), lent);
  settle();
  if (!result) return std::unexpected(result.error());
  text.resize(*result);
  return text;
}

Result<void> LoneEnd::close() {
  if (callers() == nullptr) return failure(Error::kStaleHandle);
  tcp::Context lent = context();
  const auto result = callers()->close(lent);
  settle();
  return result;
}

void LoneEnd::let_go(Duration linger) {
  if (callers() == nullptr) return;
  tcp::Context lent = context();
  tcp::ResetReply reset;
  if (callers()->let_go(linger, lent, reset)) reply(reset);
  transmit();
  settle();
}

void LoneEnd::abort() {
  if (!expand()) return;
  tcp::Context lent = context();
  tcp::ResetReply reset;
  if (connection()->abort(Error::kAborted, lent, reset)) reply(reset);
  settle();
}

void LoneEnd::set_nagle(bool on) {
  if (callers() != nullptr) callers()->set_nagle(on);
}

void LoneEnd::set_cork(bool on) {
  if (callers() == nullptr) return;
  tcp::Context lent = context();
  callers()->set_cork(on, lent);
  settle();
}

void LoneEnd::set_push(bool on) {
  if (callers() != nullptr) callers()->set_push(on);
}

void LoneEnd::end_record() {
  if (callers() != nullptr) callers()->end_record();
}

void LoneEnd::set_user_timeout(Duration timeout) {
  if (callers() == nullptr) return;
  tcp::Context lent = context();
  callers()->set_user_timeout(timeout, lent);
  settle();
}

void LoneEnd::set_quick_ack(bool on) {
  if (callers() != nullptr) callers()->set_quick_ack(on);
}

void LoneEnd::set_unsent_mark(std::uint32_t bytes) {
  if (callers() == nullptr) return;
  tcp::Context lent = context();
  callers()->set_unsent_mark(bytes, lent);
  settle();
}

void LoneEnd::await_room(std::uint32_t bytes) {
  if (callers() == nullptr) return;
  tcp::Context lent = context();
  callers()->await_room(bytes, lent);
  settle();
}

TcpInfo LoneEnd::status() {
  TcpInfo info;
  info.state = state();
  return connection() != nullptr ? connection()->status(options_.config, now_) : info;
}

// --- the network's side ---

Slice LoneEnd::slice_of(std::string_view text) {
  if (text.empty()) return {};
  const auto size = static_cast<std::uint32_t>(text.size());
  Slice slice = *driver_buffers_.get(std::max(size, kFrameBuffer));
  std::memcpy(slice.mutable_bytes().data(), text.data(), text.size());
  slice.truncate(size);
  return slice;
}

tcp::Verdict LoneEnd::deliver(const tcp::Segment& arrived, std::string_view text) {
  tcp::Segment segment = arrived;
  segment.text_length = static_cast<std::uint32_t>(text.size());
  ++counters_.segments_received;
  tcp::Context lent = context();
  tcp::Verdict verdict;
  if (!is_gone()) {
    expand();
    verdict = connection()->segment_arrives(segment, slice_of(text), lent);
    settle();
    if (!verdict.reopen) {
      if (verdict.reset) reply(*verdict.reset);
      return verdict;
    }
    if (listening_) flow_ = std::monostate();
  }
  if (listening_) {
    tcp::Connection fresh;
    fresh.open_passive(opening(), lent);
    verdict = fresh.segment_arrives(segment, slice_of(text), lent);
    if (fresh.state() == TcpState::kSynReceived) {
      half_open_ = !tcp::is_early(fresh.fast_open());
      flow_ = std::move(fresh);
      settle();
    } else {
      next_iss_ -= 0x10000;  // nothing was opened with it
    }
  } else {
    verdict = tcp::arrives_in_closed(segment);
    if (verdict.drop != DropReason::kNone) ++counters_.drop(verdict.drop);
  }
  if (verdict.reset) reply(*verdict.reset);
  return verdict;
}

bool LoneEnd::icmp_error(std::uint32_t seq, bool hard) {
  if (!expand()) return false;
  tcp::Context lent = context();
  const bool heard = connection()->icmp_error(tcp::SeqNum(seq), hard ? IcmpError::kPort : IcmpError::kHost, hard, lent);
  settle();
  return heard;
}

DropReason LoneEnd::path_report(std::uint32_t seq, std::uint32_t mtu, std::uint32_t length) {
  if (!expand()) return DropReason::kIcmpNoConnection;
  tcp::Context lent = context();
  const DropReason why = connection()->path_report({.seq = tcp::SeqNum(seq), .mtu = mtu, .length = length}, lent);
  path_news = lent.path;
  settle();
  return why;
}

void LoneEnd::path_is_known(std::uint16_t size, bool confirmed) {
  tcp::Context lent = context();
  connection()->path_is_known(size, confirmed, now_, lent);
}

void LoneEnd::reply(const tcp::ResetReply& reset) {
  tcp::Segment segment;
  segment.seq = reset.seq;
  segment.ack = reset.ack;
  segment.flags = (reset.has_ack ? wire::kRst | wire::kAck : wire::kRst) | reset.ace;
  segment.options.timestamps = reset.timestamps;
  ++counters_.resets_sent;
  sent_.push_back(
      {.at = now_, .segment = segment, .text = {}, .stateless = true, .reason = trace::Reason::kReplyReset});
}

std::vector<Sent> LoneEnd::poll() {
  transmit();
  return std::exchange(sent_, {});
}

void LoneEnd::transmit() {
  if (!expand()) return;
  tcp::Context lent = context();
  tcp::Outgoing out;
  const tcp::TransmitLimits limits{.largest_text = options_.largest_text};
  while (connection()->poll_transmit(limits, out, lent)) {
    Sent sent{.at = now_,
              .segment = out.segment,
              .text = {},
              .segment_size = out.segment_size,
              .again = out.again,
              .reason = out.reason};
    for (std::size_t i = 0; i < out.text_slices; ++i) {
      const auto bytes = out.text[i].bytes();
      sent.text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    ++counters_.segments_sent;
    sent_.push_back(std::move(sent));
  }
  settle();
}

// --- time ---

Instant LoneEnd::next_deadline() const {
  if (const auto* entry = std::get_if<tcp::SynEntry>(&flow_)) return entry->deadline;
  if (const auto* entry = std::get_if<tcp::TimeWaitEntry>(&flow_)) return entry->deadline;
  if (const auto* whole = std::get_if<tcp::Connection>(&flow_)) return whole->next_deadline();
  return kNever;
}

void LoneEnd::advance(Duration duration) {
  const Instant end = now_ + duration;
  transmit();
  while (next_deadline() <= end) {
    now_ = std::max(now_, next_deadline());
    expand();
    if (connection()->deadline(tcp::Timer::kLinger) <= now_) {
      abort();
      continue;
    }
    tcp::Context lent = context();
    connection()->on_deadline(lent);
    settle();
    transmit();
  }
  now_ = end;
}

// --- what the flow is ---

bool LoneEnd::is_gone() const {
  if (std::holds_alternative<std::monostate>(flow_)) return true;
  const auto* whole = std::get_if<tcp::Connection>(&flow_);
  return whole != nullptr && whole->state() == TcpState::kClosed;
}

TcpState LoneEnd::state() const {
  if (is_half_open_entry()) return TcpState::kSynReceived;
  if (is_time_wait_entry()) return TcpState::kTimeWait;
  if (const auto* whole = std::get_if<tcp::Connection>(&flow_)) return whole->state();
  return listening_ ? TcpState::kListen : TcpState::kClosed;
}

trace::TcbView LoneEnd::view() const {
  if (const auto* entry = std::get_if<tcp::SynEntry>(&flow_)) {
    return tcp::Connection::from(*entry, options_.config).view();
  }
  if (const auto* entry = std::get_if<tcp::TimeWaitEntry>(&flow_)) return tcp::Connection::from(*entry).view();
  if (const auto* whole = std::get_if<tcp::Connection>(&flow_)) return whole->view();
  return {};
}

bool LoneEnd::expand() {
  if (const auto* half_open = std::get_if<tcp::SynEntry>(&flow_)) {
    flow_ = tcp::Connection::from(tcp::SynEntry(*half_open), options_.config);
  } else if (const auto* lingering = std::get_if<tcp::TimeWaitEntry>(&flow_)) {
    flow_ = tcp::Connection::from(tcp::TimeWaitEntry(*lingering));
  }
  return connection() != nullptr;
}

void LoneEnd::settle() {
  tcp::Connection* whole = connection();
  if (whole == nullptr) return;
  signals_ |= whole->take_signals();
  const TcpState state = whole->state();
  if (tcp::is_one_of(state, tcp::kSynchronized) || !whole->is_passive()) half_open_ = false;
  if (state == TcpState::kListen || (state == TcpState::kClosed && half_open_)) {
    // The listener never lost sight of its port: only the half-open connection goes.
    flow_ = std::monostate();
    signals_ = 0;
  } else if (state == TcpState::kSynReceived && half_open_ && options_.compact_half_open) {
    flow_ = tcp::SynEntry(whole->compact_syn());
  } else if (state == TcpState::kTimeWait && whole->is_released() && options_.compact_time_wait) {
    flow_ = tcp::TimeWaitEntry(whole->compact_time_wait());
  }
}

}  // namespace handfast::scene

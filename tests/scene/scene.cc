#include "scene/scene.h"

#include <algorithm>
#include <utility>

namespace handfast::scene {

namespace {

std::string flags_text(wire::TcpFlags flags) {
  constexpr std::pair<wire::TcpFlags, const char*> kNames[] = {
      {wire::kSyn, "SYN"}, {wire::kFin, "FIN"}, {wire::kRst, "RST"}, {wire::kPsh, "PSH"}, {wire::kAck, "ACK"},
      {wire::kUrg, "URG"}, {wire::kEce, "ECE"}, {wire::kCwr, "CWR"}, {wire::kAe, "AE"}};
  std::string text;
  for (const auto& [flag, name] : kNames) {
    if (flags.has(flag)) text += (text.empty() ? "" : "+") + std::string(name);
  }
  return text.empty() ? "no flags" : text;
}

std::string ms_text(Instant at) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count() - 1'000'000;
  return std::to_string(us / 1000) + "." + std::to_string(us % 1000) + " ms";
}

}  // namespace

std::string pattern(std::uint32_t at, std::uint32_t length) {
  std::string text(length, '\0');
  for (std::uint32_t i = 0; i < length; ++i) text[i] = pattern_byte(at + i);
  return text;
}

Scene::Scene(const LoneEndOptions& options) : options_(options), end_(options), host_iss_(options.iss) {}

Scene::~Scene() {
  if (!failed_ && !pending_.empty())
    fail("the scene ended and this was never expected: " + describe(pending_[0]), Where::current());
}

void Scene::fail(const std::string& what, const Where& where) {
  if (std::exchange(failed_, true)) return;
  std::string text = what + "\n  state before: " + state_before_ + ", now: " + std::string(end_.state_name());
  text += "\n  so far:";
  for (const std::string& line : log_) text += "\n    " + line;
  pending_.clear();  // a loop over what waits ends
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text;
}

void Scene::log(std::string line) { log_.push_back(ms_text(end_.now()) + "  " + std::move(line)); }

bool Scene::nothing_waits(const Where& where) {
  if (failed_) return false;
  if (pending_.empty()) return true;
  fail("the host sent what nobody expected: " + describe(pending_.front()), where);
  return false;
}

// --- describing ---

namespace {

std::optional<wire::FastOpenCookie> cookie_of(const Line& line) {
  auto cookie = wire::FastOpenCookie::of(std::as_bytes(std::span(*line.cookie)));
  if (cookie) cookie->experimental = line.experimental;
  return cookie;
}

}  // namespace

std::uint32_t Scene::host_clock(std::uint32_t stamp) const { return stamp - options_.timestamp_offset - 1000; }

std::string Scene::describe(const Sent& sent) const {
  const tcp::Segment& s = sent.segment;
  std::string text = flags_text(s.flags) + " seq=" + std::to_string(host_relative(s.seq.value()));
  if (s.has_ack()) text += " ack=" + std::to_string(s.ack.value() - kPeerIss);
  text += " win=" + std::to_string(s.window) + " len=" + std::to_string(sent.text.size());
  if (s.flags.has(wire::kUrg)) text += " up=" + std::to_string(s.urgent_pointer);
  if (s.ecn != wire::EcnCodepoint::kNotEct) text += " ecn=" + std::to_string(static_cast<int>(s.ecn));
  if (s.options.mss) text += " mss=" + std::to_string(*s.options.mss);
  if (s.options.window_scale) text += " scale=" + std::to_string(*s.options.window_scale);
  if (s.options.sack_permitted) text += " sack_ok";
  if (s.options.timestamps) {
    text += " ts=" + std::to_string(host_clock(s.options.timestamps->value)) + "/" +
            std::to_string(s.options.timestamps->echo);
  }
  if (s.options.fast_open) text += " cookie of " + std::to_string(s.options.fast_open->length);
  if (const auto& uto = s.options.user_timeout)
    text += " uto=" + std::to_string(uto->value) + (uto->in_minutes ? "min" : "s");
  for (const wire::SackBlock& block : s.options.sack()) {
    text += " sack=" + std::to_string(block.left - kPeerIss) + "-" + std::to_string(block.right - kPeerIss);
  }
  return text + " (" + std::string(trace::describe(sent.reason).name) + ", at " + ms_text(sent.at) + ")";
}

std::string Scene::describe(const Line& line) const {
  std::string text = flags_text(line.flags) + " seq=" + std::to_string(line.seq.value_or(host_next_));
  if (line.flags.has(ACK)) text += " ack=" + std::to_string(line.ack.value_or(peer_next_));
  if (line.win) text += " win=" + std::to_string(*line.win);
  text += " len=" + std::to_string(line.text.empty() ? line.len : line.text.size());
  if (line.up) text += " up=" + std::to_string(*line.up);
  if (line.ecn != wire::EcnCodepoint::kNotEct) text += " ecn=" + std::to_string(static_cast<int>(line.ecn));
  if (line.mss) text += " mss=" + std::to_string(*line.mss);
  if (line.scale) text += " scale=" + std::to_string(*line.scale);
  if (line.sack_ok) text += *line.sack_ok ? " sack_ok" : " no sack_ok";
  if (line.ts) text += " ts=" + std::to_string(line.ts->val) + "/" + std::to_string(line.ts->ecr);
  if (line.cookie) text += " cookie of " + std::to_string(line.cookie->size());
  for (const Block& block : line.sack.value_or(std::vector<Block>{})) {
    text += " sack=" + std::to_string(block.left) + "-" + std::to_string(block.right);
  }
  return text;
}

// --- what happens ---

void Scene::look() {
  if (in_batch_) return;
  for (Sent& sent : end_.poll()) {
    if (failed_) continue;
    log("host: " + describe(sent));
    pending_.push_back(std::move(sent));
  }
}

void Scene::batch_ends() {
  in_batch_ = false;
  look();
}

void Scene::host_opens(Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  end_.open();
  look();
}

std::string Scene::line_text(const Line& line, std::uint32_t seq) const {
  if (!line.text.empty()) return std::string(line.text);
  return pattern(seq - 1 + (line.flags.has(SYN) ? 1 : 0), line.len);
}

tcp::Segment Scene::peer_segment(const Line& line) {
  tcp::Segment segment;
  segment.flags = line.flags;
  const bool starts = line.flags.has(SYN);
  segment.seq = tcp::SeqNum(kPeerIss + line.seq.value_or(starts ? 0 : peer_next_));
  if (line.flags.has(ACK)) segment.ack = tcp::SeqNum(host_iss_ + line.ack.value_or(host_next_));
  segment.window = line.win.value_or(65535);
  segment.urgent_pointer = line.up.value_or(0);
  segment.options.user_timeout = line.uto;
  segment.ecn = line.ecn;
  segment.options.accurate_ecn = line.accurate_ecn;
  segment.options.mss = line.mss;
  segment.options.window_scale = line.scale;
  segment.options.sack_permitted = line.sack_ok.value_or(false);
  if (starts && !line.flags.has(RST)) stamps_agreed_ = line.ts.has_value();
  if (line.ts) {
    segment.options.timestamps = wire::TcpTimestamps{
        .value = line.ts->val, .echo = line.flags.has(ACK) ? line.ts->ecr + options_.timestamp_offset + 1000 : 0};
  } else if (stamps_agreed_ && !line.no_ts && !starts) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(end_.now().time_since_epoch()).count();
    segment.options.timestamps = wire::TcpTimestamps{.value = static_cast<std::uint32_t>(ms), .echo = last_host_stamp_};
  }
  if (line.cookie) segment.options.fast_open = cookie_of(line);
  for (const Block& block : line.sack.value_or(std::vector<Block>{})) {
    segment.options.add_sack({host_iss_ + block.left, host_iss_ + block.right});
  }
  return segment;
}

void Scene::peer_sends(const Line& line, Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  const tcp::Segment segment = peer_segment(line);
  const std::uint32_t seq = segment.seq.value() - kPeerIss;
  const std::string text = line_text(line, seq);
  const std::uint32_t behind =
      seq + static_cast<std::uint32_t>(text.size()) + (segment.syn() ? 1 : 0) + (segment.fin() ? 1 : 0);
  if (!segment.rst() && tcp::SeqNum(peer_next_) < tcp::SeqNum(behind)) peer_next_ = behind;
  log("peer: " + flags_text(line.flags) + " seq=" + std::to_string(seq) +
      (segment.has_ack() ? " ack=" + std::to_string(segment.ack.value() - host_iss_) : "") +
      " win=" + std::to_string(segment.window) + " len=" + std::to_string(text.size()));
  end_.deliver(segment, text);
  look();
}

void Scene::after(Duration duration, Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  end_.advance(duration);
  look();
}

// --- what the host must do ---

Sent Scene::take(Where where) {
  if (failed_) return {};
  if (pending_.empty()) {
    fail("expected a segment, but the host is silent", where);
    return {};
  }
  Sent sent = std::move(pending_.front());
  pending_.pop_front();
  note_sent(sent);
  return sent;
}

void Scene::note_sent(const Sent& sent) {
  const tcp::Segment& s = sent.segment;
  if (s.options.timestamps) last_host_stamp_ = s.options.timestamps->value;
  if (s.syn() && s.seq.value() != host_iss_) {
    host_iss_ = s.seq.value();
    host_next_ = 0;
    host_stream_.clear();
  }
  const std::uint32_t behind = host_relative(s.seq.value()) + static_cast<std::uint32_t>(sent.text.size()) +
                               (s.syn() ? 1 : 0) + (s.fin() ? 1 : 0);
  if (!s.rst() && tcp::SeqNum(host_next_) < tcp::SeqNum(behind)) host_next_ = behind;
  last_ = sent;
}

std::string Scene::option_mismatch(const Line& line, const Sent& sent) const {
  const tcp::TcpOptions& options = sent.segment.options;
  if (line.mss && options.mss != line.mss) return "MSS option";
  if (line.scale && options.window_scale != line.scale) return "window scale option";
  if (line.sack_ok && options.sack_permitted != *line.sack_ok) return "SACK-permitted option";
  if (line.ts && (!options.timestamps || host_clock(options.timestamps->value) != line.ts->val ||
                  options.timestamps->echo != line.ts->ecr)) {
    return "timestamps";
  }
  if (line.no_ts && options.timestamps) return "a timestamp that should not be there";
  if (line.no_cookie && options.fast_open) return "a fast open option that should not be there";
  if (line.cookie && options.fast_open != cookie_of(line)) return "fast open option";
  if (line.uto && options.user_timeout != line.uto) return "user timeout";
  if (!line.sack) return {};
  if (options.sack_count != line.sack->size()) return "number of SACK blocks";
  for (std::size_t i = 0; i < line.sack->size(); ++i) {
    const wire::SackBlock& block = options.sack_blocks[i];
    if (block.left - kPeerIss != (*line.sack)[i].left || block.right - kPeerIss != (*line.sack)[i].right) {
      return "SACK block " + std::to_string(i);
    }
  }
  return {};
}

std::string Scene::mismatch(const Line& line, const Sent& sent) const {
  const tcp::Segment& s = sent.segment;
  if (s.flags.without(PSH) != line.flags.without(PSH)) return "flags";
  if (line.flags.has(PSH) && !s.flags.has(PSH)) return "PSH missing";
  if (!line.psh && s.flags.has(PSH)) return "PSH present";
  const bool new_syn = s.syn() && s.seq.value() != host_iss_;
  const std::uint32_t seq = new_syn ? 0 : host_relative(s.seq.value());
  if (seq != line.seq.value_or(s.syn() ? 0 : host_next_)) return "sequence number";
  if (s.has_ack() && s.ack.value() - kPeerIss != line.ack.value_or(peer_next_)) return "acknowledgment number";
  const std::size_t length = line.text.empty() ? line.len : line.text.size();
  if (sent.text.size() != length) return "length of the text";
  if (!line.text.empty() && sent.text != line.text) return "text: \"" + sent.text + "\"";
  if (length > 0 && host_stream_.compare(s.syn() ? 0 : seq - 1, length, sent.text) != 0)
    return "the text is not the caller's";
  if (line.win && s.window != *line.win) return "window";
  if (line.up && s.urgent_pointer != *line.up) return "urgent pointer";
  if (s.ecn != line.ecn) return "ECN field of the IP header";
  return option_mismatch(line, sent);
}

void Scene::host_sends(const Line& line, Where where) {
  if (failed_) return;
  if (pending_.empty()) return fail("expected: " + describe(line) + "\n  seen: nothing, the host is silent", where);
  if (const std::string what = mismatch(line, pending_.front()); !what.empty()) {
    return fail(
        "differs in " + what + "\n  expected: " + describe(line) + "\n  seen:     " + describe(pending_.front()),
        where);
  }
  (void)take(where);
}

void Scene::host_repeats(const Sent& earlier, Where where) {
  if (failed_) return;
  if (pending_.empty()) return fail("expected again: " + describe(earlier) + "\n  seen: nothing", where);
  const tcp::Segment& now = pending_.front().segment;
  const tcp::Segment& then = earlier.segment;
  const bool same = now.seq == then.seq && now.ack == then.ack && now.flags == then.flags &&
                    now.window == then.window && now.urgent_pointer == then.urgent_pointer &&
                    now.options == then.options && now.ecn == then.ecn && pending_.front().text == earlier.text;
  if (!same) return fail("expected again: " + describe(earlier) + "\n  seen: " + describe(pending_.front()), where);
  (void)take(where);
}

void Scene::host_is_silent(Where where) { (void)nothing_waits(where); }

void Scene::silent_for(Duration duration, Where where) {
  after(duration, where);
  host_is_silent(where);
}

void Scene::state_is(std::string_view name, Where where) {
  if (!failed_ && end_.state_name() != name) fail("expected the state " + std::string(name), where);
}

// --- the caller ---

void Scene::caller_sends(std::string_view text, Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  host_stream_ += text;
  const auto result = end_.send(text);
  log("caller: SEND " + std::to_string(text.size()));
  if (!result) return fail("SEND failed: " + result.error().message(), where);
  if (*result != text.size()) return fail("SEND took only " + std::to_string(*result), where);
  look();
}

void Scene::caller_sends_urgent(std::string_view text, Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  host_stream_ += text;
  const auto result = end_.send_urgent(text);
  log("caller: SEND urgent " + std::to_string(text.size()));
  if (!result) return fail("SEND failed: " + result.error().message(), where);
  if (*result != text.size()) return fail("SEND took only " + std::to_string(*result), where);
  look();
}

void Scene::caller_sends_bytes(std::uint32_t count, Where where) {
  caller_sends(pattern(static_cast<std::uint32_t>(host_stream_.size()), count), where);
}

void Scene::caller_receives(std::string_view text, Where where) {
  if (failed_) return;
  state_before_ = end_.state_name();
  const auto result = end_.receive();
  log("caller: RECEIVE");
  if (!result) return fail("RECEIVE failed: " + result.error().message(), where);
  if (*result != text) return fail("RECEIVE gave \"" + *result + "\", expected \"" + std::string(text) + "\"", where);
  received_ += static_cast<std::uint32_t>(text.size());
  look();
}

void Scene::caller_receives_bytes(std::uint32_t count, Where where) {
  if (failed_) return;
  state_before_ = end_.state_name();
  const auto result = end_.receive(count);
  log("caller: RECEIVE " + std::to_string(count));
  if (!result) return fail("RECEIVE failed: " + result.error().message(), where);
  if (result->size() != count) return fail("RECEIVE gave " + std::to_string(result->size()) + " bytes", where);
  if (*result != pattern(received_, count)) return fail("RECEIVE gave other bytes than the peer sent", where);
  received_ += count;
  look();
}

void Scene::caller_receives_end(Where where) {
  if (failed_) return;
  const auto result = end_.receive();
  if (!result) return fail("RECEIVE failed: " + result.error().message(), where);
  if (!result->empty()) fail("RECEIVE gave text, expected the end", where);
}

void Scene::caller_has_nothing_to_receive(Where where) { caller_receive_fails(Error::kWouldBlock, where); }

void Scene::caller_receive_fails(Error error, Where where) {
  if (failed_) return;
  const auto result = end_.receive();
  if (result) return fail("RECEIVE gave " + std::to_string(result->size()) + " bytes", where);
  if (result.error() != make_error_code(error)) fail("RECEIVE failed otherwise: " + result.error().message(), where);
}

void Scene::caller_closes(Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  const auto result = end_.close();
  log("caller: CLOSE");
  if (!result) return fail("CLOSE failed: " + result.error().message(), where);
  look();
}

void Scene::caller_lets_go(Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  log("caller lets go");
  end_.let_go();
  look();
}

void Scene::caller_aborts(Where where) {
  if (!nothing_waits(where)) return;
  state_before_ = end_.state_name();
  log("caller: ABORT");
  end_.abort();
  look();
}

void Scene::caller_hears(std::uint16_t bits, Where where) {
  if (failed_) return;
  const std::uint16_t heard = end_.take_signals();
  if (heard != bits) fail("readiness is " + std::to_string(heard) + ", expected " + std::to_string(bits), where);
}

void Scene::dropped(DropReason reason, std::uint64_t count, Where where) {
  const std::uint64_t seen = end_.counters().dropped(reason);
  if (!failed_ && seen != count) {
    fail("dropped as " + std::string(handfast::describe(reason).name) + ": " + std::to_string(seen) + ", expected " +
             std::to_string(count),
         where);
  }
}

// --- short cuts ---

void Scene::establish(const Peer& peer, Where where) {
  const auto stamps = peer.timestamps ? std::optional<Stamps>(Stamps{.val = 1000}) : std::nullopt;
  host_listens();
  peer_sends({.flags = SYN, .win = peer.win, .mss = peer.mss, .scale = peer.scale, .sack_ok = peer.sack, .ts = stamps},
             where);
  host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1}, where);
  peer_sends({.flags = ACK, .win = peer.win}, where);
  host_is_silent(where);
  state_is("ESTABLISHED", where);
  end_.take_signals();
}

void Scene::establish_actively(const Peer& peer, Where where) {
  host_opens(where);
  host_sends({.flags = SYN, .seq = 0}, where);
  const auto stamps = peer.timestamps ? std::optional<Stamps>(Stamps{.val = 1000, .ecr = 0}) : std::nullopt;
  peer_sends(
      {.flags = SYN_ACK, .win = peer.win, .mss = peer.mss, .scale = peer.scale, .sack_ok = peer.sack, .ts = stamps},
      where);
  host_sends({.flags = ACK, .seq = 1, .ack = 1}, where);
  state_is("ESTABLISHED", where);
  end_.take_signals();
}

void Scene::reach_fin_wait_1(const Peer& peer, Where where) {
  establish(peer, where);
  caller_closes(where);
  host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1}, where);
  state_is("FIN-WAIT-1", where);
}

void Scene::reach_fin_wait_2(const Peer& peer, Where where) {
  reach_fin_wait_1(peer, where);
  peer_sends({.flags = ACK, .ack = 2}, where);
  state_is("FIN-WAIT-2", where);
}

void Scene::reach_close_wait(const Peer& peer, Where where) {
  establish(peer, where);
  peer_sends({.flags = FIN_ACK}, where);
  host_sends({.flags = ACK, .ack = 2}, where);
  state_is("CLOSE-WAIT", where);
}

void Scene::reach_closing(const Peer& peer, Where where) {
  reach_fin_wait_1(peer, where);
  peer_sends({.flags = FIN_ACK, .ack = 1}, where);
  host_sends({.flags = ACK, .seq = 2, .ack = 2}, where);
  state_is("CLOSING", where);
}

void Scene::reach_last_ack(const Peer& peer, Where where) {
  reach_close_wait(peer, where);
  caller_closes(where);
  host_sends({.flags = FIN_ACK}, where);
  state_is("LAST-ACK", where);
}

void Scene::reach_time_wait(const Peer& peer, Where where) {
  reach_fin_wait_2(peer, where);
  peer_sends({.flags = FIN_ACK}, where);
  host_sends({.flags = ACK}, where);
  state_is("TIME-WAIT", where);
}

}  // namespace handfast::scene

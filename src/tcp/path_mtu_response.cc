#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

// What a connection does about the size of its path: it hears reports, notices black holes, sees what became of its
// probes, and begins to look for more once what it knows has aged. What any of it means is decided in path_mtu.h and
// path_mtu_search.h. Text that was too big goes again at once in smaller segments, and congestion control hears nothing
// of it: what a router turns away for its size says nothing of how full the path is (RFC 4821 §7.6.2).

namespace handfast::tcp {

namespace {

std::uint16_t size_of(std::uint16_t mtu, IpVersion version) {
  return static_cast<std::uint16_t>(std::max(mtu, least_mtu(version)) - headers_of(version));
}

}  // namespace

// RFC 4821 §7.2 (4821-4), RFC 1191 §3, RFC 8201 §4 (8201-1): nothing leads below the smallest size that IP has to
// carry.
std::uint16_t ConnectionFacts::path_floor(const TcpConfig& config) const {
  return size_of(config.min_path_mtu, tuple_.peer.address.version());
}

std::uint16_t ConnectionFacts::path_base(const TcpConfig& config) const {
  return size_of(config.base_path_mtu, tuple_.peer.address.version());
}

namespace {

// Seconds, from 1 on: 0 says that nothing is settled.
std::uint32_t path_clock(Instant now) { return seconds_of(now) + 1; }

}  // namespace

// --- Reports: RFC 1191, RFC 5927 §7.2 ---

DropReason Connection::path_report(const PathReport& report, Context& context) {
  if (!is_in_flight(report.seq) || state_ == State::kClosed) return DropReason::kIcmpOutsideWindow;
  ++context.counters.path_reports;
  const std::uint32_t headers = headers_of(tuple_.peer.address.version());
  const std::uint32_t floor = path_floor(context.config);
  const std::uint32_t largest = active_ ? active_->path.largest_sent : 0;
  std::uint32_t mtu = report.mtu;
  // RFC 1191 §5: a router that gives no size makes us guess the next one; its quote may say more than we sent.
  if (mtu == 0) mtu = std::max(plateau_below(std::min(report.length, largest + headers)), floor + headers);
  const std::uint32_t claimed = mtu > headers ? mtu - headers : 0;
  switch (judge_report({.claimed = claimed, .floor = floor, .largest_sent = largest, .proven = path_.proven})) {
    case ReportJudgement::kNotSmaller:
      if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathReportRefused, mtu, context);
      return DropReason::kIcmpMtuNotSmaller;
    case ReportJudgement::kTooSmall:
      if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathReportRefused, mtu, context);
      return DropReason::kIcmpMtuTooSmall;
    case ReportJudgement::kHold:
      active_->path.held.hold(report.seq, static_cast<std::uint16_t>(claimed));
      if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathReportHeld, mtu, context);
      return DropReason::kNone;
    case ReportJudgement::kBelieve:
      believe_report(report.seq, static_cast<std::uint16_t>(claimed), trace::Reason::kPathReportBelieved, context);
      return DropReason::kNone;
  }
  return DropReason::kNone;
}

void Connection::believe_report(SeqNum quoted, std::uint16_t size, trace::Reason why, Context& context) {
  ++context.counters.path_reports_believed;
  ActiveBlock& block = *active_;
  block.path.held = {};
  block.path.search.stop();
  // About a probe it says where to look, and nothing of the size in use.
  if (size > path_.limit) block.path.search.begin(path_.limit, size);
  lower_path(size, path_clock(context.now), why, context);
  block.path.largest_sent = size;
  context.path = {.size = path_.limit, .confirmed = why == trace::Reason::kPathReportConfirmed};
  if (state_ == State::kSynSent) return shrink_syn();
  // RFC 1191 §6.4 (7323-20): at once.
  if (block.outstanding.mark_too_big(quoted, full_segment(), fin_seq()) == 0) return;
  block.outstanding.join_lost();
  again_reason_ = trace::Reason::kRetransmitTooBig;
  block.recovery.on_too_big(tcb_.snd.nxt, block.outstanding);
  stop_timer(Timer::kTailProbe, context);
  update_send_timers(true, context);
}

// A SYN was too big for the text in it, so it goes again without, and what comes back is to fit too (RFC 7413 §4.2.1).
void Connection::shrink_syn() {
  mss_ = std::min(mss_, path_.limit);
  owes_syn_ = true;
  handshake_untimed_ = true;  // an answer may be that of either
}

// What a report quoted has arrived: whoever sent it was wrong, or lied.
void Connection::refute_held_report(Context& context) {
  HeldReport& held = active_->path.held;
  if (!held.waits() || tcb_.snd.una <= held.seq) return;
  held = {};
  ++context.counters.path_reports_refuted;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathReportRefuted, path_.limit, context);
}

void Connection::path_is_known(std::uint16_t size, bool confirmed, Instant since, Context& context) {
  // The word of a report that another connection believed does not stand against what this one has seen.
  if (size >= path_.limit || (!confirmed && size < path_.proven)) return;
  if (active_) active_->path.search.stop();
  lower_path(size, path_clock(since), trace::Reason::kPathKnown, context);
}

void Connection::lower_path(std::uint16_t size, std::uint32_t settled_at, trace::Reason why, Context& context) {
  path_.limit = std::min(path_.limit, std::max(size, path_floor(context.config)));
  path_.proven = std::min(path_.proven, path_.limit);
  path_.settled_at = settled_at;
  if (context.trace != nullptr) {
    trace_call(*this, why, path_.limit + headers_of(tuple_.peer.address.version()), context);
  }
}

// --- Timeouts ---

// True: what is missing was too big, so the timer says nothing of congestion and there is no backoff.
bool Connection::timeout_was_of_size(Context& context) {
  PathWork& path = active_->path;
  const Transmission& front = active_->outstanding[0];
  // RFC 5927 §7.2 (5927-5): the very segment that the report quotes has met a retransmission timeout.
  if (path.held.waits() && front.start <= path.held.seq && path.held.seq < front.end()) {
    const HeldReport held = path.held;
    believe_report(held.seq, held.size, trace::Reason::kPathReportConfirmed, context);
    return active_->outstanding[0].lost;
  }
  if (!active_->outstanding.misses_only_path_probe()) {
    path.search.probe_inconclusive();
    return false;
  }
  active_->outstanding.mark_front_lost(front.length);
  path_probe_was_lost(context);
  again_reason_ = trace::Reason::kRetransmitTooBig;
  set_timer(Timer::kRetransmit, context.now + rtt_.rto(context.config), context);
  return true;
}

// Where segments of this size have arrived before, so many timeouts more speak of other losses.
constexpr int kMoreTimeoutsIfProven = 2;

// RFC 4821 §7.7 (4821-3): from R1 on, which is when RFC 9293 §3.8.3 wants the path suspected, text that times out in
// segments larger than the base size goes again in smaller ones, and from the next timeout on in the smallest. Whether
// it was the size after all is seen by probing up again.
void Connection::suspect_black_hole(Context& context) {
  const TcpConfig& config = context.config;
  if (config.path_mtu_probing == PathMtuProbing::kOff) return;
  const std::uint16_t base = path_base(config);
  const std::uint16_t size = send_mss() > base ? base : path_floor(config);
  const std::uint32_t options = send_mss() - segment_text_limit();
  const std::uint32_t text = std::min(active_->outstanding[0].length, segment_text_limit());
  if (size >= send_mss() || text + options <= size) return;
  const bool is_proven = text + options <= path_.proven;
  if (timeouts_ < config.r1 + (is_proven ? kMoreTimeoutsIfProven : 0)) return;
  ++context.counters.path_black_holes;
  lower_path(size, 0, trace::Reason::kPathBlackHole, context);
  active_->outstanding.join_lost();
  active_->path.search.stop();
  active_->path.largest_sent = size;
}

// --- Probes: RFC 4821 §7 (4821-1) ---

void Connection::look_for_larger_path(Context& context) {
  if (path_.limit >= agreed_.send_mss || !active_ || active_->path.search.is_on()) return;
  const std::uint32_t now = path_clock(context.now);
  const auto memory = std::chrono::duration_cast<std::chrono::seconds>(context.config.path_mtu_memory).count();
  if (path_.settled_at != 0 && now - path_.settled_at < memory) return;
  // Only selective acknowledgments tell a lost probe from other losses.
  if (agreed_.sack && context.config.path_mtu_probing != PathMtuProbing::kOff) {
    active_->path.search.begin(path_.limit, agreed_.send_mss);
    if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathSearch, agreed_.send_mss, context);
    return;
  }
  // RFC 1191 §6.3: what a report said has aged. What a black hole taught would be taught again.
  if (path_.settled_at != 0) raise_path(agreed_.send_mss, trace::Reason::kPathAged, context);
}

void Connection::raise_path(std::uint16_t size, trace::Reason why, Context& context) {
  path_.limit = size;
  cc_.cwnd = std::max(cc_.cwnd, full_segment());
  if (context.trace != nullptr) {
    trace_call(*this, why, path_.limit + headers_of(tuple_.peer.address.version()), context);
  }
}

void Connection::path_probe_left(Context& context) {
  active_->outstanding.mark_last_as_path_probe();
  active_->path.search.probe_left();
  ++context.counters.path_probes_sent;
}

void Connection::path_probe_was_delivered(Context& context) {
  PathMtuSearch& search = active_->path.search;
  if (!search.is_probe_out()) return;
  search.probe_delivered();
  ++context.counters.path_probes_delivered;
  raise_path(search.low(), trace::Reason::kPathProbeDelivered, context);
  path_.proven = search.low();
  settle_search(context);
}

void Connection::path_probe_was_lost(Context& context) {
  PathMtuSearch& search = active_->path.search;
  if (!search.is_probe_out()) return;
  search.probe_lost();
  ++context.counters.path_probes_lost;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kPathProbeLost, path_.limit, context);
  settle_search(context);
}

// The search is over: nothing larger is tried before it has aged, and others learn where it ended.
void Connection::settle_search(Context& context) {
  if (active_->path.search.is_on()) return;
  path_.settled_at = path_clock(context.now);
  if (path_.limit < agreed_.send_mss) context.path = {.size = path_.limit, .confirmed = true};
}

// What an acknowledgment told of sizes.
void Connection::learn_path(const Delivery& delivery, const loss_recovery::Judgement& judgement, Context& context) {
  if (delivery.path_probe) path_probe_was_delivered(context);
  if (judgement.path_probe_lost) {
    // With other losses it may have been lost like them: the same size is tried again.
    const bool alone = judgement.lost == 0 && active_->recovery.phase() == RepairPhase::kNone;
    alone ? path_probe_was_lost(context) : active_->path.search.probe_inconclusive();
  }
  const std::uint32_t options = agreed_.timestamps ? 12 : 0;
  const std::uint32_t arrived = std::min<std::uint32_t>(delivery.largest + options, send_mss());
  path_.proven = std::max(path_.proven, static_cast<std::uint16_t>(arrived));
  refute_held_report(context);
  look_for_larger_path(context);
}

}  // namespace handfast::tcp

#include "matrix/grid_run.h"

#include <utility>

#include "matrix/drops.h"
#include "matrix/grid.h"
#include "matrix/lockstep.h"

namespace handfast::matrix {

namespace {

using model::peer;
using model::Segment;
using model::Signal;
using model::State;
using model::Step;
using Kind = Step::Kind;

// Both streams wrap a few bytes behind the handshake.
constexpr Numbers kNumbers{0xFFFFFFFD, 0xFFFFFFFC};
constexpr std::size_t kMostStrange = 20;

// Where a state can have something outstanding it has, so that there is an acknowledgment of something new.
std::vector<Step> route_to(std::string_view table) {
  const Step listen{.kind = Kind::kOpenPassive};
  const Step open{.kind = Kind::kOpenActive};
  const Step close{.kind = Kind::kClose};
  const Step send{.kind = Kind::kSend, .text = "ab"};
  const Step syn = peer({.syn = true});
  const Step ack = peer({.ack = true, .seq = 1, .ack_number = 1});
  const Step fin = peer({.ack = true, .fin = true, .seq = 1, .ack_number = 1});
  const Step ack_of_fin = peer({.ack = true, .seq = 1, .ack_number = 2});
  const Step last_fin = peer({.ack = true, .fin = true, .seq = 1, .ack_number = 2});
  if (table == "LISTEN") return {listen};
  if (table == "SYN-SENT") return {open};
  if (table == "SYN-RECEIVED") return {listen, syn};
  if (table == "SYN-RECEIVED-both-opened") return {open, syn};
  if (table == "ESTABLISHED") return {listen, syn, ack, send};
  if (table == "FIN-WAIT-1") return {listen, syn, ack, close};
  if (table == "FIN-WAIT-2") return {listen, syn, ack, close, ack_of_fin};
  if (table == "CLOSE-WAIT") return {listen, syn, ack, fin, send};
  if (table == "CLOSING") return {listen, syn, ack, close, fin};
  if (table == "LAST-ACK") return {listen, syn, ack, fin, close};
  if (table == "TIME-WAIT") return {listen, syn, ack, close, ack_of_fin, last_fin};
  return {};
}

Variables variables_of(const model::Tcb& tcb) {
  Variables at{.snd_una = tcb.snd_una,
               .snd_nxt = tcb.snd_nxt,
               .max_snd_wnd = tcb.max_snd_wnd,
               .rcv_nxt = tcb.rcv_nxt,
               .rcv_wnd = tcb.rcv_wnd};
  const bool no_connection = tcb.state == State::kClosed || tcb.state == State::kListen;
  if (no_connection) at = {.snd_una = kNumbers.iss, .snd_nxt = kNumbers.iss + 1, .max_snd_wnd = model::kPeerWindow};
  if (no_connection || tcb.state == State::kSynSent) {
    at.rcv_nxt = kNumbers.irs + 1;
    at.rcv_wnd = Lockstep::kWindow;
    at.peer_known = false;
  }
  return at;
}

// A byte is always the same at its place in the peer's stream.
std::string text_at(std::uint32_t seq) {
  std::string text;
  for (std::uint32_t i = 0; i < kTextLength; ++i) text += static_cast<char>('a' + (seq + i - kNumbers.irs) % 26);
  return text;
}

Segment segment_of(const Case& one, const Variables& at) {
  Segment segment{.syn = one.has(kSynBit),
                  .ack = one.has(kAckBit),
                  .fin = one.has(kFinBit),
                  .rst = one.has(kRstBit),
                  .urg = one.has(kUrgBit),
                  .seq = seq_at(one.seq, at),
                  .ack_number = ack_at(one.ack, at),
                  .window = kCaseWindow,
                  .urgent_pointer = kUrgentPointer};
  if (one.text) segment.text = text_at(segment.seq + (segment.syn ? 1 : 0));
  return segment;
}

void add(std::string& list, const std::string& word) { list += (list.empty() ? "" : ", ") + word; }

// What the segment did to the variables. A connection that is gone, or is another one now, has none to compare.
std::string changes(const Lockstep::Did& did, const Case& one, const Variables& at) {
  std::string list;
  const bool was_one = did.before.state != TcpState::kClosed && !did.reopened;
  const bool is_one = did.after.state != TcpState::kClosed && did.after.state != TcpState::kListen;
  const bool knows_peer = did.after.state != TcpState::kSynSent;
  if (was_one && is_one && knows_peer) {
    const bool fin = did.told.contains(Signal::kConnectionClosing);
    const std::uint32_t base = at.peer_known ? at.rcv_nxt : seq_at(one.seq, at) + 1;
    const std::uint32_t taken = did.after.rcv_nxt - base - (fin ? 1 : 0);
    if (did.after.snd_una != did.before.snd_una) add(list, "acked");
    const bool sends_on = did.after.state != TcpState::kTimeWait;  // nothing is left to send there
    if (sends_on && did.after.snd_wnd == kCaseWindow && did.before.snd_wnd != kCaseWindow) add(list, "window");
    if (taken > 0) add(list, "takes " + std::to_string(taken));
    if (did.held > 0) add(list, "holds " + std::to_string(did.held));
    if (fin) add(list, "FIN");
  }
  if (did.reopened) add(list, "replaced");
  if (did.lingers_anew) add(list, "2 MSL");
  return list;
}

void add_told(const Lockstep::Did& did, std::string& list) {
  if (did.told.contains(Signal::kUrgent)) add(list, "urgent");
  if (did.told.contains(Signal::kEstablished)) add(list, "tells open");
  if (did.told.contains(Signal::kConnectionRefused)) add(list, "tells refused");
  if (did.told.contains(Signal::kConnectionReset)) add(list, "tells reset");
  if (did.told.contains(Signal::kClosed)) add(list, "tells closed");
}

std::string answers(const Lockstep::Did& did, const Case& one, const Variables& at) {
  std::string list;
  for (const Lockstep::Seen& seen : did.sent) {
    const Answer answer{.flags = seen.flags.bits(),
                        .seq = seen.segment.seq,
                        .ack = seen.segment.ack_number,
                        .text = static_cast<std::uint32_t>(seen.segment.text.size())};
    add(list, name_of(answer, one, at, did.after.iss) + (seen.at_once ? "" : " later"));
  }
  return list;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

// "state | sends | does | dropped"
std::string outcome_of(const Lockstep& both, State before, const Case& one, const Variables& at) {
  const Lockstep::Did& did = both.did();
  const State after = state_of(did.after.state);
  std::string does = changes(did, one, at);
  add_told(did, does);
  const std::string state = after == before && !did.reopened ? "stays" : std::string(name_of(after));
  const std::string drop = did.drop == DropReason::kNone ? "" : std::string(handfast::describe(did.drop).name);
  return state + " | " + or_dash(answers(did, one, at)) + " | " + or_dash(does) + " | " + or_dash(drop);
}

wire::TcpFlags flags_beyond_the_model(const Case& one) {
  return wire::TcpFlags(one.flags & (kPshBit | kEceBit | kCwrBit | kAeBit));
}

class Player {
 public:
  Player(std::string_view table, bool compact, RuleUses& uses)
      : route_(route_to(table)), settings_{.numbers = kNumbers, .compact = compact}, uses_(uses) {}

  Played play() {
    played_.outcomes.reserve(kCases);
    for (std::size_t number = 0; number < kCases; ++number) {
      const Case one = case_at(number);
      played_.outcomes.push_back(play(one));
      ++played_.cases;
    }
    return std::move(played_);
  }

 private:
  std::string play(const Case& one) {
    Lockstep both(settings_, uses_);
    for (const Step& step : route_) note(one, both.take(step));
    const State before = both.textbook().state();
    if (settings_.compact && before == State::kTimeWait) both.let_go();
    const Variables at = variables_of(both.textbook().tcb());
    note(one, both.segment(segment_of(one, at), flags_beyond_the_model(one)));
    note_drop(one, both.why(), both.did().drop);
    std::string outcome = outcome_of(both, before, one, at);
    note(one, both.all_text());
    return outcome;
  }

  void note_drop(const Case& one, const std::string& step, DropReason drop) {
    if (const auto pair = pair_of(step, drop)) {
      played_.pairs.insert(*pair);
    } else {
      note(one, {differs("dropped", step, std::string(handfast::describe(drop).name))});
    }
  }

  void note(const Case& one, const Lockstep::Differences& found) {
    if (found.empty()) return;
    ++played_.strange_count;
    if (played_.strange.size() >= kMostStrange) return;
    std::string line = describe(one);
    for (const Difference& difference : found) line += " | " + difference.text;
    played_.strange.push_back(std::move(line));
  }

  std::vector<Step> route_;
  Settings settings_;
  RuleUses& uses_;
  Played played_;
};

}  // namespace

Played play(std::string_view table, bool compact, RuleUses& uses) { return Player(table, compact, uses).play(); }

}  // namespace handfast::matrix

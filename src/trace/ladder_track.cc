#include "trace/ladder_track.h"

#include <utility>

#include "trace/arithmetic.h"

namespace handfast::trace {
namespace {

using Fate = LadderEntry::Fate;
using Phase = LadderEntry::Phase;

// A change that is followed within this time by a segment of the same end is told together with it: the caller closes,
// and the FIN leaves as soon as the driver asks for frames.
constexpr Duration kTogether = std::chrono::milliseconds(1);
constexpr std::size_t kMostChanges = 16;

bool is_before_established(TcpState state) {
  return state == TcpState::kClosed || state == TcpState::kListen || state == TcpState::kSynSent ||
         state == TcpState::kSynReceived;
}

std::string says(End end, const std::string& what) { return std::string(1, letter(end)) + ": " + what; }

// What changes the size of later segments: without it a reader would wonder why they are what they are.
bool is_about_path(Reason reason) {
  return reason >= Reason::kPathReportHeld && reason <= Reason::kPathProbeLost && reason != Reason::kSendPathProbe;
}

}  // namespace

LadderTrack::LadderTrack(const Event& first, bool both_ends, LadderQueue::Reader reader)
    : talk_(Conversation::seen_from_opener(first), both_ends), queue_(std::move(reader)) {}

bool LadderTrack::is_about(const FourTuple& tuple) const {
  const Endpoint& a = talk_.at(End::kA).endpoint;
  const Endpoint& b = talk_.at(End::kB).endpoint;
  return (tuple.host == a && tuple.peer == b) || (tuple.host == b && tuple.peer == a);
}

void LadderTrack::on_event(const Event& event) {
  settle_changes(event.at);
  switch (event.kind) {
    case Kind::kSegmentSent:
      segment_sent(event);
      break;
    case Kind::kSegmentReceived:
      segment_received(event);
      break;
    case Kind::kStateChanged:
      state_changed(event);
      break;
    case Kind::kDropped:
      noted(event, "a frame is dropped: " + because(event.drop));
      break;
    case Kind::kCall:
      if (is_about_path(event.reason)) noted(event, because(event.reason));
      break;
    default:
      break;
  }
  queue_.drain(event.at);
}

void LadderTrack::listened(const Event& call) {
  const End end = call.tuple.host.port == talk_.at(End::kB).endpoint.port ? End::kB : End::kA;
  if (talk_.at(end).state_known) return;
  add_change({end, TcpState::kClosed, TcpState::kListen, call.reason, call.at});
}

void LadderTrack::advance(Instant now) {
  settle_changes(now);
  queue_.drain(now);
}

void LadderTrack::finish() {
  settle_changes(kNever);
  queue_.finish();
}

StateStep LadderTrack::standing(End end) const {
  const EndRecord& record = talk_.at(end);
  const bool inferred = !talk_.both_ends() && !record.observed;
  return {.from = record.state, .to = record.state, .known = record.state_known, .inferred = inferred};
}

// The connection as it stood before is told to its end first; then the names x and y begin anew.
void LadderTrack::start_anew() {
  queue_.finish();
  const EndRecord a = talk_.at(End::kA);
  const EndRecord b = talk_.at(End::kB);
  talk_ = Conversation({a.endpoint, b.endpoint}, talk_.both_ends());
  for (const auto& [end, record] : {std::pair(End::kA, &a), std::pair(End::kB, &b)}) {
    if (record->state_known && record->observed) talk_.set_state(end, record->state);
    shown_[static_cast<std::size_t>(end)] = {};
  }
  ++incarnation_;
}

void LadderTrack::words(LadderEntry& entry) {
  const bool copy = entry.fate != Fate::kUnderway && entry.fate != Fate::kUnwatched;
  entry.again = !copy && talk_.is_again(entry.sender, entry.segment);
  if (entry.again) entry.again_of = queue_.number_of_earlier(entry.sender, entry.segment);
  entry.seq_words = seq_words(talk_, entry.sender, entry.segment);
  entry.ack_words = ack_words(talk_, entry.sender, entry.segment);
  entry.options_words = options_words(talk_, entry.sender, entry.segment);
  const auto& peers_fin = talk_.at(other(entry.sender)).fin;
  entry.acks_fin = entry.segment.has(SegmentView::kAck) && peers_fin && entry.segment.ack == *peers_fin + 1 &&
                   talk_.at(entry.sender).acked != entry.segment.ack;
}

LadderEntry LadderTrack::departure(End sender, const Event& event) {
  LadderEntry entry;
  entry.sender = sender;
  entry.number = ++segments_;
  entry.segment = event.segment;
  entry.sent_at = event.at;
  StateStep& own = entry.step(sender);
  own = {.from = absorb_changes(sender, event, entry.sender_says), .to = event.after.state, .known = true};
  entry.step(other(sender)) = standing(other(sender));
  if (event.reason != Reason::kNone) entry.sender_says.push_back(says(sender, because(event.reason)));
  words(entry);
  return entry;
}

void LadderTrack::segment_sent(const Event& event) {
  const End sender = talk_.speaker(event);
  if (talk_.starts_anew(sender, event.segment)) start_anew();
  // Before the words, which tell numbers from the ISS.
  talk_.learn(sender, event.before);
  talk_.leaving(sender, event.segment);
  LadderEntry entry = departure(sender, event);
  if (entry.again) queue_.give_up(sender, event.segment);
  talk_.learn(sender, event.after);
  talk_.sent(sender, event.segment);
  talk_.set_state(sender, event.after.state);
  if (!talk_.both_ends()) entry.fate = Fate::kUnwatched;
  agree(entry);
  entry.phase = phase_of(entry);
  last_[static_cast<std::size_t>(sender)] = event;
  last_[static_cast<std::size_t>(sender)].frame = {};
  queue_.add(std::move(entry));
}

// What the two SYNs agree on stands below the second of them.
void LadderTrack::agree(LadderEntry& entry) {
  if (entry.segment.has(SegmentView::kSyn) && !entry.again) entry.agreed_words = agreed_words(talk_);
}

LadderEntry LadderTrack::unwatched_departure(End sender, const Event& event) {
  const bool accepted = event.drop == DropReason::kNone;
  if (talk_.starts_anew(sender, event.segment)) {
    accepted ? start_anew() : talk_.old_duplicate(sender, event.segment);
  }
  LadderEntry entry;
  entry.fate = Fate::kUnwatched;
  entry.sender = sender;
  entry.number = ++segments_;
  entry.segment = event.segment;
  entry.sent_at = event.at;
  entry.step(sender) = standing(sender);
  const bool stray = talk_.starts_anew(sender, event.segment);
  if (!stray) talk_.leaving(sender, event.segment);
  talk_.learn(other(sender), event.after);
  words(entry);
  if (!stray) {
    talk_.sent(sender, event.segment);
    if (accepted) talk_.infer_sender(sender, event.segment);
    entry.step(sender).to = talk_.at(sender).state;
    entry.step(sender).known = talk_.at(sender).state_known;
  }
  agree(entry);
  return entry;
}

LadderEntry LadderTrack::unmatched_arrival(End sender, const Event& event) {
  LadderEntry entry;
  entry.sender = sender;
  entry.segment = event.segment;
  entry.sent_at = event.at;
  entry.step(sender) = standing(sender);
  if (LadderQueue::Past* past = queue_.match_past(sender, event.segment)) {
    entry.fate = past->arrived ? Fate::kSecondCopy : Fate::kLate;
    past->arrived = true;
    entry.number = past->number;
  } else {
    entry.fate = Fate::kUnsent;
    entry.number = ++segments_;
    talk_.old_duplicate(sender, event.segment);
  }
  words(entry);
  return entry;
}

void LadderTrack::segment_received(const Event& event) {
  const End receiver = talk_.speaker(event);
  const End sender = other(receiver);
  if (!talk_.both_ends()) {
    LadderEntry entry = unwatched_departure(sender, event);
    arrive(entry, event);
    queue_.add(std::move(entry));
  } else if (LadderEntry* waiting = queue_.match(sender, event.segment)) {
    waiting->fate = Fate::kArrived;
    arrive(*waiting, event);
    queue_.arrived_with(*waiting, event.segment);
    queue_.passed(*waiting);
  } else {
    LadderEntry entry = unmatched_arrival(sender, event);
    arrive(entry, event);
    queue_.add(std::move(entry));
  }
  last_[static_cast<std::size_t>(receiver)] = event;
  last_[static_cast<std::size_t>(receiver)].frame = {};
}

void LadderTrack::arrive(LadderEntry& entry, const Event& event) {
  const End receiver = other(entry.sender);
  const bool first = entry.arrived_length == 0;
  const std::uint32_t length = event.segment.length();
  entry.arrived_length =
      length < entry.segment.length() - entry.arrived_length ? entry.arrived_length + length : entry.segment.length();
  entry.arrived_at = event.at;
  entry.refused = event.drop != DropReason::kNone;
  StateStep& step = entry.step(receiver);
  const TcpState from = absorb_changes(receiver, event, entry.receiver_says);
  step = {.from = first ? from : step.from, .to = event.after.state, .known = true};
  const bool told = !entry.receiver_says.empty() && event.reason == Reason::kAcceptable;
  if (entry.refused) entry.receiver_says.push_back(says(receiver, "dropped: " + because(event.drop)));
  if (event.reason != Reason::kNone && !told && first) {
    const std::string line = says(receiver, because(event.reason));
    if (entry.receiver_says.empty() || entry.receiver_says.back() != line) entry.receiver_says.push_back(line);
  }
  talk_.learn(receiver, event.after);
  const bool counts = !entry.refused || event.drop == DropReason::kTcpDuplicateSyn;
  talk_.arrived(receiver, event.segment, counts);
  entry.phase = phase_of(entry);
  talk_.set_state(receiver, event.after.state);
  show_knowledge(entry);
}

void LadderTrack::show_knowledge(LadderEntry& entry) {
  for (const End end : {End::kA, End::kB}) {
    const auto index = static_cast<std::size_t>(end);
    entry.knows[index] = talk_.at(end).knows;
    entry.inferred[index] = !talk_.both_ends() && !talk_.at(end).observed;
    if (entry.knows[index] != shown_[index] && entry.knows[index].any()) entry.shows_knowledge = true;
    shown_[index] = entry.knows[index];
  }
}

LadderEntry::Phase LadderTrack::phase_of(const LadderEntry& entry) const {
  const SegmentView& segment = entry.segment;
  const StateStep& receiver = entry.step(other(entry.sender));
  if (segment.has(SegmentView::kSyn)) return Phase::kHandshake;
  const bool opening = receiver.known && is_before_established(receiver.from) && receiver.changes();
  if (opening) return Phase::kHandshake;
  const bool early = !talk_.handshake_over();
  if (segment.has(SegmentView::kRst)) return early ? Phase::kHandshake : Phase::kClose;
  if (segment.has(SegmentView::kFin) || entry.acks_fin) return Phase::kClose;
  if (entry.phase != Phase::kText) return entry.phase;
  if (early && segment.text_length == 0) return Phase::kHandshake;
  const bool moves = entry.step(End::kA).changes() || entry.step(End::kB).changes();
  return moves ? Phase::kClose : Phase::kText;
}

TcpState LadderTrack::absorb_changes(End end, const Event& event, std::vector<std::string>& says_what) {
  TcpState from = event.before.state;
  bool first = true;
  std::erase_if(changes_, [&](const Change& change) {
    if (change.end != end) return false;
    if (std::exchange(first, false)) from = change.from;
    if (change.reason != event.reason && change.reason != Reason::kNone) {
      says_what.push_back(says(end, because(change.reason)));
    }
    return true;
  });
  return from;
}

void LadderTrack::state_changed(const Event& event) {
  const End end = talk_.speaker(event);
  talk_.learn(end, event.after);
  // The segment of this moment has told it already.
  const Event& last = last_[static_cast<std::size_t>(end)];
  const bool told = last.at == event.at && last.before.state != last.after.state &&
                    (last.after.state == event.after.state || last.before.state == event.before.state);
  if (!told && changes_.size() < kMostChanges) {
    changes_.push_back({end, event.before.state, event.after.state, event.reason, event.at});
  }
  talk_.set_state(end, event.after.state);
}

void LadderTrack::settle_changes(Instant now) {
  std::erase_if(changes_, [&](const Change& change) {
    if (now <= change.at + kTogether) return false;
    add_change(change);
    return true;
  });
}

void LadderTrack::add_change(const Change& change) {
  LadderEntry entry;
  entry.fate = Fate::kNoSegment;
  entry.sender = change.end;
  entry.sent_at = change.at;
  const bool opens = is_before_established(change.from) && change.to != TcpState::kClosed;
  entry.phase = opens ? Phase::kHandshake : Phase::kClose;
  entry.step(other(change.end)) = standing(other(change.end));
  entry.step(change.end) = {.from = change.from, .to = change.to, .known = true};
  if (change.reason != Reason::kNone) entry.sender_says.push_back(says(change.end, because(change.reason)));
  if (!talk_.at(change.end).state_known) talk_.set_state(change.end, change.to);
  queue_.add(std::move(entry));
}

// What an end found out or decided without a segment to show it.
void LadderTrack::noted(const Event& event, const std::string& words) {
  const End end = talk_.speaker(event);
  LadderEntry entry;
  entry.fate = Fate::kNoSegment;
  entry.sender = end;
  entry.sent_at = event.at;
  entry.step(End::kA) = standing(End::kA);
  entry.step(End::kB) = standing(End::kB);
  entry.sender_says.push_back(says(end, words));
  queue_.add(std::move(entry));
}

}  // namespace handfast::trace

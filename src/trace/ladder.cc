#include "trace/ladder.h"

#include <algorithm>
#include <utility>

#include "trace/ladder_page.h"
#include "trace/ladder_track.h"

namespace handfast::trace {
namespace {

bool is_about_frames(const Event& event) {
  return event.kind == Kind::kFrameReceived || event.kind == Kind::kFrameSent;
}

bool names_a_connection(const FourTuple& tuple) {
  return !tuple.host.address.is_none() && !tuple.peer.address.is_none();
}

// Only these say enough to tell who opened.
bool begins_a_track(Kind kind) {
  return kind == Kind::kSegmentReceived || kind == Kind::kSegmentSent || kind == Kind::kStateChanged;
}

bool listens_for(const Endpoint& listener, const Endpoint& end) {
  const IpAddress& address = listener.address;
  return listener.port == end.port && (address.is_none() || address.is_unspecified() || address == end.address);
}

}  // namespace

Ladder::Ladder(Output& output, LadderOptions options)
    : options_(options), page_(std::make_unique<LadderPage>(output, options)) {}

Ladder::~Ladder() = default;

void Ladder::on_event(const Event& event) {
  page_->begin_at(event.at);
  if (is_about_frames(event)) return;
  if (event.kind == Kind::kCall && event.reason == Reason::kPassiveOpen) remember_listener(event);
  LadderTrack* track = track_of(event);
  if (track == nullptr && event.kind == Kind::kDropped) ++dropped_below_;
  if (track == nullptr && names_a_connection(event.tuple) && begins_a_track(event.kind)) track = &open_track(event);
  for (const auto& each : tracks_) {
    if (each.get() != track) each->advance(event.at);
  }
  if (track != nullptr) track->on_event(event);
}

LadderTrack* Ladder::track_of(const Event& event) {
  const auto at =
      std::find_if(tracks_.begin(), tracks_.end(), [&](const auto& track) { return track->is_about(event.tuple); });
  if (at == tracks_.end()) return nullptr;
  std::rotate(at, std::next(at), tracks_.end());
  return tracks_.back().get();
}

LadderTrack& Ladder::open_track(const Event& event) {
  if (tracks_.size() == kMostConnections) {
    tracks_.front()->finish();
    page_->end_of(*tracks_.front());
    tracks_.pop_front();
  }
  // The reader needs to know its own track, which is not made before its reader.
  auto self = std::make_shared<const LadderTrack*>(nullptr);
  tracks_.push_back(std::make_unique<LadderTrack>(
      event, options_.both_ends, [this, self](const LadderEntry& entry) { page_->draw(**self, entry); }));
  LadderTrack& track = *tracks_.back();
  *self = &track;
  for (const Event& call : listeners_) {
    const Conversation& talk = track.conversation();
    const Endpoint& a = talk.at(End::kA).endpoint;
    const bool is_end = call.tuple.host.port != 0 &&
                        (listens_for(call.tuple.host, talk.at(End::kB).endpoint) || listens_for(call.tuple.host, a));
    if (is_end) track.listened(call);
  }
  return track;
}

void Ladder::remember_listener(const Event& event) {
  if (listeners_.size() == kMostListeners) listeners_.pop_front();
  listeners_.push_back(event);
  listeners_.back().frame = {};
}

void Ladder::finish() {
  for (const auto& track : tracks_) {
    track->finish();
    page_->end_of(*track);
  }
  page_->end(std::exchange(dropped_below_, 0));
}

}  // namespace handfast::trace

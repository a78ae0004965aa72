#include "trace/segment_comments.h"

#include <algorithm>
#include <utility>

#include "trace/arithmetic.h"

namespace handfast::trace {
namespace {

std::string step_text(const Event& event) {
  const std::string from(to_string(event.before.state));
  return event.before.state == event.after.state ? from : from + " -> " + std::string(to_string(event.after.state));
}

std::string step_and_reason(const Event& event) {
  const std::string why = because(event.reason);
  return why.empty() ? step_text(event) : step_text(event) + ": " + why;
}

void add(std::vector<std::string>& comments, std::string text) {
  if (!text.empty()) comments.push_back(std::move(text));
}

// What the segment says, told from the conversation before it.
void add_words(const Conversation& talk, End sender, const Event& event, std::vector<std::string>& comments) {
  if (talk.is_again(sender, event.segment))
    comments.emplace_back("the same segment again: its numbers were sent before");
  add(comments, seq_words(talk, sender, event.segment));
  add(comments, ack_words(talk, sender, event.segment));
  add(comments, options_words(talk, sender, event.segment));
}

}  // namespace

std::vector<std::string> SegmentComments::of(const Event& event) {
  std::vector<std::string> comments;
  switch (event.kind) {
    case Kind::kSegmentSent:
      sent(event, comments);
      break;
    case Kind::kSegmentReceived:
      received(event, comments);
      break;
    case Kind::kStateChanged:
      comments.push_back(step_and_reason(event));
      break;
    case Kind::kDropped:
      comments.push_back("dropped: " + because(event.drop));
      break;
    default:
      break;
  }
  return comments;
}

Conversation& SegmentComments::talk_of(const Event& event, std::vector<std::string>& comments) {
  const auto known = std::find_if(talks_.begin(), talks_.end(), [&](const Conversation& talk) {
    const Endpoint& a = talk.at(End::kA).endpoint;
    const Endpoint& b = talk.at(End::kB).endpoint;
    return (a == event.tuple.host && b == event.tuple.peer) || (b == event.tuple.host && a == event.tuple.peer);
  });
  if (known != talks_.end()) {
    std::rotate(known, std::next(known), talks_.end());
    return talks_.back();
  }
  if (talks_.size() == kMostConnections) talks_.pop_front();
  Conversation& talk = talks_.emplace_back(Conversation::seen_from_opener(event), false);
  comments.push_back("A is " + talk.at(End::kA).endpoint.to_string() + ", B is " +
                     talk.at(End::kB).endpoint.to_string() + "; x and y are their initial sequence numbers");
  return talk;
}

void SegmentComments::sent(const Event& event, std::vector<std::string>& comments) {
  comments.push_back(step_and_reason(event));
  Conversation& talk = talk_of(event, comments);
  const End sender = talk.speaker(event);
  if (talk.starts_anew(sender, event.segment)) {
    talk = Conversation({talk.at(End::kA).endpoint, talk.at(End::kB).endpoint}, false);
  }
  talk.learn(sender, event.before);
  talk.leaving(sender, event.segment);
  add_words(talk, sender, event, comments);
  talk.learn(sender, event.after);
  talk.sent(sender, event.segment);
  talk.set_state(sender, event.after.state);
}

void SegmentComments::received(const Event& event, std::vector<std::string>& comments) {
  const bool accepted = event.drop == DropReason::kNone;
  if (accepted) {
    comments.push_back(step_and_reason(event));
  } else {
    comments.push_back("dropped in " + step_text(event) + ": " + because(event.drop));
    add(comments, because(event.reason));
  }
  Conversation& talk = talk_of(event, comments);
  const End receiver = talk.speaker(event);
  const End sender = other(receiver);
  const bool anew = talk.starts_anew(sender, event.segment);
  if (anew && accepted) talk = Conversation({talk.at(End::kA).endpoint, talk.at(End::kB).endpoint}, false);
  if (anew && !accepted) talk.old_duplicate(sender, event.segment);
  const bool stray = anew && !accepted;
  if (!stray) talk.leaving(sender, event.segment);
  talk.learn(receiver, event.after);
  add_words(talk, sender, event, comments);
  if (!stray) talk.sent(sender, event.segment);
  if (event.segment.has(SegmentView::kSyn) && accepted) add(comments, agreed_words(talk));
  talk.set_state(receiver, event.after.state);
}

}  // namespace handfast::trace

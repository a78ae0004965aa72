#include "tcp/loss_recovery/undo.h"

#include <algorithm>

#include "tcp/acceptability.h"

namespace handfast::tcp::loss_recovery {

void Undo::begin(SeqNum una, const congestion::State& before) {
  *this = Undo();
  open_ = true;
  una_ = una;
  resent_ = una;
  before_ = before;
}

void Undo::sent_again(SeqNum start, SeqNum end, std::uint32_t segments, std::optional<std::uint32_t> timestamp) {
  if (!open_) return;
  resent_ = later(resent_, end);
  pending_ += segments;
  any_ = true;
  if (start != una_ || witness_ != Witness::kNotYet || !timestamp) return;
  witness_ = Witness::kAsked;
  first_timestamp_ = *timestamp;
}

void Undo::on_dsack(SeqNum end, std::uint32_t segments) {
  if (una_ < end && end <= resent_) pending_ -= std::min(pending_, segments);
}

bool Undo::is_answer_to_original(SeqNum ack, std::optional<std::uint32_t> echo) {
  if (!open_ || ack <= una_) return false;
  // One acknowledgment decides: those after it may answer the retransmission of something else.
  const bool asked = witness_ == Witness::kAsked;
  witness_ = Witness::kHeard;
  return asked && echo && is_timestamp_older(*echo, first_timestamp_);
}

}  // namespace handfast::tcp::loss_recovery

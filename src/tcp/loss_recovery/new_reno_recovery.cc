#include "tcp/loss_recovery/new_reno_recovery.h"

#include <algorithm>

namespace handfast::tcp::loss_recovery {

namespace {

constexpr std::uint8_t kDuplicateThreshold = 3;

}  // namespace

NewRenoJudgement NewRenoRecovery::on_ack(const NewRenoFacts& facts, Outstanding& outstanding) {
  if (facts.acked == 0) return facts.duplicate ? on_duplicate(facts, outstanding) : NewRenoJudgement{};

  NewRenoJudgement judgement;
  duplicates_ = 0;
  if (!in_recovery_) {
    departed_ = 0;
    return judgement;
  }
  if (facts.ack >= recover_ || outstanding.empty()) {
    in_recovery_ = false;
    departed_ = 0;
    judgement.recovered = true;
    return judgement;
  }
  // A partial acknowledgment (6582-2): the hole behind what it covers is the next one. What it covers had
  // departed, all but the segment that was sent again for it.
  const std::uint32_t covered = facts.acked > facts.mss ? facts.acked - facts.mss : 0;
  departed_ -= std::min(departed_, covered);
  outstanding.mark_front_lost(facts.mss);
  departed_ = std::min(departed_, outstanding.size() - outstanding.lost());
  judgement.restart_timer = true;
  judgement.again = trace::Reason::kRetransmitPartial;
  return judgement;
}

NewRenoJudgement NewRenoRecovery::on_duplicate(const NewRenoFacts& facts, Outstanding& outstanding) {
  NewRenoJudgement judgement;
  if (outstanding.empty()) return judgement;
  if (duplicates_ < 0xFF) ++duplicates_;
  // A peer can send as many duplicates as it likes: no more than what is outstanding can have departed (5681-13).
  const std::uint32_t ceiling = outstanding.size() - outstanding.lost();
  departed_ = std::min(departed_ + facts.mss, ceiling);
  // RFC 6582 §3.2 step 2 (6582-4): duplicates of an episode that a timeout or recovery has dealt with start no other.
  if (in_recovery_ || duplicates_ != kDuplicateThreshold || facts.ack <= recover_) return judgement;
  in_recovery_ = true;
  recover_ = facts.snd_nxt;
  outstanding.mark_front_lost(facts.mss);
  departed_ = std::min(departed_, outstanding.size() - outstanding.lost());
  judgement.congestion = true;
  judgement.again = trace::Reason::kRetransmitFast;
  return judgement;
}

void NewRenoRecovery::forget(SeqNum snd_nxt) {
  in_recovery_ = false;
  duplicates_ = 0;
  departed_ = 0;
  recover_ = snd_nxt;
}

}  // namespace handfast::tcp::loss_recovery

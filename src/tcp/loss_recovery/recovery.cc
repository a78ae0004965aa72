#include "tcp/loss_recovery/recovery.h"

#include <algorithm>

namespace handfast::tcp::loss_recovery {

std::optional<Duplicate> dsack_of(std::span<const wire::SackBlock> blocks, SeqNum ack) {
  if (blocks.empty()) return std::nullopt;
  const Duplicate first{SeqNum(blocks[0].left), SeqNum(blocks[0].right)};
  if (!(first.left < first.right)) return std::nullopt;
  if (first.right <= ack) return first;
  if (blocks.size() < 2) return std::nullopt;
  const bool inside_second = SeqNum(blocks[1].left) <= first.left && first.right <= SeqNum(blocks[1].right);
  return inside_second ? std::optional(first) : std::nullopt;
}

RackFacts Recovery::rack_facts(const AckFacts& facts) const {
  return {.now = facts.now,
          .snd_una = facts.ack,
          .snd_nxt = facts.snd_nxt,
          .min_rtt = facts.min_rtt,
          .srtt = facts.srtt,
          .dsack = facts.dsack > 0,
          .in_recovery = phase_ != RepairPhase::kNone,
          .rtt_by_number = facts.rack_rtt_by_number};
}

Duration Recovery::reordering_window(const Outstanding& outstanding, Duration min_rtt, Duration srtt) const {
  RackFacts facts;
  facts.min_rtt = min_rtt;
  facts.srtt = srtt;
  facts.in_recovery = phase_ != RepairPhase::kNone;
  return rack_.reordering_window(outstanding, facts);
}

Judgement Recovery::on_ack(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                           const congestion::State& cc) {
  // A probe that the window held back was for what was outstanding then (RFC 8985 §7.2: progress arms the timer anew).
  if (delivery.acked > 0) owes_probe_ = false;
  Judgement judgement = facts.sack ? judge_selective(facts, delivery, outstanding, cc)
                                   : judge_duplicates(facts, delivery, outstanding, cc);
  if (phase_ != RepairPhase::kNone && facts.ack >= recover_) {
    phase_ = RepairPhase::kNone;
    judgement.recovered = true;
    f_rto_.stop();
    rack_.on_recovered();
  }
  return judgement;
}

Judgement Recovery::judge_selective(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                                    const congestion::State& cc) {
  Judgement judgement;
  rack_.on_delivery(delivery, rack_facts(facts));
  const TailLossProbe::Answer answer{
      .duplicate_without_sack = facts.duplicate && delivery.sacked == 0 && outstanding.sacked() == 0,
      .dsack_of_probe = facts.dsack > 0 && facts.dsack_end == probe_.end()};
  // §7.4 (8985-9): the probe repaired the loss before anybody saw it; it was a loss all the same.
  const bool repaired = probe_.on_ack(facts.ack, answer) && phase_ == RepairPhase::kNone;
  if (repaired) {
    undo_.end();
    judgement.congestion = true;
  }
  if (was_needless(facts, delivery)) end_needless(outstanding, judgement);
  // An episode that begins with the end of a needless one begins with what that gives back.
  find_losses(facts, outstanding, judgement.undo ? judgement.before : cc, judgement);
  judgement.recovered = repaired && phase_ == RepairPhase::kNone;
  judgement.safe = delivery.acked > 0 && judgement.lost == 0;
  return judgement;
}

// Whatever the witness: the episode that is on, or was the last one, lost nothing.
bool Recovery::was_needless(const AckFacts& facts, const Delivery& delivery) {
  if (facts.dsack > 0) undo_.on_dsack(facts.dsack_end, segments_in(facts.dsack, facts.mss));
  bool needless = undo_.is_all_duplicates() || undo_.is_answer_to_original(facts.ack, facts.echo);
  if (phase_ == RepairPhase::kTimeout) {
    const FRto::Answer answer = f_rto_.on_ack({.advances = delivery.acked > 0,
                                               .covers_all = facts.ack >= recover_,
                                               .selects_beyond = facts.duplicate || delivery.sacked > 0,
                                               .original_delivered = delivery.lost_in_error > 0,
                                               .sack = facts.sack});
    needless = needless || answer == FRto::Answer::kSpurious;
  }
  needless = needless && undo_.is_open();
  if (needless) undo_.end();
  return needless;
}

// What was held to be lost is on its way, and the window comes back.
void Recovery::end_needless(Outstanding& outstanding, Judgement& judgement) {
  judgement.undo = true;
  judgement.before = undo_.before();
  phase_ = RepairPhase::kNone;
  f_rto_.stop();
  outstanding.forget_lost();
}

void Recovery::forget_probe() {
  probe_.forget();
  owes_probe_ = false;
}

void Recovery::find_losses(const AckFacts& facts, Outstanding& outstanding, const congestion::State& cc,
                           Judgement& judgement) {
  const Outstanding::Marked marked = rack_.detect(outstanding, rack_facts(facts));
  judgement.lost = marked.bytes;
  judgement.reorder_wait = marked.wait;
  judgement.path_probe_lost = marked.path_probe;
  // RFC 4821 §7.6.2 (4821-2): a probe that is lost alone was too large. That is no congestion.
  if (marked.path_probe) judgement.again = trace::Reason::kRetransmitTooBig;
  if (marked.bytes == 0) return;
  judgement.again = trace::Reason::kRetransmitRack;
  // RFC 5681 §4.3 (5681-12): the loss of a retransmission is a second indication of congestion.
  const bool lost_again = !facts.one_reduction && marked.again > 0 && marked.again_sent >= began_at_;
  if (phase_ == RepairPhase::kNone || lost_again) begin_fast(facts, cc, judgement);
}

void Recovery::begin_fast(const AckFacts& facts, const congestion::State& cc, Judgement& judgement) {
  if (phase_ == RepairPhase::kNone) undo_.begin(facts.ack, cc);
  judgement.congestion = true;
  began_at_ = facts.now;
  forget_probe();
  if (phase_ == RepairPhase::kTimeout) return;
  phase_ = RepairPhase::kFast;
  recover_ = facts.snd_nxt;
  prr_.start(facts.outstanding_before - std::min(facts.sacked_before, facts.outstanding_before));
}

Judgement Recovery::judge_duplicates(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                                     const congestion::State& cc) {
  Judgement judgement;
  if (was_needless(facts, delivery)) {
    end_needless(outstanding, judgement);
    new_reno_.forget(facts.snd_nxt);
    return judgement;
  }
  const std::uint32_t lost_before = outstanding.lost();
  const NewRenoJudgement counted = new_reno_.on_ack({.ack = facts.ack,
                                                     .snd_nxt = facts.snd_nxt,
                                                     .acked = delivery.acked,
                                                     .duplicate = facts.duplicate,
                                                     .mss = facts.mss},
                                                    outstanding);
  judgement.again = counted.again;
  judgement.lost = outstanding.lost() - std::min(outstanding.lost(), lost_before);
  judgement.safe = delivery.acked > 0 && judgement.lost == 0;
  if (!counted.congestion) return judgement;
  if (phase_ == RepairPhase::kNone) undo_.begin(facts.ack, cc);
  judgement.congestion = true;
  phase_ = RepairPhase::kFast;
  recover_ = facts.snd_nxt;
  began_at_ = facts.now;
  return judgement;
}

Judgement Recovery::on_reorder_timeout(const AckFacts& facts, Outstanding& outstanding, const congestion::State& cc) {
  Judgement judgement;
  find_losses(facts, outstanding, cc, judgement);
  return judgement;
}

std::uint32_t Recovery::on_timeout(const TimeoutFacts& facts, Outstanding& outstanding, const congestion::State& cc) {
  // RFC 2018 §8: text reported beyond SND.UNA that is not acknowledged now was taken back.
  if (outstanding.has_reneged()) outstanding.forget_sacked();
  if (phase_ == RepairPhase::kNone) undo_.begin(facts.snd_una, cc);
  f_rto_.on_timeout(facts.first && phase_ != RepairPhase::kTimeout);
  phase_ = RepairPhase::kTimeout;
  recover_ = facts.snd_nxt;
  began_at_ = facts.now;
  forget_probe();
  new_reno_.forget(facts.snd_nxt);
  return outstanding.mark_all_lost();
}

void Recovery::on_window_reopened(SeqNum snd_nxt, Outstanding& outstanding) {
  if (outstanding.has_reneged()) outstanding.forget_sacked();
  phase_ = RepairPhase::kNone;
  undo_.end();
  f_rto_.stop();
  forget_probe();
  new_reno_.forget(snd_nxt);
  (void)outstanding.mark_all_lost();
}

void Recovery::on_too_big(SeqNum snd_nxt, const Outstanding& outstanding) {
  forget_probe();
  if (phase_ == RepairPhase::kNone) new_reno_.forget(snd_nxt);
  new_reno_.limit_departed(outstanding.size() - outstanding.lost());
}

void Recovery::on_sent(SeqNum start, std::uint32_t bytes, bool again, std::uint32_t mss,
                       std::optional<std::uint32_t> timestamp) {
  if (phase_ == RepairPhase::kFast) prr_.sent(bytes);
  if (again && phase_ != RepairPhase::kNone) {
    undo_.sent_again(start, start + bytes, segments_in(bytes, mss), timestamp);
  }
}

}  // namespace handfast::tcp::loss_recovery

#include "tcp/loss_recovery/tail_loss_probe.h"

namespace handfast::tcp::loss_recovery {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPeerAckDelay = 200ms;  // TLP.max_ack_delay
constexpr Duration kWithoutRtt = 1s;

}  // namespace

Duration TailLossProbe::timeout(Duration srtt, bool has_srtt, bool single) {
  if (!has_srtt) return kWithoutRtt;
  return 2 * srtt + (single ? kPeerAckDelay : Duration::zero());
}

void TailLossProbe::sent(SeqNum snd_nxt, bool again) {
  out_ = true;
  again_ = again;
  end_ = snd_nxt;
}

bool TailLossProbe::on_ack(SeqNum ack, const Answer& answer) {
  if (!out_ || ack < end_) return false;
  if (!again_ || answer.dsack_of_probe) {
    // New text was the probe, or the last segment arrived twice: nothing was lost.
    out_ = false;
    return false;
  }
  if (ack > end_) {
    out_ = false;
    return true;
  }
  // The probe and the original would each be answered: a second acknowledgment of the same number is the other answer.
  if (answer.duplicate_without_sack) out_ = false;
  return false;
}

}  // namespace handfast::tcp::loss_recovery

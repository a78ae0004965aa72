#include "tcp/loss_recovery/f_rto.h"

namespace handfast::tcp::loss_recovery {

FRto::Answer FRto::on_ack(const Ack& ack) {
  if (step_ == Step::kOff) return Answer::kNone;
  const bool decisive = ack.sack || step_ == Step::kSecond;
  if (decisive && ack.original_delivered && (!ack.covers_all || step_ != Step::kFirst)) {
    step_ = Step::kOff;
    return Answer::kSpurious;
  }
  if (ack.covers_all || !ack.advances || ack.selects_beyond || step_ == Step::kSecond) {
    if (!ack.advances && !ack.selects_beyond) return Answer::kNone;
    step_ = Step::kOff;
    return Answer::kConventional;
  }
  step_ = Step::kSecond;
  return Answer::kNone;
}

}  // namespace handfast::tcp::loss_recovery

#include "tcp/ecn.h"

#include "tcp/accurate_ecn.h"

namespace handfast::tcp {

namespace {

constexpr TcpFlags kBoth = wire::kEce | wire::kCwr;

}  // namespace

TcpFlags ecn_question(Ecn setting) {
  if (setting == Ecn::kAccurate) return kAceFlags;
  return setting == Ecn::kOffer ? kBoth : TcpFlags();
}

// RFC 9768 §3.1.2, §3.1.3 (9768-1, 9768-5): whatever is neither nothing nor the classic question asks for the accurate
// form, or for something newer that goes back to it.
std::uint8_t ecn_forms(TcpFlags syn) {
  const TcpFlags asked = syn & kAceFlags;
  if (asked.empty()) return 0;
  return asked == kBoth ? kAskedClassic : kAskedAccurate;
}

// Who does not speak the accurate form sees ECE and CWR alone.
EcnFeedback ecn_granted(Ecn setting, TcpFlags syn) {
  const TcpFlags asked = syn & kAceFlags;
  if (setting == Ecn::kOff || asked.empty()) return EcnFeedback::kNone;
  if (setting == Ecn::kAccurate && ecn_forms(syn) == kAskedAccurate) return EcnFeedback::kAccurate;
  return asked.has(kBoth) ? EcnFeedback::kClassic : EcnFeedback::kNone;
}

TcpFlags ecn_grant(EcnFeedback granted, wire::EcnCodepoint arrived) {
  if (granted == EcnFeedback::kAccurate) return flags_of(handshake_ace(arrived));
  return granted == EcnFeedback::kClassic ? wire::kEce : TcpFlags();
}

EcnFeedback ecn_answered(Ecn setting, TcpFlags syn_ack) {
  const TcpFlags answer = syn_ack & kAceFlags;
  if (answer == wire::kEce) return EcnFeedback::kClassic;
  const bool is_accurate = setting == Ecn::kAccurate && !answer.empty() && answer != kAceFlags;
  return is_accurate ? EcnFeedback::kAccurate : EcnFeedback::kNone;
}

}  // namespace handfast::tcp

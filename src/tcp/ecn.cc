#include "tcp/ecn.h"

namespace handfast::tcp {

namespace {

constexpr TcpFlags kBoth = wire::kEce | wire::kCwr;

bool asks(Ecn setting) { return setting == Ecn::kOffer; }

}  // namespace

TcpFlags ecn_question(Ecn setting) { return asks(setting) ? kBoth : TcpFlags(); }

EcnFeedback ecn_granted(Ecn setting, TcpFlags syn) {
  const bool grants = setting != Ecn::kOff && syn.has(kBoth);
  return grants ? EcnFeedback::kClassic : EcnFeedback::kNone;
}

TcpFlags ecn_grant(EcnFeedback granted) { return granted == EcnFeedback::kClassic ? wire::kEce : TcpFlags(); }

EcnFeedback ecn_answered(TcpFlags syn_ack) {
  const bool grants = (syn_ack & (kBoth | wire::kAe)) == wire::kEce;
  return grants ? EcnFeedback::kClassic : EcnFeedback::kNone;
}

}  // namespace handfast::tcp

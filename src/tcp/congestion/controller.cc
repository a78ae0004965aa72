#include "tcp/congestion/controller.h"

#include "tcp/congestion/bbr.h"
#include "tcp/congestion/cubic.h"
#include "tcp/congestion/new_reno.h"
#include "tcp/congestion/none.h"

namespace handfast::tcp::congestion {

const Controller& controller_for(CongestionControl algorithm) {
  switch (algorithm) {
    case CongestionControl::kCubic:
      return cubic();
    case CongestionControl::kNewReno:
      return new_reno();
    case CongestionControl::kBbr:
      return bbr_controller();
    case CongestionControl::kNone:
      return none();
  }
  return new_reno();
}

}  // namespace handfast::tcp::congestion

#include "tcp/congestion/controller.h"

#include "tcp/congestion/new_reno.h"

namespace handfast::tcp::congestion {

const Controller& controller_for(CongestionControl algorithm) {
  switch (algorithm) {
    case CongestionControl::kNewReno:
      return new_reno();
  }
  return new_reno();
}

}  // namespace handfast::tcp::congestion

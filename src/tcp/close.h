#pragma once

#include "tcp/sequence_number.h"

// Which FINs are known: ours, which follows the last byte the caller handed over, and the peer's, which may arrive
// before the text in front of it.

namespace handfast::tcp {

struct CloseState {
  bool requested : 1 = false;  ///< CLOSE was called: a FIN follows what is queued
  bool fin_sent : 1 = false;   ///< SND.NXT lies behind our FIN
  bool fin_acked : 1 = false;
  bool peer_fin_known : 1 = false;  ///< the peer's FIN arrived, at peer_fin; text before it may be missing
  bool peer_fin_done : 1 = false;   ///< and was processed: RCV.NXT lies behind it
  SeqNum peer_fin;
};

}  // namespace handfast::tcp

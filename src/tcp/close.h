#pragma once

#include "tcp/sequence_number.h"

// Which FINs are known: ours, which follows the last byte the caller handed over, and the peer's, which may arrive
// before the text in front of it.

namespace handfast::tcp {

struct CloseState {
  bool requested = false;  ///< CLOSE was called: a FIN follows what is queued
  bool fin_sent = false;   ///< SND.NXT lies behind our FIN
  bool fin_acked = false;
  bool peer_fin_known = false;  ///< the peer's FIN arrived, at peer_fin; text before it may be missing
  bool peer_fin_done = false;   ///< and was processed: RCV.NXT lies behind it
  SeqNum peer_fin;
};

}  // namespace handfast::tcp

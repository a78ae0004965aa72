#pragma once

#include <cstdint>

#include "handfast/time.h"
#include "tcp/sequence_number.h"

// The tail loss probe of RFC 8985 §7: where the last segments of a flight are lost, nothing behind them is delivered
// that RACK could compare them with. After two round trips of silence one more segment goes out, new text if there is
// some, else the last segment again; what the peer answers sets RACK going, long before the retransmission timer.

namespace handfast::tcp::loss_recovery {

class TailLossProbe {
 public:
  /// §7.2 (8985-7): how long to wait, before the bound of the retransmission timer. `single`: one segment is in flight,
  /// whose acknowledgment the peer may delay.
  static Duration timeout(Duration srtt, bool has_srtt, bool single);

  bool is_out() const { return out_; }
  /// §7.3 (8985-8): the probe went out; SND.NXT is behind it.
  void sent(SeqNum snd_nxt, bool again);

  struct Answer {
    bool duplicate_without_sack = false;  ///< by RFC 5681 §2, and it selects nothing
    bool dsack_of_probe = false;          ///< the peer has what the probe carried twice
  };
  /// §7.4.2. True: a loss was repaired by the probe alone, which the congestion control has to hear of.
  bool on_ack(SeqNum ack, const Answer& answer);
  void forget() { out_ = false; }
  SeqNum end() const { return end_; }

 private:
  SeqNum end_;          ///< TLP.end_seq
  bool out_ = false;    ///< a probe waits for its answer
  bool again_ = false;  ///< TLP.is_retrans
};

}  // namespace handfast::tcp::loss_recovery

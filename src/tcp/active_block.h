#pragma once

#include <cstdint>

#include "tcp/account.h"
#include "tcp/buffer_tuning.h"
#include "tcp/congestion/controller.h"
#include "tcp/delivery_rate.h"
#include "tcp/ecn.h"
#include "tcp/fast_open.h"
#include "tcp/loss_recovery/recovery.h"
#include "tcp/mark_watch.h"
#include "tcp/outstanding.h"
#include "tcp/pacer.h"
#include "tcp/path_mtu.h"
#include "tcp/reassembly.h"
#include "tcp/receive_queue.h"
#include "tcp/record_marks.h"
#include "tcp/send_queue.h"
#include "tcp/timers.h"
#include "tcp/urgent.h"
#include "tcp/window_use.h"

namespace handfast::tcp {

/// Text that arrived twice and is to be reported (RFC 2883).
struct DuplicateText {
  SeqNum start{};
  std::uint32_t length = 0;
};

/// What a connection needs only while text is queued, in flight or waiting for the caller. It is taken from a pool with
/// the first byte and given back with the last, so that an idle connection is small. What must outlive it (round-trip
/// times, cwnd, ssthresh) is not in here.
struct ActiveBlock {
  ActiveBlock(SeqNum snd_una, base::MemoryBudget* budget)
      : queue(budget),
        outstanding(budget),
        recovery(snd_una),
        received(budget),
        reassembly(budget),
        ecn(snd_una),
        marks(snd_una) {}

  SendQueue queue;
  SendUrgent urgent;
  RecordMarks records;
  Outstanding outstanding;
  loss_recovery::Recovery recovery;
  congestion::Scratch scratch;
  ReceiveQueue received;
  ReceiveTuning receive_tuning;
  Reassembly reassembly;
  DeliveryRate rate;
  WindowUse window_use;
  Pacer pacer;
  EcnWindow ecn;
  MarkWatch marks;
  PathWork path;
  ActiveTimers timers;
  LimitWatch held_back;
  DuplicateText duplicate;
  FastOpenOffer fast_open;    ///< until the SYN has left
  std::uint32_t awaited = 0;  ///< the caller goes on when less is queued; 0: when there is room
  SeqNum small_end{};         ///< where the last segment ends that was not full
  bool small_is_out = false;  ///< it is not acknowledged
  bool cork_ran_out = false;  ///< what the cork held has waited long enough
  bool ends_pushed = true;    ///< the last of the queue came with PUSH

  bool is_drained() const {
    return queue.empty() && outstanding.empty() && received.empty() && reassembly.empty() && duplicate.length == 0;
  }
};

/// What was in flight before an acknowledgment, whether a loss was being repaired, and whether it tells of marks.
struct Flight {
  std::uint32_t outstanding = 0;
  std::uint32_t sacked = 0;
  std::uint32_t in_flight = 0;
  std::uint32_t departed = 0;  ///< Recovery::departed()
  bool fast_recovery = false;
  bool behind_timeout = false;  ///< what was outstanding at a timeout has not all arrived
  bool marked = false;
};

}  // namespace handfast::tcp

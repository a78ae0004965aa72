#pragma once

#include "posix/call_values.h"

namespace handfast::posix {

/// A call that has nothing to give yet: it goes on waiting, or answers `when_late` where it may not wait, or not any
/// longer. Its time counts from its first go.
inline Outcome wait_or(int when_late, bool nonblocking, Duration timeout, Turn turn) {
  if (nonblocking) return Outcome::failed(when_late);
  if (!turn.progress.started) {
    turn.progress.started = true;
    if (timeout != Duration::max()) turn.progress.deadline = turn.now + timeout;
  }
  return turn.now >= turn.progress.deadline ? Outcome::failed(when_late) : Outcome::waiting();
}

/// The same for calls whose timeout is in milliseconds, and below zero for ever: poll and epoll_wait. Late they answer
/// 0.
inline Outcome wait_ms(int timeout_ms, Turn turn) {
  if (timeout_ms == 0) return Outcome::of(0);
  const Outcome late =
      wait_or(1, false, timeout_ms < 0 ? Duration::max() : Duration(std::chrono::milliseconds(timeout_ms)), turn);
  return late.waits ? late : Outcome::of(0);
}

}  // namespace handfast::posix

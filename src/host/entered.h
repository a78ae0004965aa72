#pragma once

#include "base/check.h"
#include "host/shard.h"

namespace handfast::host {

/// Marks a shard as inside a verb. None of the call-outs (Random, the release of a buffer, a trace sink) may call back
/// in: what they would find is half changed.
class Shard::Entered {
 public:
  explicit Entered(Shard& shard) : shard_(shard) {
    HANDFAST_CHECK(!shard.entered_);
    shard.entered_ = true;
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() { shard_.entered_ = false; }

 private:
  Shard& shard_;
};

}  // namespace handfast::host

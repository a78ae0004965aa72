#pragma once

#include "handfast/error.h"
#include "host/slots.h"

namespace handfast::host {

/// The caller's verbs on a connection differ in one line; a handle that leads nowhere is the same for all.
template <typename T, typename Verb>
Result<T> with_slot(ConnectionSlot* slot, Verb verb) {
  if (slot == nullptr) return failure(Error::kStaleHandle);
  return verb(slot->tcp);
}

}  // namespace handfast::host

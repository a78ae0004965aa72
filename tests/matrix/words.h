#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "handfast/tcp_info.h"
#include "model/textbook.h"
#include "scene/endpoint.h"

// The stack's words in the textbook's, and both in a reader's.

namespace handfast::matrix {

/// Where both ends start counting.
struct Numbers {
  std::uint32_t iss = 0;
  std::uint32_t irs = 0;
};

/// One thing on which the two disagree.
struct Difference {
  std::string kind;  ///< "state", "sent", "told", …
  std::string text;  ///< the textbook's behaviour against the stack's
};

Difference differs(const char* kind, const std::string& textbook, const std::string& stack);

model::State state_of(TcpState state);
tcp::Segment to_stack(const model::Segment& segment);
/// Without the window field: what the stack announces is compared as RCV.WND.
model::Segment from_stack(const scene::Sent& sent);

bool is_bare_ack(const model::Segment& segment);
bool is_same_but_window(model::Segment a, model::Segment b);

/// A number counted from `start`, negative to its left.
std::string relative(std::uint32_t number, std::uint32_t start);
std::string names_of(const std::set<model::Signal>& signals);
/// A segment as one short text, numbers relative to the ISNs.
std::string describe(const model::Segment& segment, const Numbers& numbers);

}  // namespace handfast::matrix

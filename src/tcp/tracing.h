#pragma once

#include "handfast/trace_event.h"
#include "tcp/context.h"
#include "tcp/segment.h"
#include "tcp/timers.h"

// Making trace events. Called only behind `context.trace != nullptr`, so that a run without a trace pays one branch.

namespace handfast::tcp {

class Connection;

trace::SegmentView view_of(const Segment& segment, std::uint32_t scaled_window);

void trace_state(const Connection& connection, const trace::TcbView& before, trace::Reason why, Context& context);
void trace_timer(const Connection& connection, trace::Kind kind, Timer timer, Context& context);
void trace_option(const Connection& connection, trace::Reason what, std::uint32_t value, Context& context);
void trace_call(const Connection& connection, trace::Reason what, std::uint32_t value, Context& context);

struct JudgedSegment {
  const Segment& segment;
  std::uint32_t window;
  trace::Reason reason;
  DropReason drop;
};
void trace_received(const Connection& connection, const JudgedSegment& judged, const trace::TcbView& before,
                    Context& context);

void trace_sent(const Connection& connection, const Outgoing& out, const trace::TcbView& before, Context& context);

}  // namespace handfast::tcp

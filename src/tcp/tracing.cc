#include "tcp/tracing.h"

#include "tcp/connection.h"

namespace handfast::tcp {

namespace {

trace::Event event_of(const Connection& connection, trace::Kind kind, trace::Reason reason, const Context& context) {
  trace::Event event;
  event.at = context.now;
  event.kind = kind;
  event.reason = reason;
  event.host_number = context.host_number;
  event.connection = context.connection;
  event.tuple = connection.tuple();
  event.after = connection.view();
  event.before = event.after;
  return event;
}

}  // namespace

trace::SegmentView view_of(const Segment& segment, std::uint32_t scaled_window) {
  trace::SegmentView view{.seq = segment.seq.value(),
                          .ack = segment.ack.value(),
                          .flags = segment.flags.bits(),
                          .window = scaled_window,
                          .text_length = segment.text_length,
                          .urgent_pointer = segment.urgent_pointer,
                          .ecn = static_cast<std::uint8_t>(segment.ecn)};
  trace::OptionsView& options = view.options;
  options.has_mss = segment.options.mss.has_value();
  options.mss = segment.options.mss.value_or(0);
  options.has_window_scale = segment.options.window_scale.has_value();
  options.window_scale = segment.options.window_scale.value_or(0);
  options.sack_permitted = segment.options.sack_permitted;
  if (segment.options.timestamps) {
    options.has_timestamps = true;
    options.timestamp = segment.options.timestamps->value;
    options.timestamp_echo = segment.options.timestamps->echo;
  }
  for (const wire::SackBlock& block : segment.options.sack()) {
    options.sack[options.sack_count++] = {block.left, block.right};
  }
  return view;
}

void trace_state(const Connection& connection, const trace::TcbView& before, trace::Reason why, Context& context) {
  trace::Event event = event_of(connection, trace::Kind::kStateChanged, why, context);
  event.before = before;
  context.trace->on_event(event);
}

void trace_timer(const Connection& connection, trace::Kind kind, Timer timer, Context& context) {
  trace::Event event = event_of(connection, kind, trace::Reason::kNone, context);
  event.timer = timer;
  event.deadline = connection.deadline(timer);
  context.trace->on_event(event);
}

void trace_option(const Connection& connection, trace::Reason what, std::uint32_t value, Context& context) {
  trace::Event event = event_of(connection, trace::Kind::kOption, what, context);
  event.value = value;
  context.trace->on_event(event);
}

void trace_call(const Connection& connection, trace::Reason what, std::uint32_t value, Context& context) {
  trace::Event event = event_of(connection, trace::Kind::kCall, what, context);
  event.value = value;
  context.trace->on_event(event);
}

void trace_received(const Connection& connection, const JudgedSegment& judged, const trace::TcbView& before,
                    Context& context) {
  trace::Event event = event_of(connection, trace::Kind::kSegmentReceived, judged.reason, context);
  event.segment = view_of(judged.segment, judged.window);
  event.drop = judged.drop;
  event.before = before;
  context.trace->on_event(event);
}

void trace_sent(const Connection& connection, const Outgoing& out, const trace::TcbView& before, Context& context) {
  trace::Event event = event_of(connection, trace::Kind::kSegmentSent, out.reason, context);
  const std::uint8_t scale = out.segment.syn() ? 0 : connection.agreed().receive_scale;
  event.segment = view_of(out.segment, std::uint32_t{out.segment.window} << scale);
  event.before = before;
  context.trace->on_event(event);
}

}  // namespace handfast::tcp

#include "trace/json_lines.h"

#include <optional>
#include <string_view>

#include "trace/names.h"

namespace handfast::trace {

// RFC 8259 §7: quotation mark, reverse solidus and control characters must be escaped; the rest stands as it is.
void append_json_text(std::string& to, std::string_view value) {
  constexpr std::string_view kHex = "0123456789abcdef";
  to += '"';
  for (const char c : value) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (code < 0x20) {
      to += "\\u00";
      to += kHex[code >> 4];
      to += kHex[code & 0xF];
    } else {
      to += c;
    }
  }
  to += '"';
}

namespace {

// Writes members one after the other into a line; objects nest by begin and end.
class JsonObject {
 public:
  explicit JsonObject(std::string& to) : to_(to) { to_ += '{'; }

  void number(std::string_view key, std::uint64_t value) {
    begin(key);
    to_ += std::to_string(value);
  }
  void signed_number(std::string_view key, std::int64_t value) {
    begin(key);
    to_ += std::to_string(value);
  }
  void number_or_null(std::string_view key, std::optional<std::uint32_t> value) {
    begin(key);
    to_ += value ? std::to_string(*value) : "null";
  }
  void boolean(std::string_view key, bool value) {
    begin(key);
    to_ += value ? "true" : "false";
  }
  void null(std::string_view key) {
    begin(key);
    to_ += "null";
  }
  void text(std::string_view key, std::string_view value) {
    begin(key);
    append_json_text(to_, value);
  }
  void text_or_null(std::string_view key, std::string_view value) { value.empty() ? null(key) : text(key, value); }
  /// The key alone; the caller writes the value.
  std::string& member(std::string_view key) {
    begin(key);
    return to_;
  }
  void end() { to_ += '}'; }

 private:
  void begin(std::string_view key) {
    if (to_.back() != '{') to_ += ',';
    append_json_text(to_, key);
    to_ += ':';
  }
  std::string& to_;
};

bool knows_iss(const TcbView& tcb) { return tcb.state != TcpState::kClosed && tcb.state != TcpState::kListen; }
bool knows_irs(const TcbView& tcb) { return knows_iss(tcb) && tcb.state != TcpState::kSynSent; }

struct Origins {
  std::optional<std::uint32_t> iss;
  std::optional<std::uint32_t> irs;
};

// A connection that closes forgets its numbers, one that opens has none before: whichever side of the event knows.
Origins origins_of(const Event& event) {
  Origins origins;
  for (const TcbView* tcb : {&event.before, &event.after}) {
    if (knows_iss(*tcb)) origins.iss = tcb->iss;
    if (knows_irs(*tcb)) origins.irs = tcb->irs;
  }
  return origins;
}

std::optional<std::uint32_t> told_from(std::uint32_t number, std::optional<std::uint32_t> origin) {
  return origin ? std::optional(number - *origin) : std::nullopt;
}

void put_options(std::string& to, const OptionsView& options) {
  JsonObject object(to);
  object.number_or_null("mss", options.has_mss ? std::optional<std::uint32_t>(options.mss) : std::nullopt);
  object.number_or_null("window_scale",
                        options.has_window_scale ? std::optional<std::uint32_t>(options.window_scale) : std::nullopt);
  object.boolean("sack_permitted", options.sack_permitted);
  const bool stamped = options.has_timestamps;
  object.number_or_null("timestamp", stamped ? std::optional(options.timestamp) : std::nullopt);
  object.number_or_null("timestamp_echo", stamped ? std::optional(options.timestamp_echo) : std::nullopt);
  std::string& sack = object.member("sack");
  sack += '[';
  for (std::size_t i = 0; i < options.sack_count && i < options.sack.size(); ++i) {
    if (i != 0) sack += ',';
    sack += '[' + std::to_string(options.sack[i][0]) + ',' + std::to_string(options.sack[i][1]) + ']';
  }
  sack += ']';
  object.end();
}

void put_segment(std::string& to, const Event& event) {
  const SegmentView& segment = event.segment;
  const Origins origins = origins_of(event);
  const bool sent = event.kind == Kind::kSegmentSent;
  JsonObject object(to);
  object.number("seg.seq", segment.seq);
  object.number_or_null("seg.seq_relative", told_from(segment.seq, sent ? origins.iss : origins.irs));
  const bool acks = segment.has(SegmentView::kAck);
  object.number_or_null("seg.ack", acks ? std::optional(segment.ack) : std::nullopt);
  object.number_or_null("seg.ack_relative",
                        acks ? told_from(segment.ack, sent ? origins.irs : origins.iss) : std::nullopt);
  object.number("seg.len", segment.length());
  object.number("seg.wnd", segment.window);
  object.text("flags", flags_text(segment.flags));
  object.number("flag_bits", segment.flags);
  object.text_or_null("ecn", ecn_text(segment.ecn));
  object.number("text_length", segment.text_length);
  if (segment.has(SegmentView::kUrg)) object.number("seg.up", segment.urgent_pointer);
  put_options(object.member("options"), segment.options);
  object.end();
}

void put_tcb(std::string& to, const TcbView& tcb) {
  const std::optional<std::uint32_t> iss = knows_iss(tcb) ? std::optional(tcb.iss) : std::nullopt;
  const std::optional<std::uint32_t> irs = knows_irs(tcb) ? std::optional(tcb.irs) : std::nullopt;
  JsonObject object(to);
  object.text("state", to_string(tcb.state));
  object.number("snd.una", tcb.snd_una);
  object.number_or_null("snd.una_relative", told_from(tcb.snd_una, iss));
  object.number("snd.nxt", tcb.snd_nxt);
  object.number_or_null("snd.nxt_relative", told_from(tcb.snd_nxt, iss));
  object.number("snd.wnd", tcb.snd_wnd);
  object.number_or_null("iss", iss);
  object.number("rcv.nxt", tcb.rcv_nxt);
  object.number_or_null("rcv.nxt_relative", told_from(tcb.rcv_nxt, irs));
  object.number("rcv.wnd", tcb.rcv_wnd);
  object.number_or_null("irs", irs);
  object.number("cwnd", tcb.cwnd);
  object.number("ssthresh", tcb.ssthresh);
  object.end();
}

std::string hexadecimal(std::span<const std::span<const std::byte>> frame) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string digits;
  for (const auto piece : frame) {
    for (const std::byte byte : piece) {
      digits += kHex[std::to_integer<unsigned>(byte) >> 4];
      digits += kHex[std::to_integer<unsigned>(byte) & 0xF];
    }
  }
  return digits;
}

void put_frame(JsonObject& object, const Event& event, bool with_bytes) {
  const bool is_frame = event.kind == Kind::kFrameReceived || event.kind == Kind::kFrameSent;
  if (!is_frame) {
    object.null("interface");
    object.null("frame_length");
  } else {
    std::uint64_t length = 0;
    for (const auto piece : event.frame) length += piece.size();
    object.number("interface", event.interface);
    object.number("frame_length", length);
  }
  if (!with_bytes) return;
  is_frame ? object.text("frame", hexadecimal(event.frame)) : object.null("frame");
}

std::string endpoint_text(const Endpoint& endpoint) {
  return endpoint.address.is_none() && endpoint.port == 0 ? std::string() : endpoint.to_string();
}

}  // namespace

JsonLines::JsonLines(Output& output, JsonLinesOptions options) : output_(output), options_(options) {
  JsonObject object(line_);
  object.text("schema", "handfast-trace");
  object.number("version", kSchemaVersion);
  object.text("time_unit", "ns");
  object.end();
  line_ += '\n';
  output_.write(line_);
}

void JsonLines::on_event(const Event& event) {
  line_.clear();
  JsonObject object(line_);
  object.signed_number("at", event.at.time_since_epoch().count());
  object.text("kind", kind_name(event.kind));
  object.number("host_number", event.host_number);
  event.connection == 0 ? object.null("connection") : object.number("connection", event.connection);
  object.text_or_null("host", endpoint_text(event.tuple.host));
  object.text_or_null("peer", endpoint_text(event.tuple.peer));
  const ReasonInfo reason = describe(event.reason);
  const bool has_reason = event.reason != Reason::kNone;
  object.text_or_null("reason", has_reason ? reason.name : std::string_view());
  object.text_or_null("reason_text", reason.text);
  object.text_or_null("reason_rule", reason.rule);
  const bool dropped = event.drop != DropReason::kNone;
  const DropReasonInfo drop = dropped ? describe(event.drop) : DropReasonInfo{};
  object.text_or_null("drop", drop.name);
  object.text_or_null("drop_text", drop.text);
  object.text_or_null("drop_rule", drop.rule);
  const bool is_segment = event.kind == Kind::kSegmentReceived || event.kind == Kind::kSegmentSent;
  is_segment ? put_segment(object.member("segment"), event) : object.null("segment");
  put_tcb(object.member("before"), event.before);
  put_tcb(object.member("after"), event.after);
  object.text_or_null("timer", event.timer == Timer::kCount ? std::string_view() : timer_name(event.timer));
  event.deadline == kNever ? object.null("deadline")
                           : object.signed_number("deadline", event.deadline.time_since_epoch().count());
  object.number("value", event.value);
  put_frame(object, event, options_.frame_bytes);
  object.end();
  line_ += '\n';
  output_.write(line_);
}

}  // namespace handfast::trace

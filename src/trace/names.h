#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "handfast/trace_event.h"

// The words that every reader of the trace shares, so that the ladder, the JSON lines and the comments of a capture
// call one thing by one name. No floating point: amounts and times are cut, never rounded up.

namespace handfast::trace {

std::string_view kind_name(Kind kind);     ///< "SegmentReceived"
std::string_view timer_name(Timer timer);  ///< "retransmission"; "none" for kCount

/// "SYN+ACK", in the order SYN FIN RST PSH ACK URG ECE CWR AE; "no flags" where there are none.
std::string flags_text(std::uint16_t flags);
/// "ECT(0)", "ECT(1)", "CE": the ECN field of an IP header; empty where the sender does not understand marks.
std::string_view ecn_text(std::uint8_t codepoint);
/// 3000000001 as "3,000,000,001".
std::string grouped(std::uint64_t number);
/// "1 byte", "1,460 bytes".
std::string bytes_text(std::uint64_t count);
/// "999 B", "1.8 MB": powers of ten, one digit after the point.
std::string size_text(std::uint64_t count);
/// "1,000.010 ms": to the microsecond.
std::string milliseconds_text(Duration time);
/// "1 segment", "3 segments": `noun` gets its s.
std::string counted(std::uint64_t count, std::string_view noun);

/// "text (rule)"; only the part that there is.
std::string because(Reason reason);
std::string because(DropReason drop);

/// The sequence numbers of one end of a connection, told from its ISS: x, x + 1, ...
struct NumberSpace {
  std::string_view name = "x";
  std::optional<std::uint32_t> first;  ///< the ISS, once it is known
  std::string_view old_name = "z";
  std::optional<std::uint32_t> old_first;  ///< that of an older connection, of which duplicates still arrive
};

/// `number` told from the ISS: "x", "x + 1,461", "x - 1"; the older ISS where only that is near; empty where neither
/// is.
std::string relative_text(const NumberSpace& space, std::uint32_t number);
/// Whether `number` is one of this connection rather than of an older one or of nobody. True while nothing is known.
bool belongs_to(const NumberSpace& space, std::uint32_t number);
/// "x + 1 = 2,847,120,982", or the bare number where nothing is known to tell it from.
std::string number_text(const NumberSpace& space, std::uint32_t number);
/// The shortest clear form: "x + 1", or the bare number.
std::string short_number_text(const NumberSpace& space, std::uint32_t number);

}  // namespace handfast::trace

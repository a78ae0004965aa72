#include "trace/arithmetic.h"

#include <algorithm>

namespace handfast::trace {
namespace {

std::string uses_words(const SegmentView& segment) {
  const bool syn = segment.has(SegmentView::kSyn);
  const bool fin = segment.has(SegmentView::kFin);
  if (segment.text_length == 0) {
    if (syn && fin) return "SYN and FIN use one sequence number each";
    if (syn) return "the SYN uses one sequence number";
    return "the FIN uses one sequence number";
  }
  std::string words = bytes_text(segment.text_length) + " of text";
  if (syn) words = "one number for the SYN, then " + words;
  if (fin) words += " and one number for the FIN";
  return words;
}

std::string empty_words(const Conversation& talk, End sender, const SegmentView& segment) {
  if (segment.has(SegmentView::kRst)) return "a reset uses no number";
  const EndRecord& record = talk.at(sender);
  std::string words = segment.has(SegmentView::kAck) ? "empty ACK, uses no number" : "empty, uses no number";
  if (!record.sent_to) return words;
  const bool in_step = *record.sent_to == segment.seq;
  return words + (in_step ? ", snd.nxt stays " : ", snd.nxt is ") + short_number_text(record.numbers, *record.sent_to);
}

// What the acknowledgment covers beyond the one before it.
std::string covered_words(const EndRecord& from, const EndRecord& peer, std::uint32_t ack, char name) {
  const std::string whose = std::string(1, name) + "'s";
  if (peer.numbers.first && ack == *peer.numbers.first) return "before " + whose + " SYN";
  std::uint32_t fresh = from.acked ? ack - *from.acked : 0;
  if (from.acked && fresh == 0) return "still the next number expected of " + std::string(1, name);
  if (from.acked && fresh > 0x7FFFFFFF) return "older than what was acknowledged before";
  const bool covers_syn = peer.numbers.first && !from.acked;
  if (covers_syn) fresh = ack - *peer.numbers.first;
  if (!from.acked && !covers_syn) return "every number before it arrived";
  const bool covers_fin = peer.fin && ack == *peer.fin + 1;
  const std::uint32_t controls = (covers_syn ? 1u : 0u) + (covers_fin ? 1u : 0u);
  std::string words;
  if (covers_syn) words = whose + " SYN used one sequence number";
  if (fresh > controls) {
    const std::uint32_t bytes = fresh - controls;
    const std::string amount = covers_syn ? bytes_text(bytes) : counted(bytes, "more byte");
    words += (words.empty() ? "" : ", ") + amount + " arrived";
  }
  if (covers_fin) words += (words.empty() ? "" : ", ") + whose + " FIN used one sequence number";
  return words;
}

}  // namespace

std::string seq_words(const Conversation& talk, End sender, const SegmentView& segment) {
  const NumberSpace& own = talk.at(sender).numbers;
  // A reset to a segment with an ACK bears the number its sender waits for (RFC 9293 §3.5.2): still this end's space.
  std::string words = "seq = " + number_text(own, segment.seq) + ": ";
  if (segment.length() == 0) return words + empty_words(talk, sender, segment);
  return words + uses_words(segment) + ", next is " + short_number_text(own, segment.seq + segment.length());
}

std::string ack_words(const Conversation& talk, End sender, const SegmentView& segment) {
  if (!segment.has(SegmentView::kAck)) return {};
  const EndRecord& peer = talk.at(other(sender));
  std::string words = "ack = " + number_text(peer.numbers, segment.ack);
  const std::string relative = relative_text(peer.numbers, segment.ack);
  if (peer.numbers.first && relative.empty()) return words + ": no number of " + letter(other(sender));
  if (!belongs_to(peer.numbers, segment.ack))
    return words + ": answers the old duplicate, not a SYN of " + letter(other(sender));
  return words + ": " + covered_words(talk.at(sender), peer, segment.ack, letter(other(sender)));
}

std::string options_words(const Conversation& talk, End sender, const SegmentView& segment) {
  const OptionsView& options = segment.options;
  std::string list;
  const auto add = [&list](const std::string& item) { list += (list.empty() ? "" : ", ") + item; };
  if (segment.has(SegmentView::kSyn)) {
    if (options.has_mss) add("MSS " + grouped(options.mss));
    if (options.has_window_scale) add("window scale " + std::to_string(options.window_scale));
    if (options.sack_permitted) add("SACK");
    if (options.has_timestamps) add("timestamps");
    return list.empty() ? "offers no options" : "offers " + list;
  }
  const NumberSpace& peers = talk.at(other(sender)).numbers;
  const std::size_t count = std::min<std::size_t>(options.sack_count, options.sack.size());
  for (std::size_t i = 0; i < count; ++i) {
    add(short_number_text(peers, options.sack[i][0]) + " up to " + short_number_text(peers, options.sack[i][1]));
  }
  return list.empty() ? list : "SACK: holds " + list;
}

std::string agreed_words(const Conversation& talk) {
  const auto& a = talk.at(End::kA).offered;
  const auto& b = talk.at(End::kB).offered;
  if (!a || !b) return {};
  // RFC 9293 §3.7.1 (MUST-15): without the option the default counts, which leaves room for the largest headers.
  const bool v6 = talk.at(End::kA).endpoint.address.is_v6();
  const auto mss = [v6](const OptionsView& options) {
    return options.has_mss ? grouped(options.mss) : std::string(v6 ? "1,220 (default)" : "536 (default)");
  };
  std::string words = "agreed: MSS " + mss(*b) + " towards B, " + mss(*a) + " towards A; ";
  if (a->has_window_scale && b->has_window_scale) {
    words += "A's windows times " + grouped(1u << std::min<unsigned>(a->window_scale, 14)) + ", B's times " +
             grouped(1u << std::min<unsigned>(b->window_scale, 14));
  } else {
    words += "no window scale";
  }
  words += a->sack_permitted && b->sack_permitted ? "; SACK" : "; no SACK";
  return words + (a->has_timestamps && b->has_timestamps ? "; timestamps" : "; no timestamps");
}

}  // namespace handfast::trace

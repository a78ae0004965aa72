#include "trace/ladder_page.h"

#include <algorithm>

#include "trace/ladder_track.h"
#include "trace/names.h"

namespace handfast::trace {
namespace {

using Fate = LadderEntry::Fate;
using Phase = LadderEntry::Phase;

// The characters a ladder is drawn with.
struct Glyphs {
  std::string_view rail, leave_right, leave_left, dash, dots, to_right, to_left, lost, step, yes, no;
};
constexpr Glyphs kDrawn = {"│", "├", "┤", "─", "┄", "▶", "◀", "✗", " → ", "yes", "·"};
constexpr Glyphs kAscii = {"|", "|", "|", "-", ".", ">", "<", "X", " -> ", "yes", "-"};

constexpr std::size_t kLeast = 80;
constexpr std::string_view kIndent = "    ";

const Glyphs& glyphs(const LadderOptions& options) { return options.ascii ? kAscii : kDrawn; }

std::string repeated(std::string_view glyph, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += glyph;
  return text;
}

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  return std::string(text) + std::string(columns > used ? columns - used : 0, ' ');
}

std::string centred(std::string_view text, std::size_t columns) {
  const std::size_t used = columns_of(text);
  const std::size_t left = columns > used ? (columns - used) / 2 : 0;
  return padded(std::string(left, ' ') + std::string(text), columns);
}

bool in_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

std::string only_ascii(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_ascii(text[i])) {
      plain += text[i];
    } else if (text.substr(i).starts_with("§")) {
      plain += "section ";
    }
  }
  return plain;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

LadderPage::LadderPage(Output& output, const LadderOptions& options)
    : output_(output), options_(options), width_(std::max<std::size_t>(options.width, kLeast)) {}

void LadderPage::begin_at(Instant now) {
  if (!origin_) origin_ = now;
}

std::string LadderPage::time_of(Instant at) const { return milliseconds_text(at - origin_.value_or(at)); }

std::string LadderPage::paint(std::string_view text, Ink ink) const {
  constexpr std::string_view kCodes[] = {"", "2", "1", "36", "35", "32", "31", "33"};
  const std::string_view code = kCodes[static_cast<std::size_t>(ink)];
  if (!options_.colour || code.empty() || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + 'm' + std::string(text) + "\x1b[0m";
}

// --- Lines ---

void LadderPage::line(std::string_view left, std::string_view right, Ink ink) {
  const std::size_t used = columns_of(left) + columns_of(right);
  const std::string gap(width_ > used ? width_ - used : 1, ' ');
  output_.write(paint(left, ink) + (right.empty() ? "" : gap + paint(right, ink)) + '\n');
}

void LadderPage::one_row(std::string_view text, std::string_view right, Ink ink) {
  const std::string rail = paint(glyphs(options_).rail, Ink::kDim);
  const std::size_t room = inner() - 2;
  const std::size_t right_columns = columns_of(right);
  const std::string left = padded(text, room - std::min(room, right_columns));
  output_.write("  " + rail + ' ' + paint(left, ink) + paint(right, Ink::kDim) + ' ' + rail + "\n");
}

void LadderPage::row(std::string_view text, std::string_view right, Ink ink) {
  const std::string plain = options_.ascii ? only_ascii(text) : std::string(text);
  std::string_view rest = plain;
  const std::size_t indent = std::min(rest.find_first_not_of(' '), rest.size());
  const std::string hanging(indent + 2, ' ');
  std::string current;
  while (columns_of(current) + columns_of(rest) > inner() - 2 - (right.empty() ? 0 : columns_of(right) + 1)) {
    const std::size_t room = inner() - 2 - (right.empty() ? 0 : columns_of(right) + 1) - columns_of(current);
    // The last blank that still fits; a word that is longer than a line goes over its end.
    std::size_t cut = std::string_view::npos;
    std::size_t column = 0;
    for (std::size_t i = 0; i < rest.size() && (column <= room || cut == std::string_view::npos); ++i) {
      if (rest[i] == ' ' && i > indent) cut = i;
      if ((static_cast<unsigned char>(rest[i]) & 0xC0) != 0x80) ++column;
    }
    if (cut == std::string_view::npos) break;
    one_row(current + std::string(rest.substr(0, cut)), right, ink);
    rest.remove_prefix(cut + 1);
    right = {};
    current = hanging;
  }
  one_row(current + std::string(rest), right, ink);
}

// --- What is drawn and what is summed up ---

bool LadderPage::is_shown(const LadderEntry& entry) const {
  switch (options_.filter) {
    case LadderFilter::kHandshake:
      return entry.phase == Phase::kHandshake;
    case LadderFilter::kHandshakeAndClose:
      return entry.phase != Phase::kText;
    case LadderFilter::kAll:
      return entry.phase != Phase::kText || run_ < options_.text_limit;
  }
  return true;
}

void LadderPage::leave_out(const LadderEntry& entry) {
  if (entry.fate == Fate::kNoSegment) return;
  const auto side = static_cast<std::size_t>(entry.sender);
  ++sum_.segments[side];
  sum_.bytes[side] += entry.segment.text_length;
  if (entry.again) ++sum_.again[side];
  if (entry.fate == Fate::kUnderway && entry.lost) ++sum_.lost[side];
  if (entry.refused) ++sum_.refused[side];
}

void LadderPage::write_sum() {
  if (sum_.total() == 0) return;
  row("");
  for (const End end : {End::kA, End::kB}) {
    const auto side = static_cast<std::size_t>(end);
    if (sum_.segments[side] == 0) continue;
    std::string text = std::string("... ") + letter(end) + std::string(glyphs(options_).step) + letter(other(end)) +
                       ": " + counted(sum_.segments[side], "segment") + ", " +
                       (sum_.bytes[side] == 0 ? std::string("no text") : size_text(sum_.bytes[side]));
    if (sum_.again[side] != 0) text += ", " + grouped(sum_.again[side]) + " sent again";
    if (sum_.lost[side] != 0) text += ", " + grouped(sum_.lost[side]) + " lost";
    if (sum_.refused[side] != 0) text += ", " + grouped(sum_.refused[side]) + " dropped by the receiver";
    one_row(text + " ...", {}, Ink::kDim);
  }
  sum_ = {};
}

void LadderPage::title(const LadderTrack& track) {
  const Conversation& talk = track.conversation();
  const auto name = [&](End end) { return std::string(1, letter(end)) + ' ' + talk.at(end).endpoint.to_string(); };
  output_.write("\n");
  line(name(End::kA), name(End::kB), Ink::kBold);
  line("x: A's initial sequence number", "y: B's initial sequence number", Ink::kDim);
  if (!talk.both_ends()) line("?: inferred; the events of this end are not in the trace", "", Ink::kDim);
}

void LadderPage::turn_to(const LadderTrack& track) {
  if (current_ == &track && current_incarnation_ == track.incarnation()) return;
  if (current_ != nullptr) write_sum();
  const bool anew = current_ == &track;
  current_ = &track;
  current_incarnation_ = track.incarnation();
  run_ = 0;
  if (anew) output_.write("\n" + paint("a new connection between the same endpoints", Ink::kBold) + "\n");
  title(track);
}

void LadderPage::draw(const LadderTrack& track, const LadderEntry& entry) {
  turn_to(track);
  if (!is_shown(entry)) {
    leave_out(entry);
    return;
  }
  write_sum();
  run_ = entry.phase == Phase::kText ? run_ + 1 : 0;
  row("");
  const Ink ink = entry.sender == End::kA ? Ink::kA : Ink::kB;
  if (entry.fate == Fate::kNoSegment) {
    for (std::size_t i = 0; i < entry.sender_says.size(); ++i) {
      row(entry.sender_says[i], i == 0 ? time_of(entry.sent_at) : std::string(), ink);
    }
    if (entry.sender_says.empty()) row("", time_of(entry.sent_at));
    states(entry);
    return;
  }
  head(entry);
  for (const std::string& text : entry.sender_says) row(std::string(kIndent) + text, {}, Ink::kDim);
  arrow(entry);
  fate(entry);
  states(entry);
  knowledge(entry);
}

void LadderPage::end_of(const LadderTrack& track) {
  if (current_ != &track) return;
  write_sum();
  current_ = nullptr;
}

void LadderPage::end(std::uint64_t dropped_below) {
  if (dropped_below == 0) return;
  output_.write("\n" + counted(dropped_below, "frame") + " dropped before TCP could tell the connection\n");
}

// --- One segment ---

void LadderPage::head(const LadderEntry& entry) {
  const End to = other(entry.sender);
  const bool departs = entry.fate == Fate::kUnderway || entry.fate == Fate::kArrived;
  std::string text = '#' + std::to_string(entry.number) + "  " + letter(entry.sender) +
                     (options_.ascii ? " to " : std::string(" → ")) + letter(to) + "  " +
                     flags_text(entry.segment.flags);
  text += entry.segment.text_length == 0 ? std::string(", no text") : ", " + bytes_text(entry.segment.text_length);
  if (entry.segment.ecn != 0) text += ", " + std::string(ecn_text(entry.segment.ecn));
  text += ", window " + grouped(entry.segment.window);
  // Both ends' clocks are one in the trace of two Hosts: the time above the arrow is that of leaving.
  one_row(options_.ascii ? only_ascii(text) : text,
          departs || entry.fate == Fate::kUnwatched ? time_of(entry.sent_at) : "",
          entry.sender == End::kA ? Ink::kA : Ink::kB);
  if (entry.again) {
    row(std::string(kIndent) + "the same segment again" +
            (entry.again_of != 0 ? ": its numbers were sent in #" + std::to_string(entry.again_of) : std::string()),
        {}, Ink::kAgain);
  }
  row(std::string(kIndent) + entry.seq_words);
  if (!entry.ack_words.empty()) row(std::string(kIndent) + entry.ack_words);
  if (!entry.options_words.empty()) row(std::string(kIndent) + entry.options_words);
}

void LadderPage::arrow(const LadderEntry& entry) {
  const Glyphs& g = glyphs(options_);
  const bool right = entry.sender == End::kA;
  const bool arrives = entry.fate != Fate::kUnderway;
  const bool departs = entry.fate != Fate::kUnsent && entry.fate != Fate::kSecondCopy && entry.fate != Fate::kLate;
  const std::size_t room = inner();
  // What does not depart from its end begins in the middle, what does not arrive stops there.
  const std::size_t blank = departs ? (arrives ? 0 : room * 2 / 5) : room * 3 / 5;
  const std::size_t drawn = room - blank - 1;
  const std::string shaft = repeated(departs ? g.dash : g.dots, drawn);
  const std::string_view tip = !arrives ? (entry.lost ? g.lost : g.dots) : right ? g.to_right : g.to_left;
  const std::string space(blank, ' ');
  std::string text;
  if (right) {
    text = departs ? shaft + std::string(tip) + space : space + shaft + std::string(tip);
  } else {
    text = departs ? space + std::string(tip) + shaft : std::string(tip) + shaft + space;
  }
  const std::string_view left_rail = right && departs ? g.leave_right : g.rail;
  const std::string_view right_rail = !right && departs ? g.leave_left : g.rail;
  const Ink ink = entry.refused || !arrives ? Ink::kBad : right ? Ink::kA : Ink::kB;
  output_.write("  " + paint(std::string(left_rail) + text + std::string(right_rail), ink) + "\n");
}

void LadderPage::fate(const LadderEntry& entry) {
  std::string time;
  std::string what;
  if (entry.fate == Fate::kArrived || entry.fate == Fate::kSecondCopy || entry.fate == Fate::kLate ||
      entry.fate == Fate::kUnsent) {
    time = time_of(entry.arrived_at);
  }
  const std::string number = '#' + std::to_string(entry.number);
  if (entry.fate == Fate::kUnderway)
    what = entry.lost ? "lost: it never arrives" : "has not arrived when the trace ends";
  if (entry.fate == Fate::kSecondCopy) what = "a second copy of " + number + ": the network delivers it once more";
  if (entry.fate == Fate::kLate) what = number + " arrives after all, late";
  if (entry.fate == Fate::kUnsent) {
    what = std::string("an old duplicate, or forged: ") + letter(entry.sender) + " did not send it in this trace";
  }
  if (entry.fate == Fate::kArrived && entry.arrived_length < entry.segment.length()) {
    what = "only " + grouped(entry.arrived_length) + " of its " + grouped(entry.segment.length()) + " numbers arrive";
  }
  if (!what.empty()) {
    row(std::string(kIndent) + what, time, Ink::kBad);
    time.clear();
  }
  for (const std::string& text : entry.receiver_says) {
    row(std::string(kIndent) + text, time, entry.refused ? Ink::kBad : Ink::kDim);
    time.clear();
  }
  if (!time.empty()) row("", time);
  if (!entry.agreed_words.empty() && entry.fate != Fate::kUnderway) row(std::string(kIndent) + entry.agreed_words);
}

std::string LadderPage::state_text(const StateStep& step) const {
  const std::string mark = step.inferred ? " ?" : "";
  // An end that is in the trace and has said nothing yet has no TCB: RFC 9293 §3.3.2 calls that CLOSED.
  if (!step.known) return step.inferred ? "?" : std::string(to_string(TcpState::kClosed));
  std::string text(to_string(step.from));
  if (step.changes()) text += std::string(glyphs(options_).step) + std::string(to_string(step.to));
  return text + mark;
}

void LadderPage::states(const LadderEntry& entry) {
  const StateStep& a = entry.step(End::kA);
  const StateStep& b = entry.step(End::kB);
  const std::string left = state_text(a);
  const std::string right = state_text(b);
  const std::size_t used = columns_of(left) + columns_of(right);
  const std::string gap(width_ > used ? width_ - used : 1, ' ');
  output_.write(paint(left, a.changes() ? Ink::kBold : Ink::kDim) + gap +
                paint(right, b.changes() ? Ink::kBold : Ink::kDim) + "\n");
}

void LadderPage::knowledge(const LadderEntry& entry) {
  if (!entry.shows_knowledge || entry.phase != Phase::kHandshake) return;
  constexpr std::size_t kFirst = 20;
  const Glyphs& g = glyphs(options_);
  const std::size_t column = std::min<std::size_t>((inner() - 2 - kFirst) / 4, 19);
  std::string top = padded("now known to work:", kFirst);
  for (const std::string_view name : {"own sending", "own receiving", "peer's sending", "peer's receiving"}) {
    top += centred(name, column);
  }
  one_row(top, {}, Ink::kDim);
  for (const End end : {End::kA, End::kB}) {
    const auto index = static_cast<std::size_t>(end);
    const Knowledge& knows = entry.knows[index];
    std::string text = padded(std::string("  to ") + letter(end) + (entry.inferred[index] ? " ?" : ""), kFirst);
    for (const bool fact : {knows.own_sending, knows.own_receiving, knows.peers_sending, knows.peers_receiving}) {
      text += centred(fact ? g.yes : g.no, column);
    }
    one_row(text, {}, knows.all() ? Ink::kGood : Ink::kPlain);
  }
}

}  // namespace handfast::trace

#include "linux_differences.h"

namespace handfast::interop {

namespace {

using enum matrix::Flag;
using matrix::AckPlace;
using matrix::SeqPlace;

constexpr std::string_view kBothOpened = "SYN-RECEIVED-both-opened";

bool is(const Ending& ending, std::string_view state, std::string_view sends) {
  return ending.state == state && ending.sends == sends && ending.takes == 0;
}

bool stays(const Ending& ending, std::string_view sends) { return is(ending, "stays", sends); }

// Neither RST nor SYN, which have rules of their own.
bool is_plain(const Pair& pair) { return !pair.one.has(kRstBit) && !pair.one.has(kSynBit); }

bool acknowledges(const Pair& pair) { return pair.one.has(kAckBit); }

bool is_in_range(const Pair& pair) { return pair.one.ack == AckPlace::kOld || pair.one.ack == AckPlace::kNew; }

// States in which the peer's FIN has been taken.
bool fin_was_taken(const Pair& pair) {
  return pair.table == "CLOSE-WAIT" || pair.table == "CLOSING" || pair.table == "LAST-ACK";
}

// SYN and FIN together are no way to open.
bool syn_fin_is_dropped(const Pair& pair) {
  const bool opens = pair.one.has(kSynBit) && pair.one.has(kFinBit) && !pair.one.has(kRstBit) && !acknowledges(pair) &&
                     is(pair.ours, "SYN-RECEIVED", "SYN-ACK");
  return opens && (pair.table == "LISTEN" ? stays(pair.linux, "-") : is(pair.linux, "CLOSED", "-"));
}

bool syn_ack_text_is_dropped(const Pair& pair) {
  const bool brings_more = pair.one.text || pair.one.has(kFinBit);
  return pair.table == "SYN-SENT" && brings_more && pair.one.ack == AckPlace::kNew && pair.one.has(kSynBit) &&
         pair.ours.sends.starts_with("ACK+") && is(pair.linux, "ESTABLISHED", "ACK");
}

// Before anything else of the segment is looked at.
bool bad_ack_before_window(const Pair& pair) {
  return pair.table == "SYN-RECEIVED" && acknowledges(pair) && !pair.one.has(kRstBit) &&
         pair.one.ack != AckPlace::kNew && (stays(pair.ours, "ACK") || is(pair.ours, "LISTEN", "-")) &&
         stays(pair.linux, "RST seq=SEG.ACK");
}

bool syn_in_window_is_reset(const Pair& pair) {
  const std::string_view reset = acknowledges(pair) ? "RST seq=SEG.ACK" : "RST seq=0 ack=SEG.SEQ+SEG.LEN";
  return pair.table == "SYN-RECEIVED" && pair.one.has(kSynBit) && is(pair.ours, "LISTEN", "-") &&
         is(pair.linux, "LISTEN", reset);
}

bool no_ack_bit_before_window(const Pair& pair) {
  return pair.table != "SYN-RECEIVED" && is_plain(pair) && !acknowledges(pair) && stays(pair.ours, "ACK") &&
         stays(pair.linux, "-");
}

bool duplicate_ack_opens(const Pair& pair) {
  return pair.table == kBothOpened && is_plain(pair) && acknowledges(pair) && pair.one.ack == AckPlace::kOld &&
         stays(pair.ours, "RST seq=SEG.ACK") && (pair.linux.state == "ESTABLISHED" || pair.linux.state == "CLOSE-WAIT");
}

// Where the acknowledgment of the case leads if the segment counts as one inside the window, its text left out.
bool ack_was_taken(const Pair& pair) {
  const Ending& linux = pair.linux;
  const bool is_new = pair.one.ack == AckPlace::kNew;
  if (linux.takes != 0) return false;
  if (pair.table == "SYN-RECEIVED") return acknowledges(pair) ? is(linux, "ESTABLISHED", "-") : stays(linux, "-");
  if (pair.table == kBothOpened) {
    return is_in_range(pair) ? linux.state == "ESTABLISHED" : stays(linux, "RST seq=SEG.ACK");
  }
  if (!is_in_range(pair)) return false;
  if (pair.table == "FIN-WAIT-1" && is_new) return linux.state == "FIN-WAIT-2";
  if (pair.table == "CLOSING" && is_new) return linux.state == "TIME-WAIT";
  if (pair.table == "LAST-ACK" && is_new) return linux.state == "CLOSED";
  return stays(linux, "-");
}

bool right_edge_is_inside(const Pair& pair) {
  return pair.one.seq == SeqPlace::kBeyond && is_plain(pair) && pair.table != "TIME-WAIT" && stays(pair.ours, "ACK") &&
         ack_was_taken(pair);
}

bool left_edge_is_inside(const Pair& pair) {
  const bool ends_at_edge = pair.one.seq == SeqPlace::kLeft && !pair.one.text && pair.one.has(kFinBit);
  return ends_at_edge && is_plain(pair) && acknowledges(pair) && stays(pair.ours, "ACK") && ack_was_taken(pair);
}

bool reset_at_an_edge_is_challenged(const Pair& pair) {
  const bool left = pair.one.seq == SeqPlace::kLeft && pair.one.length() > 0;
  return pair.one.has(kRstBit) && (left || pair.one.seq == SeqPlace::kBeyond) && stays(pair.ours, "-") &&
         stays(pair.linux, "ACK");
}

bool same_syn_again(const Pair& pair) {
  return pair.table == kBothOpened && pair.one.has(kSynBit) && !acknowledges(pair) && !pair.one.has(kRstBit) &&
         pair.one.seq == SeqPlace::kLeft && stays(pair.ours, "SYN-ACK") && stays(pair.linux, "ACK");
}

bool is_figure_7(const Pair& pair) {
  return pair.table == kBothOpened && pair.one.has(kSynBit) && acknowledges(pair) && !pair.one.has(kRstBit) &&
         pair.one.seq == SeqPlace::kLeft;
}

bool figure_7_bad_ack(const Pair& pair) {
  return is_figure_7(pair) && pair.one.ack != AckPlace::kNew && stays(pair.ours, "RST seq=SEG.ACK") &&
         stays(pair.linux, "ACK");
}

bool figure_7_is_acknowledged(const Pair& pair) {
  return is_figure_7(pair) && pair.one.ack == AckPlace::kNew && is(pair.ours, "ESTABLISHED", "-") &&
         is(pair.linux, "ESTABLISHED", "ACK");
}

bool figure_7_only_bare(const Pair& pair) {
  const bool brings_more = pair.one.text || pair.one.has(kFinBit);
  return is_figure_7(pair) && brings_more && pair.one.ack == AckPlace::kNew && pair.ours.sends.starts_with("ACK+") &&
         stays(pair.linux, "ACK");
}

bool text_behind_fin_resets(const Pair& pair) {
  return fin_was_taken(pair) && is_plain(pair) && acknowledges(pair) && is_in_range(pair) && pair.one.text &&
         pair.one.seq == SeqPlace::kLeft && pair.ours.state == "stays" && is(pair.linux, "CLOSED", "RST seq=SEG.ACK");
}

bool fin_behind_fin_is_ignored(const Pair& pair) {
  const bool behind = pair.one.seq == SeqPlace::kNext || pair.one.seq == SeqPlace::kInside;
  return fin_was_taken(pair) && is_plain(pair) && acknowledges(pair) && is_in_range(pair) && pair.one.has(kFinBit) &&
         behind && stays(pair.ours, "ACK") && stays(pair.linux, "-");
}

bool reset_at_the_fin(const Pair& pair) {
  return fin_was_taken(pair) && pair.one.has(kRstBit) && pair.one.seq == SeqPlace::kLeft && stays(pair.ours, "-") &&
         is(pair.linux, "CLOSED", "-");
}

bool time_wait_answers_all(const Pair& pair) {
  return pair.table == "TIME-WAIT" && is_plain(pair) && stays(pair.ours, "-") && stays(pair.linux, "ACK");
}

bool time_wait_reads_no_ack(const Pair& pair) {
  return pair.table == "TIME-WAIT" && is_plain(pair) && acknowledges(pair) && !is_in_range(pair) &&
         pair.one.seq == SeqPlace::kNext && pair.one.length() == 0 && stays(pair.ours, "ACK") && stays(pair.linux, "-");
}

bool time_wait_assassination(const Pair& pair) {
  return pair.table == "TIME-WAIT" && pair.one.has(kRstBit) && pair.one.seq == SeqPlace::kNext &&
         stays(pair.ours, "-") && is(pair.linux, "CLOSED", "-");
}

constexpr LinuxDifference kDifferences[] = {
    {"syn-fin-is-dropped", syn_fin_is_dropped},
    {"syn-ack-text-is-dropped", syn_ack_text_is_dropped},
    {"bad-ack-before-window", bad_ack_before_window},
    {"syn-in-window-is-reset", syn_in_window_is_reset},
    {"no-ack-bit-before-window", no_ack_bit_before_window},
    {"duplicate-ack-opens", duplicate_ack_opens},
    {"right-edge-is-inside", right_edge_is_inside},
    {"left-edge-is-inside", left_edge_is_inside},
    {"reset-at-an-edge-is-challenged", reset_at_an_edge_is_challenged},
    {"same-syn-again", same_syn_again},
    {"figure-7-bad-ack", figure_7_bad_ack},
    {"figure-7-is-acknowledged", figure_7_is_acknowledged},
    {"figure-7-only-bare", figure_7_only_bare},
    {"text-behind-fin-resets", text_behind_fin_resets},
    {"fin-behind-fin-is-ignored", fin_behind_fin_is_ignored},
    {"reset-at-the-fin", reset_at_the_fin},
    {"time-wait-answers-all", time_wait_answers_all},
    {"time-wait-reads-no-ack", time_wait_reads_no_ack},
    {"time-wait-assassination", time_wait_assassination},
};

}  // namespace

std::span<const LinuxDifference> linux_differences() { return kDifferences; }

}  // namespace handfast::interop

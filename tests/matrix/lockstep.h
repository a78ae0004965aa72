#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "matrix/allowed.h"
#include "matrix/words.h"
#include "model/enumerate.h"
#include "model/textbook.h"
#include "scene/endpoint.h"

// The stack and the textbook side by side: every call, segment and timeout goes to both, and what they do is put into
// the same words and compared. The stack is a LoneEnd, so a connection without a Host; the textbook is tests/model.

namespace handfast::matrix {

struct Settings {
  Numbers numbers;
  bool compact = true;        ///< half-open and lingering connections of the stack are entries, not Connections
  bool loose_timing = false;  ///< walks: the model may lack what is sent again, the stack throttled acknowledgments
};

class Lockstep {
 public:
  /// Receive buffer of both. Small enough to be filled by a few segments.
  static constexpr std::uint32_t kWindow = 5000;

  Lockstep(const Settings& settings, RuleUses& uses);

  // Each is done to both; answers what differs, at most one Difference of a kind.
  using Differences = std::vector<Difference>;
  Differences take(const model::Step& step);
  /// `more` are flags that the textbook does not know: PSH and those of ECN.
  Differences segment(const model::Segment& segment, wire::TcpFlags more = {});
  Differences open(bool active);
  Differences send(const std::string& text);
  Differences receive();
  Differences close();
  Differences abort();
  /// Lets time pass until text goes out again, or TIME-WAIT ends.
  Differences timeout();

  /// Takes what the caller has not taken yet and compares all text delivered so far.
  Differences all_text();
  /// The caller's last word in TIME-WAIT, after which the stack keeps an entry only.
  void let_go() { end_.let_go(); }

  const model::Textbook& textbook() const { return textbook_; }
  bool listening() const { return listening_; }
  bool all_text_is_taken() const { return received_.size() == delivered_.size(); }

  /// What the stack did with the last segment, so that it can be written down.
  struct Seen {
    model::Segment segment;
    wire::TcpFlags flags;
    bool again = false;
    bool at_once = false;
  };
  using Signals = std::set<model::Signal>;
  struct Did {
    trace::TcbView before, after;
    std::vector<Seen> sent;
    Signals told;
    DropReason drop = DropReason::kNone;
    std::uint32_t held = 0;     ///< bytes beyond a gap, now
    bool lingers_anew = false;  ///< TIME-WAIT begins, or begins again
    bool reopened = false;      ///< a SYN in TIME-WAIT made a new connection
  };
  const Did& did() const { return did_; }
  /// The section and step that decided what the textbook did last.
  const std::string& why() const { return why_; }

 private:
  void collect(const std::vector<scene::Sent>& sent, bool at_once);
  void collect_all();
  Signals stack_signals();
  model::Outcome reopen(const model::Segment& segment);
  void compare_state(Differences& found);
  void compare_variables(Differences& found);
  void compare_sent(const model::Outcome& expected, Differences& found);
  void compare_told(const model::Outcome& expected, Differences& found);
  void compare_delivered(Differences& found);
  Differences compare(const model::Outcome& expected);
  void merge(std::vector<model::Reply>& expected);
  void apply_arrival_rules(std::vector<model::Reply>& expected);
  void keep_to_window(std::vector<model::Reply>& expected);
  void align_window(Differences& found);
  bool stack_has(const model::Segment& segment) const;

  Settings settings_;
  RuleUses& uses_;
  scene::LoneEnd end_;
  model::Textbook textbook_;
  bool listening_ = false;
  bool window_is_the_stacks_ = false;  // RECEIVE opens the window by rules that are not the model's
  model::State state_before_ = model::State::kClosed;
  model::State stack_before_ = model::State::kClosed;
  bool text_unacknowledged_before_ = false;
  model::Segment arrived_;
  Did did_;
  std::vector<Seen> seen_;
  std::uint32_t sent_up_to_ = 0;         // the number behind the highest that the stack has sent
  std::vector<model::Segment> repeats_;  // walks: what was sent again, which may carry an acknowledgment
  std::string delivered_;                // by the model
  std::string received_;                 // by the stack's caller
  std::string why_;
};

}  // namespace handfast::matrix

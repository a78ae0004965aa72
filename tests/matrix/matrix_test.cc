#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "matrix/lockstep.h"

// The state x segment matrix: each of the eleven states, by every route on which it matters how it was reached, meets
// every set of SYN, ACK, FIN, RST and URG, at every place of SEQ and ACK, with and without text. The stack and the
// textbook are brought to the state by the same calls and segments, are compared at each of them, take the segment, and
// must agree on the next state, the variables, every segment sent, the text delivered and what the caller is told.

namespace handfast::matrix {
namespace {

using model::peer;
using model::Route;
using model::Segment;
using model::Step;
using Kind = Step::Kind;

// What no segment of a route announces, so that SND.WND tells whether the cell's window was believed.
constexpr std::uint32_t kCellWindow = 5555;

struct Variant {
  const char* name;
  Numbers numbers;
};

constexpr Variant kVariants[] = {
    {"both wrap in the handshake", {0xFFFFFFFF, 0xFFFFFFFF}},
    {"ours wraps in the text, theirs in the window", {0xFFFFFFFD, 0xFFFFF000}},
    {"far from a wrap", {1'000'000, 50'000'000}},
    {"the sign bit turns", {0x7FFFFFFE, 0x7FFFFFFF}},
};

// Routes beyond the model's own: with text of ours under way, and with text or a FIN beyond a gap.
std::vector<Route> more_routes() {
  using model::State;
  const Step passive{.kind = Kind::kOpenPassive};
  const Step active{.kind = Kind::kOpenActive};
  const Step close{.kind = Kind::kClose};
  const Step send{.kind = Kind::kSend, .text = "ab"};
  const Step syn = peer({.syn = true});
  const Step ack = peer({.ack = true, .seq = 1, .ack_number = 1});
  const Step fin = peer({.ack = true, .fin = true, .seq = 1, .ack_number = 1});
  const Step ack_of_fin = peer({.ack = true, .seq = 1, .ack_number = 2});
  const Step third_byte = peer({.ack = true, .seq = 3, .ack_number = 1, .text = "c"});
  const Step far_fin = peer({.ack = true, .fin = true, .seq = 2, .ack_number = 1});
  const Step first_byte_missing = peer({.ack = true, .seq = 2, .ack_number = 2, .text = "b"});
  const Step nearly_all =
      peer({.ack = true, .seq = 1, .ack_number = 1, .text = std::string(Lockstep::kWindow - 1, 'f')});
  const Step last_fin = peer({.ack = true, .fin = true, .seq = Lockstep::kWindow, .ack_number = 1});
  return {
      {"SYN-SENT (text queued)", State::kSynSent, {active, send}},
      {"SYN-RECEIVED (simultaneous, text queued)", State::kSynReceived, {active, send, syn}},
      {"SYN-RECEIVED (simultaneous, text and CLOSE queued)", State::kSynReceived, {active, syn, send, close}},
      {"ESTABLISHED (FIN beyond a gap)", State::kEstablished, {passive, syn, ack, far_fin}},
      {"ESTABLISHED (text taken)",
       State::kEstablished,
       {passive, syn, ack, peer({.ack = true, .seq = 1, .ack_number = 1, .text = "xy"})}},
      {"FIN-WAIT-1 (gap)", State::kFinWait1, {passive, syn, ack, close, third_byte}},
      {"FIN-WAIT-2 (gap)", State::kFinWait2, {passive, syn, ack, close, ack_of_fin, first_byte_missing}},
      {"CLOSE-WAIT (text outstanding)", State::kCloseWait, {passive, syn, ack, fin, send}},
      {"CLOSE-WAIT (zero window)", State::kCloseWait, {passive, syn, ack, nearly_all, last_fin}},
      {"CLOSING (text outstanding)", State::kClosing, {passive, syn, ack, send, close, fin}},
      {"LAST-ACK (text outstanding)", State::kLastAck, {passive, syn, ack, fin, send, close}},
  };
}

// The model's route names the state that the RFC's CLOSE leads to; with Choices::close_in_syn_received_waits the
// connection is still in SYN-RECEIVED, the CLOSE queued.
bool ends_as_named(const Route& route, const Lockstep& both) {
  if (route.name == "FIN-WAIT-1 (closed in SYN-RECEIVED)") return both.textbook().state() == model::State::kSynReceived;
  return both.textbook().state() == route.ends_in;
}

class Matrix : public testing::TestWithParam<bool> {
 protected:
  void run(const Variant& variant) {
    std::vector<Route> routes = model::all_routes(Lockstep::kWindow);
    for (Route& route : more_routes()) routes.push_back(std::move(route));
    for (const Route& route : routes) run(variant, route);
  }

  void run(const Variant& variant, const Route& route) {
    const Settings settings{.numbers = variant.numbers, .compact = GetParam()};
    Lockstep scout(settings, uses_);
    if (!bring(route, scout, variant)) return;
    reached_.insert(scout.textbook().state());
    for (const model::Cell& cell : model::all_cells(scout.textbook().tcb())) {
      Lockstep both(settings, uses_);
      if (!bring(route, both, variant)) return;
      Segment segment = cell.segment;
      segment.window = kCellWindow;
      Lockstep::Differences found = both.segment(segment);
      const std::string why = both.why();
      for (Difference& late : both.all_text()) found.push_back(std::move(late));
      report(variant, route, cell.name + " | " + why, found);
      ++cells_;
    }
  }

  // False, and reported, where the two part before the state is reached.
  bool bring(const Route& route, Lockstep& both, const Variant& variant) {
    for (std::size_t i = 0; i < route.steps.size(); ++i) {
      const Lockstep::Differences found = both.take(route.steps[i]);
      report(variant, route, "on the way, step " + std::to_string(i + 1) + " | " + both.why(), found);
      if (!found.empty()) return false;
    }
    if (!ends_as_named(route, both)) {
      report(variant, route, "at the end", {{"state", "the route ends elsewhere"}});
      return false;
    }
    if (GetParam() && both.textbook().state() == model::State::kTimeWait) both.let_go();
    return true;
  }

  // One line for a cell; of each route and kind only the first few, so that one mistake does not hide the next.
  void report(const Variant& variant, const Route& route, const std::string& where,
              const Lockstep::Differences& found) {
    if (found.empty()) return;
    std::string line = route.name + " | " + where;
    for (const Difference& difference : found) {
      ++kinds_[difference.kind];
      line += " | " + difference.text;
    }
    const bool is_news = ++lines_of_[route.name + found.front().kind] <= kMostLinesOfAKind;
    if (is_news && lines_.size() < kMostLines) lines_.push_back(line + " | " + variant.name);
  }

  void conclude() {
    for (const std::string& line : lines_) ADD_FAILURE() << line;
    for (const auto& [kind, count] : kinds_) ADD_FAILURE() << count << " differences in: " << kind;
    EXPECT_EQ(reached_.size(), 11u) << "some state was never reached";
    EXPECT_GT(cells_, 60'000u);
    for (const Rule rule :
         {Rule::kAckRidesOnText, Rule::kFinRidesOnText, Rule::kWindowAfterFin, Rule::kRefusedInSynSent,
          Rule::kEndIsTold, Rule::kLossIsTold, Rule::kSynAckIsReset, Rule::kNothingBehindFin}) {
      EXPECT_GT(uses_.count(rule), 0u) << "nobody needs the rule " << RuleUses::about(rule).name;
    }
    // These are for the walks; one cell and a fresh connection give no reason for them.
    for (const Rule rule : {Rule::kAckIsThrottled, Rule::kResetOfAbortHasAck, Rule::kLastAckWhenAsked}) {
      EXPECT_EQ(uses_.count(rule), 0u) << RuleUses::about(rule).name;
    }
  }

 private:
  static constexpr std::size_t kMostLines = 40;
  static constexpr int kMostLinesOfAKind = 4;

  RuleUses uses_;
  std::set<model::State> reached_;
  std::vector<std::string> lines_;
  std::map<std::string, std::uint64_t> kinds_;
  std::map<std::string, int> lines_of_;
  std::uint64_t cells_ = 0;
};

TEST_P(Matrix, EveryStateMeetsEverySegment) {
  for (const Variant& variant : kVariants) run(variant);
  conclude();
}

INSTANTIATE_TEST_SUITE_P(Forms, Matrix, testing::Values(true, false),
                         [](const auto& form) { return form.param ? "Compact" : "Full"; });

}  // namespace
}  // namespace handfast::matrix

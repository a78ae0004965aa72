#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/test_random.h"
#include "matrix/lockstep.h"

// Random walks: a mix of sensible segments, hostile segments, calls and timeouts goes to the stack and to the textbook,
// one step after the other, and both must be in the same state with the same variables, have sent the same and have
// delivered the same text after each. The matrix meets every segment in each state; a walk meets what only a history
// can make, such as text that overlaps, a FIN that is known before its turn, or a connection that was opened again.

namespace handfast::matrix {
namespace {

using model::Segment;
using model::State;

constexpr int kWalks = 8000;
constexpr int kSteps = 30;

class Walk {
 public:
  Walk(std::uint64_t seed, RuleUses& uses)
      : random_(seed),
        numbers_{near_a_wrap(), near_a_wrap()},
        both_({.numbers = numbers_, .compact = random_.chance(1, 2), .loose_timing = true}, uses) {}

  /// An empty text, or the walk up to the step at which the two part.
  std::string run() {
    bool failed = note(both_.open(random_.chance(1, 2)), "OPEN");
    for (int i = 0; i < kSteps && !failed; ++i) failed = step();
    if (!failed) failed = note(both_.receive(), "RECEIVE");
    return failed ? story_ : std::string();
  }
  std::size_t states_seen() const { return states_; }

 private:
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  // Anywhere in the last hundred numbers, or anywhere at all.
  std::uint32_t near_a_wrap() {
    return random_.chance(3, 4) ? 0u - 1 - below(100) : static_cast<std::uint32_t>(random_.next());
  }

  bool note(const Lockstep::Differences& found, const std::string& what) {
    story_ += "\n  " + what + " -> " + std::string(name_of(both_.textbook().state())) + " (" + both_.why() + ")";
    for (const Difference& difference : found) story_ += "\n    " + difference.text;
    states_ |= std::size_t{1} << static_cast<unsigned>(both_.textbook().state());
    return !found.empty();
  }

  bool step() {
    const std::uint32_t dice = below(100);
    if (dice < 22) return call();
    if (dice < 28) return time_out();
    const Segment segment = dice < 75 ? sensible() : hostile();
    return note(both_.segment(segment), "peer: " + describe(segment, {numbers_.irs, numbers_.iss}));
  }

  bool call() {
    const model::Tcb& tcb = both_.textbook().tcb();
    const bool nobodys = tcb.state == State::kSynReceived && tcb.passive_open;  // no caller knows of it yet
    if (nobodys) return false;
    if (tcb.state == State::kClosed) return random_.chance(1, 2) && note(both_.open(true), "OPEN, active");
    if (tcb.state == State::kListen) return random_.chance(1, 8) && note(both_.close(), "CLOSE");
    const std::uint32_t dice = below(100);
    if (tcb.state == State::kTimeWait && both_.all_text_is_taken() && dice < 50) {
      both_.let_go();
      return note({}, "the caller lets go");
    }
    if (dice < 45) return note(both_.send(std::string(1 + below(5), static_cast<char>('A' + below(26)))), "SEND");
    if (dice < 65) return note(both_.receive(), "RECEIVE");
    if (dice < 95) return note(both_.close(), "CLOSE");
    return note(both_.abort(), "ABORT");
  }

  // Only where the textbook has a timeout too: probes of a shut window are not its business.
  bool time_out() {
    const model::Tcb& tcb = both_.textbook().tcb();
    const bool handshake = tcb.state == State::kSynSent || tcb.state == State::kSynReceived;
    const bool retransmits = !tcb.retransmission_queue.empty() && (handshake || tcb.snd_wnd > 0);
    if (tcb.state != State::kTimeWait && !retransmits) return false;
    return note(both_.timeout(), "time passes");
  }

  // The byte at a place in the peer's stream is always the same, so that misplaced text shows.
  std::string text_at(std::uint32_t seq, std::uint32_t length) const {
    std::string text;
    for (std::uint32_t i = 0; i < length; ++i) text += static_cast<char>('a' + (seq + i - numbers_.irs) % 26);
    return text;
  }

  std::uint32_t window() { return random_.chance(1, 10) ? 0 : model::kPeerWindow; }

  // What a peer that means well could send now: next in order, a bit ahead, or once more.
  Segment sensible() {
    const model::Tcb& tcb = both_.textbook().tcb();
    if (tcb.state == State::kClosed || tcb.state == State::kListen)
      return {.syn = true, .seq = numbers_.irs, .window = model::kPeerWindow};
    if (tcb.state == State::kSynSent) {
      Segment syn{.syn = true, .ack = random_.chance(2, 3), .seq = numbers_.irs, .window = window()};
      if (syn.ack) syn.ack_number = tcb.snd_nxt;
      return syn;
    }
    if (tcb.state == State::kSynReceived && random_.chance(1, 6)) {
      return {.syn = true,
              .ack = random_.chance(1, 2) && !tcb.passive_open,
              .seq = tcb.irs,
              .ack_number = tcb.snd_nxt,
              .window = window()};
    }
    Segment segment{.ack = true, .seq = tcb.rcv_nxt, .ack_number = tcb.snd_nxt, .window = window()};
    if (random_.chance(1, 4)) segment.ack_number = tcb.snd_una + below(tcb.snd_nxt - tcb.snd_una + 1);
    if (random_.chance(1, 4)) segment.seq += 1 + below(6);
    if (random_.chance(1, 6)) segment.seq -= below(std::min(tcb.rcv_nxt - tcb.irs, 8u));
    if (random_.chance(1, 2)) segment.text = text_at(segment.seq, 1 + below(5));
    segment.fin = random_.chance(1, 8);
    segment.urg = random_.chance(1, 8);
    segment.urgent_pointer = below(8);
    return segment;
  }

  Segment hostile() {
    const model::Tcb& tcb = both_.textbook().tcb();
    Segment segment{.syn = random_.chance(1, 4),
                    .ack = random_.chance(2, 3),
                    .fin = random_.chance(1, 4),
                    .rst = random_.chance(1, 5),
                    .urg = random_.chance(1, 5)};
    segment.urgent_pointer = random_.chance(1, 2) ? below(8) : below(0x10000);
    const std::uint32_t edge = tcb.rcv_nxt + tcb.rcv_wnd;
    const std::uint32_t places[] = {tcb.rcv_nxt,
                                    tcb.irs,
                                    tcb.rcv_nxt - 1,
                                    tcb.rcv_nxt - 1000,
                                    tcb.rcv_nxt + below(7),
                                    tcb.rcv_nxt + tcb.rcv_wnd / 2,
                                    edge - 1,
                                    edge,
                                    edge + 1,
                                    static_cast<std::uint32_t>(random_.next())};
    segment.seq = places[below(std::size(places))];
    const std::uint32_t acks[] = {tcb.snd_una,
                                  tcb.snd_nxt,
                                  tcb.snd_nxt + 1,
                                  tcb.snd_una - 1,
                                  tcb.iss,
                                  tcb.snd_una - tcb.max_snd_wnd,
                                  tcb.snd_una - tcb.max_snd_wnd - 1,
                                  static_cast<std::uint32_t>(random_.next())};
    if (segment.ack) segment.ack_number = acks[below(std::size(acks))];
    segment.window = window();
    if (random_.chance(1, 2)) segment.text = text_at(segment.seq, 1 + below(8));
    // Without a listener a SYN in TIME-WAIT has nowhere to go: a Host's affair, not a connection's.
    const bool reopens = tcb.state == State::kTimeWait && segment.syn && !both_.listening();
    if (reopens) segment.syn = false;
    return segment;
  }

  base::TestRandom random_;
  Numbers numbers_;
  Lockstep both_;
  std::string story_;
  std::size_t states_ = 0;
};

TEST(RandomWalks, StackAndTextbookStayTogether) {
  constexpr int kMostStories = 3;
  RuleUses uses;
  int failures = 0;
  std::size_t states = 0;
  for (std::uint64_t seed = 1; seed <= kWalks; ++seed) {
    Walk walk(seed, uses);
    const std::string story = walk.run();
    states |= walk.states_seen();
    if (!story.empty() && ++failures <= kMostStories) ADD_FAILURE() << "walk " << seed << ":" << story;
  }
  EXPECT_EQ(failures, 0) << "of " << kWalks << " walks";
  EXPECT_EQ(states, (std::size_t{1} << 11) - 1) << "some state was never met";
  for (std::size_t rule = 0; rule < static_cast<std::size_t>(Rule::kCount); ++rule) {
    EXPECT_GT(uses.count(static_cast<Rule>(rule)), 0u) << "nobody needs the rule " << kAllowed[rule].name;
  }
}

}  // namespace
}  // namespace handfast::matrix

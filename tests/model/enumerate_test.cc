// Properties that hold for every segment in every state, over the whole enumeration and over seeded random walks.
#include "enumerate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "textbook.h"
#include "textbook_shorthand.h"

namespace model {
namespace {

using namespace shorthand;

constexpr std::uint32_t kReceiveWindow = 2000;
constexpr std::uint32_t kIss = 0xfffffff0;  // both directions wrap within a few bytes
constexpr std::uint32_t kIrs = 0xfffffffd;

// A small generator of our own: the same walk on every machine.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
  std::uint32_t below(std::uint32_t limit) {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::uint32_t>(state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

bool synchronized(State state) {
  return state != State::kClosed && state != State::kListen && state != State::kSynSent && state != State::kSynReceived;
}

// Figure 5 with its notes, and what §3.10.7 adds to it: every change of state that one segment can bring about.
bool may_follow(State before, State after) {
  using enum State;
  static const std::set<std::pair<State, State>> kSteps = {
      {kListen, kSynReceived},    {kSynSent, kSynReceived},   {kSynSent, kEstablished}, {kSynSent, kCloseWait},
      {kSynSent, kClosed},        {kSynReceived, kListen},    {kSynReceived, kClosed},  {kSynReceived, kEstablished},
      {kSynReceived, kCloseWait}, {kEstablished, kCloseWait}, {kEstablished, kClosed},  {kFinWait1, kFinWait2},
      {kFinWait1, kClosing},      {kFinWait1, kTimeWait},     {kFinWait1, kClosed},     {kFinWait2, kTimeWait},
      {kFinWait2, kClosed},       {kCloseWait, kClosed},      {kClosing, kTimeWait},    {kClosing, kClosed},
      {kLastAck, kClosed},
  };
  return before == after || kSteps.contains({before, after});
}

// RFC 9293 §3.5.2 and §3.10.7: what may be said at all.
void check_replies(const Tcb& before, const Tcb& after, const Segment& segment, const Outcome& out) {
  for (const Reply& reply : out.replies) {
    const Segment& said = reply.segment;
    if (segment.rst) {
      EXPECT_FALSE(said.rst) << "a reset answered by a reset";
    }
    if (synchronized(before.state)) {
      EXPECT_FALSE(said.rst || said.syn) << "only ACKs in synchronized states";
    }
    EXPECT_TRUE(said.ack || said.rst);
    if (said.rst) {
      EXPECT_EQ(said.ack, !segment.ack) << "a reset takes its SEQ from the ACK field, or else acknowledges";
    }
    if (said.ack && !said.rst) {
      EXPECT_EQ(said.ack_number, after.rcv_nxt);
    }
    if (said.syn) {
      EXPECT_EQ(said.seq, after.iss);
    }
    if (said.ack && !said.syn && !said.rst) {
      EXPECT_EQ(said.seq, after.snd_nxt);
    }
    if (reply.may_be_delayed) {
      EXPECT_FALSE(segment.fin || segment.text.empty());
    }
  }
  EXPECT_LE(out.replies.size(), 1u) << sent(out);
  EXPECT_FALSE(out.why.empty());
}

// What a segment can never do to the variables.
void check_variables(const Tcb& before, const Tcb& after, const Outcome& out) {
  EXPECT_TRUE(may_follow(before.state, after.state)) << name_of(before.state) << " to " << name_of(after.state);
  if (!synchronized(before.state) || after.state == State::kClosed) return;
  EXPECT_TRUE(less_or_equal(before.rcv_nxt, after.rcv_nxt));
  EXPECT_TRUE(less_or_equal(before.rcv_nxt + before.rcv_wnd, after.rcv_nxt + after.rcv_wnd)) << "the window shrank";
  EXPECT_TRUE(less_or_equal(before.snd_una, after.snd_una));
  EXPECT_TRUE(less_or_equal(after.snd_una, after.snd_nxt));
  EXPECT_EQ(before.snd_nxt, after.snd_nxt) << "nothing was waiting to be sent";
  EXPECT_LE(before.max_snd_wnd, after.max_snd_wnd);
  const std::uint32_t fin = after.peer_fin_reached && !before.peer_fin_reached ? 1 : 0;
  EXPECT_EQ(after.rcv_nxt - before.rcv_nxt, out.delivered.size() + fin) << "every number taken is a byte or the FIN";
}

TEST(Enumerate, RoutesEndWhereTheySayAndReachAllStates) {
  std::set<State> reached;
  std::set<std::string> names;
  for (const Route& route : all_routes(kReceiveWindow)) {
    EXPECT_EQ(walk(route, kIss, kIrs, kReceiveWindow).state(), route.ends_in) << route.name;
    EXPECT_TRUE(route.name.starts_with(name_of(route.ends_in))) << route.name;
    EXPECT_TRUE(names.insert(route.name).second) << route.name;
    reached.insert(route.ends_in);
  }
  EXPECT_EQ(reached.size(), 11u);
}

TEST(Enumerate, CellsAreDistinctAndCompleteForAnOrdinaryConnection) {
  for (const Route& route : all_routes(kReceiveWindow)) {
    const Textbook host = walk(route, kIss, kIrs, kReceiveWindow);
    std::set<std::string> names, segments;
    for (const Cell& cell : all_cells(host.tcb())) {
      EXPECT_TRUE(names.insert(cell.name).second) << cell.name;
      EXPECT_TRUE(segments.insert(cell.segment.to_string()).second) << route.name << ": " << cell.name;
    }
    // 16 sets of flags without ACK, 16 with; 6 places for SEQ; text or none.
    if (route.name == "FIN-WAIT-1") {
      EXPECT_EQ(names.size(), 16u * 6 * 2 + 16u * 6 * 5 * 2);
    }
    if (route.name == "ESTABLISHED (passive)") {
      EXPECT_EQ(names.size(), 16u * 6 * 2 + 16u * 6 * 4 * 2);
    }
    if (route.name == "ESTABLISHED (text outstanding)") {
      EXPECT_EQ(names.size(), 16u * 6 * 2 + 16u * 6 * 6 * 2);
    }
  }
}

TEST(Enumerate, PlacesAreWhereTheirNamesSay) {
  const Textbook host = established(99, 299, 100);
  for (const Cell& cell : all_cells(host.tcb())) {
    if (cell.name == "SYN+ACK seq=inside ack=future text=1") {
      EXPECT_EQ(cell.segment.to_string(), "<SEQ=350><ACK=101><CTL=SYN,ACK><DATA=1>");
    }
    if (cell.name == "RST seq=right-edge ack=none text=0") {
      EXPECT_EQ(cell.segment.seq, 399u);
    }
    if (cell.name == "RST seq=right ack=none text=0") {
      EXPECT_EQ(cell.segment.seq, 400u);
    }
    if (cell.name == "RST seq=left ack=none text=0") {
      EXPECT_EQ(cell.segment.seq, 299u);
    }
    if (cell.name == "ACK seq=left-edge ack=old text=0") {
      EXPECT_EQ(cell.segment.ack_number, 100u - kWindow);
    }
    if (cell.name == "ACK seq=left-edge ack=too-old text=0") {
      EXPECT_EQ(cell.segment.ack_number, 99u - kWindow);
    }
  }
}

TEST(Properties, EverySegmentInEveryState) {
  std::size_t cells = 0;
  for (const Route& route : all_routes(kReceiveWindow)) {
    const Textbook start = walk(route, kIss, kIrs, kReceiveWindow);
    for (const Cell& cell : all_cells(start.tcb())) {
      SCOPED_TRACE(route.name + ": " + cell.name);
      Textbook host = start;
      const Outcome out = host.segment_arrives(cell.segment);
      check_replies(start.tcb(), host.tcb(), cell.segment, out);
      check_variables(start.tcb(), host.tcb(), out);
      ++cells;
    }
  }
  EXPECT_GT(cells, 8000u);
}

// A segment whose every number lies outside the window changes no variable; a lone exception is the SYN-ACK of
// Figure 7.
TEST(Properties, OutsideTheWindowNothingChanges) {
  for (const Route& route : all_routes(kReceiveWindow)) {
    const Textbook start = walk(route, kIss, kIrs, kReceiveWindow);
    const Tcb& before = start.tcb();
    if (!synchronized(before.state) && before.state != State::kSynReceived) continue;
    for (const Cell& cell : all_cells(before)) {
      const bool outside = cell.sequence == SequencePlace::kFarLeft || cell.sequence == SequencePlace::kRight ||
                           (cell.sequence == SequencePlace::kLeft && cell.segment.length() <= 1);
      const bool figure_7 = cell.segment.syn && cell.segment.ack && cell.sequence == SequencePlace::kLeft;
      if (!outside || figure_7) continue;
      Textbook host = start;
      const Outcome out = host.segment_arrives(cell.segment);
      const Tcb& after = host.tcb();
      EXPECT_EQ(before.state, after.state) << route.name << ": " << cell.name;
      EXPECT_EQ(before.snd_una, after.snd_una);
      EXPECT_EQ(before.snd_wnd, after.snd_wnd);
      EXPECT_EQ(before.rcv_nxt, after.rcv_nxt);
      EXPECT_EQ(before.held, after.held);
      if (cell.segment.rst) {
        EXPECT_EQ(sent(out), "silence") << route.name << ": " << cell.name;
      }
      if (!cell.segment.rst && !out.new_connection_may_open) {
        EXPECT_EQ(out.replies.size(), 1u);
      }
    }
  }
}

// One outcome in numbers relative to both ISNs. The reset that answers a segment without ACK has SEQ=0 by itself.
std::string relative(const Outcome& out, const Textbook& host, std::uint32_t iss, std::uint32_t irs) {
  std::string line(name_of(host.state()));
  for (const Reply& reply : out.replies) {
    Segment segment = reply.segment;
    if (!(segment.rst && segment.ack)) segment.seq -= iss;
    segment.ack_number -= irs;
    line += " " + segment.to_string() + (reply.may_be_delayed ? "d" : "") + (reply.may_be_throttled ? "t" : "");
  }
  return line + " " + signals(out) + " " + returned(out) + " " + out.delivered + " " + out.why;
}

// Modulo 2^32 no place on the circle is special: moving both ISNs moves the answers and nothing else.
TEST(Properties, OutcomesDoNotDependOnTheInitialNumbers) {
  Dice dice(1);
  constexpr std::uint32_t kPlainIss = 1'000'000, kPlainIrs = 2'000'000;
  for (const Route& route : all_routes(kReceiveWindow)) {
    const Textbook plain = walk(route, kPlainIss, kPlainIrs, kReceiveWindow);
    for (const Cell& cell : all_cells(plain.tcb())) {
      const std::uint32_t iss = dice.below(2) ? kIss + dice.below(20) : dice.below(0x7fffffff) * 2;
      const std::uint32_t irs = dice.below(2) ? kIrs + dice.below(8) - dice.below(2000) : dice.below(0x7fffffff) * 2;
      Textbook here = plain;
      Textbook there = walk(route, iss, irs, kReceiveWindow);
      Segment moved = cell.segment;
      moved.seq += irs - kPlainIrs;
      if (moved.ack) moved.ack_number += iss - kPlainIss;
      const Outcome out_here = here.segment_arrives(cell.segment);
      const Outcome out_there = there.segment_arrives(moved);
      EXPECT_EQ(relative(out_here, here, kPlainIss, kPlainIrs), relative(out_there, there, iss, irs))
          << route.name << ": " << cell.name << " iss=" << iss << " irs=" << irs;
    }
  }
}

TEST(Properties, RandomWalksKeepTheRules) {
  const std::vector<Route> routes = all_routes(kReceiveWindow);
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    Dice dice(seed);
    Textbook host = walk(routes[dice.below(static_cast<std::uint32_t>(routes.size()))], kIss, kIrs, kReceiveWindow);
    for (int number = 0; number < 12 && host.state() != State::kClosed; ++number) {
      const std::vector<Cell> cells = all_cells(host.tcb());
      const Cell& cell = cells[dice.below(static_cast<std::uint32_t>(cells.size()))];
      SCOPED_TRACE("seed " + std::to_string(seed) + ", " + state_of(host) + ": " + cell.name);
      const Tcb before = host.tcb();
      const Outcome out = host.segment_arrives(cell.segment);
      if (before.held.empty() && !before.held_fin) check_replies(before, host.tcb(), cell.segment, out);
      check_variables(before, host.tcb(), out);
      if (dice.below(4) == 0) host.receive();
    }
  }
}

// However the peer's stream is cut up, repeated and shuffled, the user reads it once and in order.
TEST(Properties, TextArrivesOnceAndInOrder) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    Dice dice(1000 + seed);
    std::string stream;
    for (std::uint32_t i = 0; i < 300; ++i) stream += static_cast<char>('a' + dice.below(26));
    Textbook host = established(kIss, kIrs, 64);
    std::string read;
    for (int step = 0; step < 20'000 && host.state() == State::kEstablished; ++step) {
      const std::uint32_t done = host.tcb().rcv_nxt - (kIrs + 1);
      const std::uint32_t from = std::min<std::uint32_t>(done + dice.below(80), 301) - std::min(done, dice.below(20));
      const std::string text = from < 300 ? stream.substr(from, dice.below(30)) : "";
      Segment segment = ack(kIrs + 1 + from, kIss + 1, text);
      segment.fin = from + text.size() == 300;
      const Outcome out = host.segment_arrives(segment);
      EXPECT_TRUE(stream.substr(done).starts_with(out.delivered)) << "seed " << seed;
      if (dice.below(3) == 0 && !host.tcb().unread.empty()) read += host.receive().delivered;
    }
    if (!host.tcb().unread.empty()) read += host.receive().delivered;
    EXPECT_EQ(read, stream) << "seed " << seed;
    EXPECT_EQ(host.state(), State::kCloseWait) << "seed " << seed;
  }
}

}  // namespace
}  // namespace model

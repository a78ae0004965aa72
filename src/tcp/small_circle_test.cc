#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "tcp/acceptability.h"

// Sequence arithmetic and the tests of acceptability, proved by enumeration. On a circle of 32 bits nobody can try
// every case; on one of six bits a loop does, and the code is the same: a template whose width is its only parameter.
//
// The oracle is plain integers and never goes round. A window that starts at `nxt` is the integers nxt .. nxt+wnd-1;
// a number of a header stands for those integers that leave the same rest, so it lies in the window if one of them
// does. What is said about numbers holds where the differences stay below half of the circle, as windows do (RFC 7323
// §2.3); where code promises more, the loops demand more.

namespace handfast::tcp {
namespace {

constexpr unsigned kBits = 6;
constexpr std::int64_t kCircle = 1 << kBits;
constexpr std::int64_t kHalf = kCircle / 2;
using Number = CircularNumber<kBits>;
using Receive = ReceiveVariablesOf<kBits>;
using Send = SendVariablesOf<kBits>;

Number on_circle(std::int64_t number) { return Number(static_cast<std::uint32_t>(number)); }
std::uint32_t count(std::int64_t number) { return static_cast<std::uint32_t>(number); }

// The integer that stands for header value `value` at or after `from`, within one turn.
std::int64_t at_or_after(std::int64_t from, std::int64_t value) {
  std::int64_t number = value;
  while (number < from) number += kCircle;
  while (number >= from + kCircle) number -= kCircle;
  return number;
}

bool in_window(std::int64_t nxt, std::int64_t wnd, std::int64_t value) { return at_or_after(nxt, value) < nxt + wnd; }

// Counts what went wrong instead of stopping at each of many thousand cases.
class Tally {
 public:
  template <class... Numbers>
  void expect(bool right, Numbers... numbers) {
    ++cases_;
    if (right) return;
    if (++wrong_ <= 5) {
      std::string text;
      ((text += " " + std::to_string(numbers)), ...);
      ADD_FAILURE() << "wrong for" << text;
    }
  }
  std::uint64_t cases() const { return cases_; }
  ~Tally() { EXPECT_EQ(wrong_, 0u) << "of " << cases_ << " cases"; }

 private:
  std::uint64_t cases_ = 0;
  std::uint64_t wrong_ = 0;
};

// RFC 9293 §3.4: for all triples a, b = a + i, c = a + j with i, j below half a circle the comparisons are those of i
// and j: an order, transitive as long as everything lies within half a circle.
TEST(SmallCircle, EveryTripleWithinHalfACircleIsInOrder) {  // U-1
  Tally tally;
  for (std::int64_t a = 0; a < kCircle; ++a) {
    for (std::int64_t i = 0; i < kHalf; ++i) {
      for (std::int64_t j = 0; j < kHalf; ++j) {
        const Number b = on_circle(a + i);
        const Number c = on_circle(a + j);
        const bool right = (b < c) == (i < j) && (b <= c) == (i <= j) && (b > c) == (i > j) && (b >= c) == (i >= j) &&
                           (b == c) == (i == j) && later(b, c) == on_circle(a + std::max(i, j)) &&
                           earlier(b, c) == on_circle(a + std::min(i, j)) && (i > j || c.since(b) == count(j - i)) &&
                           (c + count(i)) - count(i) == c;
        tally.expect(right, a, i, j);
      }
    }
  }
  EXPECT_EQ(tally.cases(), count(kCircle * kHalf * kHalf));
}

// ISS < SEG.ACK =< SND.NXT, for all triples in which our SYN is outstanding.
TEST(SmallCircle, EveryTripleOfTheAcknowledgmentTest) {  // U-2
  Tally tally;
  for (std::int64_t una = 0; una < kCircle; ++una) {
    for (std::int64_t flight = 1; flight < kHalf; ++flight) {
      for (std::int64_t ack = 0; ack < kCircle; ++ack) {
        const std::int64_t number = at_or_after(una, ack);
        const bool acceptable = number > una && number <= una + flight;
        tally.expect(acknowledges_syn(on_circle(ack), on_circle(una), on_circle(una + flight)) == acceptable, una,
                     flight, ack);
      }
    }
  }
}

// Table 6 of RFC 9293: all quadruples of RCV.NXT, RCV.WND, SEG.SEQ and SEG.LEN.
TEST(SmallCircle, EveryQuadrupleOfTheFourRowTable) {  // U-1
  Tally tally;
  std::uint64_t covers_all = 0;
  for (std::int64_t nxt = 0; nxt < kCircle; ++nxt) {
    for (std::int64_t wnd = 0; wnd < kCircle; ++wnd) {
      const Receive rcv{.nxt = on_circle(nxt), .edge = on_circle(nxt + wnd)};
      for (std::int64_t seq = 0; seq < kCircle; ++seq) {
        for (std::int64_t length = 0; length < kCircle; ++length) {
          bool row = false;
          if (length == 0 && wnd == 0) row = at_or_after(nxt, seq) == nxt;
          if (length == 0 && wnd > 0) row = in_window(nxt, wnd, seq);
          if (length > 0 && wnd > 0) row = in_window(nxt, wnd, seq) || in_window(nxt, wnd, seq + length - 1);
          tally.expect(is_acceptable(rcv, on_circle(seq), count(length)) == row, nxt, wnd, seq, length);
          // What the table does not see: a segment that begins left of the window and ends right of it.
          bool overlaps = false;
          for (std::int64_t i = 0; i < length && !overlaps; ++i) overlaps = in_window(nxt, wnd, seq + i);
          if (wnd > 0 && length > 0 && overlaps != row) {
            ++covers_all;
            tally.expect(overlaps && length > wnd, nxt, wnd, seq, length);
          }
        }
      }
    }
  }
  EXPECT_GT(covers_all, 0u) << "then the table would be the same as an overlap";
}

TEST(SmallCircle, EveryTripleOfTheResetTest) {  // U-3, 5961-1
  Tally tally;
  for (std::int64_t nxt = 0; nxt < kCircle; ++nxt) {
    for (std::int64_t wnd = 0; wnd < kCircle; ++wnd) {
      const Receive rcv{.nxt = on_circle(nxt), .edge = on_circle(nxt + wnd)};
      for (std::int64_t seq = 0; seq < kCircle; ++seq) {
        const std::int64_t number = at_or_after(nxt, seq);
        const ResetJudgement right = number == nxt        ? ResetJudgement::kExact
                                     : number < nxt + wnd ? ResetJudgement::kInWindow
                                                          : ResetJudgement::kOutside;
        tally.expect(judge_reset(rcv, on_circle(seq)) == right, nxt, wnd, seq);
      }
    }
  }
}

// RFC 5961 §5.2: all quadruples of SND.UNA, SND.NXT, MAX.SND.WND and SEG.ACK for which the range does not reach round.
TEST(SmallCircle, EveryQuadrupleOfTheRangeOfAcknowledgments) {  // U-5, 5961-3
  Tally tally;
  for (std::int64_t una = 0; una < kCircle; ++una) {
    for (std::int64_t flight = 0; flight < kCircle; ++flight) {
      for (std::int64_t largest = 0; largest + flight < kCircle; ++largest) {
        const Send snd{.una = on_circle(una), .nxt = on_circle(una + flight), .max_wnd = count(largest)};
        for (std::int64_t ack = 0; ack < kCircle; ++ack) {
          const bool right = at_or_after(una - largest, ack) <= una + flight;
          tally.expect(is_ack_in_range(snd, on_circle(ack)) == right, una, flight, largest, ack);
        }
      }
    }
  }
}

// SND.WL1 and SND.WL2: all quadruples of two distances below half a circle, from every place.
TEST(SmallCircle, EveryQuadrupleOfTheWindowUpdate) {  // U-7
  Tally tally;
  for (std::int64_t wl1 = 0; wl1 < kCircle; ++wl1) {
    for (std::int64_t wl2 = 0; wl2 < kCircle; ++wl2) {
      const Send snd{.wl1 = on_circle(wl1), .wl2 = on_circle(wl2)};
      for (std::int64_t ahead = 1 - kHalf; ahead < kHalf; ++ahead) {
        for (std::int64_t newer = 1 - kHalf; newer < kHalf; ++newer) {
          const bool right = ahead > 0 || (ahead == 0 && newer >= 0);
          tally.expect(updates_window(snd, on_circle(wl1 + ahead), on_circle(wl2 + newer)) == right, wl1, wl2, ahead,
                       newer);
        }
      }
    }
  }
}

struct Part {
  std::int64_t first = 0;  // place in the text of the first byte that is kept
  std::int64_t kept = 0;
  bool fin = false;
};

// What of a text at `start` lies in the window, byte by byte.
Part trimmed_by_hand(std::int64_t nxt, std::int64_t wnd, std::int64_t start, std::int64_t length) {
  Part part;
  const auto inside = [&](std::int64_t number) { return number >= nxt && number < nxt + wnd; };
  for (std::int64_t i = 0; i < length; ++i) {
    if (!inside(start + i)) continue;
    if (part.kept++ == 0) part.first = i;
  }
  part.fin = inside(start + length);
  return part;
}

// Trimming: every window below half a circle, every text that begins and ends within half a circle of RCV.NXT, and a
// FIN behind it.
TEST(SmallCircle, EveryQuadrupleOfTrimming) {  // U-8
  Tally tally;
  for (std::int64_t nxt = 0; nxt < kCircle; ++nxt) {
    for (std::int64_t wnd = 0; wnd < kHalf; ++wnd) {
      const Receive rcv{.nxt = on_circle(nxt), .edge = on_circle(nxt + wnd)};
      for (std::int64_t offset = 1 - kHalf; offset < kHalf; ++offset) {
        for (std::int64_t length = 0; offset + length < kHalf; ++length) {
          const auto part = trim_to_window(rcv, on_circle(nxt + offset), count(length), true);
          const Part right = trimmed_by_hand(nxt, wnd, nxt + offset, length);
          bool same = part.length == count(right.kept) && part.fin == right.fin;
          if (right.kept > 0) {
            same = same && part.skip == count(right.first) && part.start == on_circle(nxt + offset + right.first);
          }
          tally.expect(same, nxt, wnd, offset, length);
        }
      }
    }
  }
}

TEST(SmallCircle, EveryPlaceOfAFinInAText) {
  Tally tally;
  for (std::int64_t start = 0; start < kCircle; ++start) {
    for (std::int64_t length = 0; length < kHalf; ++length) {
      for (std::int64_t fin = start + length - kHalf + 1; fin < start + kHalf; ++fin) {
        const auto part = cut_at_fin({.length = count(length), .start = on_circle(start)}, on_circle(fin));
        const std::int64_t right = std::clamp<std::int64_t>(fin - start, 0, length);
        tally.expect(part.length == count(right), start, length, fin);
      }
    }
  }
}

}  // namespace
}  // namespace handfast::tcp

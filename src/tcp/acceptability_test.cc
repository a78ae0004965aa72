#include "tcp/acceptability.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

constexpr std::uint32_t kNxt = 0xFFFFFFF8;  // so that most windows wrap

ReceiveVariables receive(std::uint32_t window) { return {.nxt = SeqNum(kNxt), .edge = SeqNum(kNxt + window)}; }

// The four rows of RFC 9293 table 6, number by number: some number of the segment lies in the window.
bool by_hand(std::uint32_t window, std::int64_t seq, std::uint32_t length) {
  if (window == 0) return length == 0 && seq == 0;
  const auto inside = [&](std::int64_t number) { return number >= 0 && number < window; };
  return inside(seq) || (length > 0 && inside(seq + length - 1));
}

TEST(Acceptability, TheTableOfTheRfc) {  // U-1
  for (std::uint32_t window = 0; window <= 6; ++window) {
    for (std::int64_t seq = -10; seq <= 10; ++seq) {
      for (std::uint32_t length = 0; length <= 12; ++length) {
        EXPECT_EQ(is_acceptable(receive(window), SeqNum(kNxt + static_cast<std::uint32_t>(seq)), length),
                  by_hand(window, seq, length))
            << window << " " << seq << " " << length;
      }
    }
  }
}

TEST(Acceptability, ResetsAreJudgedByTheirExactNumber) {  // U-3, 5961-1
  for (std::uint32_t window = 0; window <= 6; ++window) {
    for (std::int64_t seq = -10; seq <= 10; ++seq) {
      const auto judged = judge_reset(receive(window), SeqNum(kNxt + static_cast<std::uint32_t>(seq)));
      const auto expected = seq == 0                  ? ResetJudgement::kExact
                            : seq > 0 && seq < window ? ResetJudgement::kInWindow
                                                      : ResetJudgement::kOutside;
      EXPECT_EQ(judged, expected) << window << " " << seq;
    }
  }
}

TEST(Acceptability, TheRangeOfAcknowledgments) {  // U-5, MAY-12, 5961-3
  SendVariables snd{.una = SeqNum(3), .nxt = SeqNum(8), .max_wnd = 10};
  for (std::int64_t ack = -30; ack <= 30; ++ack) {
    EXPECT_EQ(is_ack_in_range(snd, SeqNum(static_cast<std::uint32_t>(ack))), ack >= -7 && ack <= 8) << ack;
  }
  EXPECT_FALSE(is_ack_in_range(snd, SeqNum(0x80000000)));
}

TEST(Acceptability, AcknowledgesOnlyOurSyn) {
  const SeqNum iss(0xFFFFFFFF);
  EXPECT_FALSE(acknowledges_syn(iss, iss, iss + 1));
  EXPECT_TRUE(acknowledges_syn(iss + 1, iss, iss + 1));
  EXPECT_FALSE(acknowledges_syn(iss + 2, iss, iss + 1));
  EXPECT_FALSE(acknowledges_syn(iss - 1, iss, iss + 1));
}

TEST(Acceptability, ANewerSegmentUpdatesTheWindow) {  // U-7
  const SendVariables snd{.wl1 = SeqNum(0xFFFFFFFF), .wl2 = SeqNum(0xFFFFFFFE)};
  for (std::int32_t seq = -3; seq <= 3; ++seq) {
    for (std::int32_t ack = -3; ack <= 3; ++ack) {
      EXPECT_EQ(
          updates_window(snd, snd.wl1 + static_cast<std::uint32_t>(seq), snd.wl2 + static_cast<std::uint32_t>(ack)),
          seq > 0 || (seq == 0 && ack >= 0));
    }
  }
}

TEST(Acceptability, TimestampsAreComparedOnTheirCircle) {
  EXPECT_TRUE(is_timestamp_older(0xFFFFFFFF, 0));
  EXPECT_FALSE(is_timestamp_older(0, 0xFFFFFFFF));
  EXPECT_FALSE(is_timestamp_older(7, 7));
  EXPECT_TRUE(is_timestamp_older(6, 7));
}

TEST(Acceptability, TrimmingKeepsWhatLiesInTheWindow) {  // U-8
  for (std::uint32_t window = 0; window <= 6; ++window) {
    for (std::int64_t seq = -8; seq <= 8; ++seq) {
      for (std::uint32_t length = 0; length <= 12; ++length) {
        const SeqNum start(kNxt + static_cast<std::uint32_t>(seq));
        if (!is_acceptable(receive(window), start, length + 1)) continue;
        const Trimmed part = trim_to_window(receive(window), start, length, true);
        std::uint32_t kept = 0;
        for (std::int64_t i = 0; i < length; ++i) kept += seq + i >= 0 && seq + i < window ? 1 : 0;
        EXPECT_EQ(part.length, kept) << window << " " << seq << " " << length;
        const std::int64_t fin = seq + length;
        EXPECT_EQ(part.fin, fin >= 0 && fin < window) << window << " " << seq << " " << length;
        if (kept > 0) {
          EXPECT_EQ(part.skip, seq < 0 ? static_cast<std::uint32_t>(-seq) : 0u);
          EXPECT_EQ(part.start, start + part.skip);
        }
      }
    }
  }
}

TEST(Acceptability, NothingLiesBehindTheFin) {
  EXPECT_EQ(cut_at_fin({.length = 10, .start = SeqNum(5)}, SeqNum(8)).length, 3u);
  EXPECT_EQ(cut_at_fin({.length = 10, .start = SeqNum(5)}, SeqNum(15)).length, 10u);
  EXPECT_EQ(cut_at_fin({.length = 10, .start = SeqNum(5)}, SeqNum(5)).length, 0u);
  EXPECT_EQ(cut_at_fin({.length = 10, .start = SeqNum(5)}, SeqNum(2)).length, 0u);
}

}  // namespace
}  // namespace handfast::tcp

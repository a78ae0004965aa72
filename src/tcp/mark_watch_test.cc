#include "tcp/mark_watch.h"

#include <gtest/gtest.h>

#include "tcp/ecn.h"

namespace handfast::tcp {
namespace {

TEST(MarkWatchTest, ARoundTripEndsWithWhatLeftAfterItBegan) {  // 9768-8
  MarkWatch watch(SeqNum(1000));
  EXPECT_FALSE(watch.round_is_over(SeqNum(1000), SeqNum(5000)));
  EXPECT_TRUE(watch.round_is_over(SeqNum(1001), SeqNum(5000)));
  EXPECT_FALSE(watch.round_is_over(SeqNum(5000), SeqNum(7000)));
  EXPECT_TRUE(watch.round_is_over(SeqNum(5001), SeqNum(9000)));
  EXPECT_FALSE(watch.round_is_over(SeqNum(9000), SeqNum(9000)));
}

TEST(MarkWatchTest, KnowsWhetherTextWithTheOptionArrived) {  // 9768-13
  MarkWatch watch(SeqNum(1));
  EXPECT_FALSE(watch.option_arrived(SeqNum(100)));
  EXPECT_FALSE(watch.option_was_lost(SeqNum(1), 100));
  watch.option_left(SeqNum(100));
  watch.option_left(SeqNum(200));  // the oldest counts
  EXPECT_FALSE(watch.option_arrived(SeqNum(100)));
  EXPECT_FALSE(watch.option_was_lost(SeqNum(50), 50));
  EXPECT_FALSE(watch.option_was_lost(SeqNum(101), 200));
  EXPECT_TRUE(watch.option_was_lost(SeqNum(50), 51));
  EXPECT_FALSE(watch.option_was_lost(SeqNum(50), 51)) << "once";
  watch.option_left(SeqNum(300));
  EXPECT_TRUE(watch.option_arrived(SeqNum(301)));
  EXPECT_FALSE(watch.option_arrived(SeqNum(400))) << "once";
}

TEST(OptionPathTest, TwoLossesWithoutAProofShutIt) {  // 9768-13
  EXPECT_EQ(after_a_loss(OptionPath::kUntested), OptionPath::kDoubted);
  EXPECT_EQ(after_a_loss(OptionPath::kDoubted), OptionPath::kShut);
  EXPECT_EQ(after_a_loss(OptionPath::kShut), OptionPath::kShut);
  EXPECT_EQ(after_a_loss(OptionPath::kProven), OptionPath::kProven);
}

TEST(EcnStateTest, MarksGoOnWhileEveryPacketIsMarked) {  // 9768-8
  EcnState state;
  for (int round = 1; round <= 4; ++round) {
    EXPECT_FALSE(state.marks_go_on(true, false));
    EXPECT_EQ(state.marks_go_on(true, true), round == 4);
  }
  state = EcnState();
  EXPECT_FALSE(state.marks_go_on(false, false));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(state.marks_go_on(true, true));
}

TEST(EcnStateTest, TheAnswerToASynAckIsReadByTheTable) {  // 9768-9
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    EcnState state;
    state.learn_from_answer(ace);
    EXPECT_EQ(state.told, ace == 6 ? 6 : 5) << int{ace};
    EXPECT_EQ(state.deaf, ace == 0) << int{ace};
    EXPECT_EQ(state.no_ect, ace == 0 || ace == 3 || ace == 4 || ace == 6) << int{ace};
  }
}

}  // namespace
}  // namespace handfast::tcp

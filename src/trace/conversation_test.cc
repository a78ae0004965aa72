#include "trace/conversation.h"

#include <gtest/gtest.h>

#include "trace/arithmetic.h"
#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

using enum TcpState;
constexpr auto kAck = SegmentView::kAck;
constexpr auto kFin = SegmentView::kFin;
constexpr auto kRst = SegmentView::kRst;
constexpr FourTuple kTuple = {{IpAddress::v4(192, 0, 2, 1), 40000}, {IpAddress::v4(192, 0, 2, 2), 80}};

void leave(Conversation& talk, End sender, const SegmentView& segment) {
  talk.leaving(sender, segment);
  talk.sent(sender, segment);
}

TEST(Conversation, KnowledgeComesWithTheSegmentsThatShowIt) {
  Conversation talk(kTuple, true);
  const SegmentView syn = Stage::syn(Stage::kX);
  const SegmentView syn_ack = Stage::syn_ack(Stage::kY, Stage::kX + 1);
  const SegmentView ack = Stage::segment(kAck, Stage::kX + 1, Stage::kY + 1);
  leave(talk, End::kA, syn);
  talk.arrived(End::kB, syn, true);
  EXPECT_EQ(talk.at(End::kB).knows, (Knowledge{false, true, true, false}));
  EXPECT_FALSE(talk.at(End::kA).knows.any());
  leave(talk, End::kB, syn_ack);
  talk.arrived(End::kA, syn_ack, true);
  EXPECT_TRUE(talk.at(End::kA).knows.all());
  EXPECT_FALSE(talk.at(End::kB).knows.all());
  leave(talk, End::kA, ack);
  talk.arrived(End::kB, ack, true);
  EXPECT_TRUE(talk.at(End::kB).knows.all());
}

TEST(Conversation, WhatIsDroppedOrResetsTeachesNothing) {
  Conversation talk(kTuple, true);
  leave(talk, End::kA, Stage::syn(Stage::kX));
  talk.arrived(End::kA, Stage::syn_ack(Stage::kY, 77), false);
  talk.arrived(End::kA, Stage::segment(kRst | kAck, 0, Stage::kX + 1), true);
  EXPECT_FALSE(talk.at(End::kA).knows.any());
  talk.arrived(End::kB, Stage::syn(Stage::kX), true);
  talk.set_state(End::kB, kListen);
  EXPECT_FALSE(talk.at(End::kB).knows.any());
}

TEST(Conversation, AgainMeansNumbersSentBefore) {
  Conversation talk(kTuple, true);
  const SegmentView text = Stage::segment(kAck, Stage::kX + 1, 1, 1000);
  leave(talk, End::kA, Stage::syn(Stage::kX));
  EXPECT_FALSE(talk.is_again(End::kA, text));
  leave(talk, End::kA, text);
  EXPECT_TRUE(talk.is_again(End::kA, text));
  EXPECT_FALSE(talk.is_again(End::kA, Stage::segment(kAck, Stage::kX + 1, 1)));
  EXPECT_FALSE(talk.is_again(End::kA, Stage::segment(kAck, Stage::kX + 1001, 1, 1)));
  EXPECT_TRUE(talk.is_again(End::kA, Stage::segment(kAck, Stage::kX + 1000, 1, 2)));
}

TEST(Conversation, PeersStatesFollowFromWhatItSends) {
  const SegmentView ack = Stage::segment(kAck, 1, 1);
  const SegmentView fin = Stage::segment(kAck | kFin, 1, 1);
  EXPECT_EQ(state_after_sending(kClosed, Stage::syn(1), false), kSynSent);
  EXPECT_EQ(state_after_sending(kListen, Stage::syn_ack(1, 1), false), kSynReceived);
  EXPECT_EQ(state_after_sending(kSynReceived, ack, false), kEstablished);
  EXPECT_EQ(state_after_sending(kEstablished, fin, false), kFinWait1);
  EXPECT_EQ(state_after_sending(kEstablished, ack, true), kCloseWait);
  EXPECT_EQ(state_after_sending(kEstablished, fin, true), kLastAck);
  EXPECT_EQ(state_after_sending(kFinWait1, ack, true), kTimeWait);
  EXPECT_EQ(state_after_sending(kEstablished, Stage::syn_ack(1, 1), false), kEstablished);
  for (int state = 0; state < 11; ++state) {
    EXPECT_EQ(state_after_sending(static_cast<TcpState>(state), Stage::segment(kRst, 1), false), kClosed);
  }
}

TEST(Arithmetic, SaysWhatEachNumberIsUsedFor) {
  Conversation talk(kTuple, true);
  leave(talk, End::kA, Stage::syn(100));
  leave(talk, End::kB, Stage::syn_ack(3'000'000'000, 101));
  const auto seq = [&](const SegmentView& segment) { return seq_words(talk, End::kA, segment); };
  const auto ack = [&](std::uint32_t number) { return ack_words(talk, End::kA, Stage::segment(kAck, 101, number)); };
  EXPECT_EQ(seq(Stage::segment(kAck, 101, 1)), "seq = x + 1 = 101: empty ACK, uses no number, snd.nxt stays x + 1");
  EXPECT_EQ(seq(Stage::segment(kAck, 100, 1)), "seq = x = 100: empty ACK, uses no number, snd.nxt is x + 1");
  EXPECT_EQ(seq(Stage::segment(kAck, 101, 1, 1460)), "seq = x + 1 = 101: 1,460 bytes of text, next is x + 1,461");
  EXPECT_EQ(seq(Stage::segment(kAck | kFin, 101, 1, 10)),
            "seq = x + 1 = 101: 10 bytes of text and one number for the FIN, next is x + 12");
  EXPECT_EQ(seq(Stage::segment(kRst, 101)), "seq = x + 1 = 101: a reset uses no number");
  EXPECT_EQ(ack(3'000'000'001), "ack = y + 1 = 3,000,000,001: B's SYN used one sequence number");
  EXPECT_EQ(ack(3'000'000'011), "ack = y + 11 = 3,000,000,011: B's SYN used one sequence number, 10 bytes arrived");
  EXPECT_EQ(ack(5), "ack = 5: no number of B");
  leave(talk, End::kA, Stage::segment(kAck, 101, 3'000'000'001));
  EXPECT_EQ(ack(3'000'000'001), "ack = y + 1 = 3,000,000,001: still the next number expected of B");
  EXPECT_EQ(ack(3'000'000'002), "ack = y + 2 = 3,000,000,002: 1 more byte arrived");
  leave(talk, End::kB, Stage::segment(kAck | kFin, 3'000'000'001, 101, 10));
  EXPECT_EQ(ack(3'000'000'012),
            "ack = y + 12 = 3,000,000,012: 10 more bytes arrived, B's FIN used one sequence number");
  leave(talk, End::kA, Stage::segment(kAck, 101, 3'000'000'012));
  EXPECT_EQ(ack(3'000'000'001), "ack = y + 1 = 3,000,000,001: older than what was acknowledged before");
}

TEST(Arithmetic, OptionsAreAgreedOnlyWhereBothOffer) {
  Conversation talk(kTuple, true);
  SegmentView syn = Stage::syn(1);
  SegmentView answer = Stage::syn_ack(2, 2);
  answer.options.sack_permitted = answer.options.has_window_scale = answer.options.has_mss = false;
  EXPECT_EQ(options_words(talk, End::kA, syn), "offers MSS 1,460, window scale 7, SACK");
  EXPECT_EQ(options_words(talk, End::kB, answer), "offers no options");
  leave(talk, End::kA, syn);
  EXPECT_EQ(agreed_words(talk), "");
  leave(talk, End::kB, answer);
  EXPECT_EQ(agreed_words(talk),
            "agreed: MSS 536 (default) towards B, 1,460 towards A; no window scale; no SACK; no timestamps");
  SegmentView ack = Stage::segment(kAck, 2, 3);
  ack.options.sack_count = 1;
  ack.options.sack[0] = {13, 23};
  EXPECT_EQ(options_words(talk, End::kA, ack), "SACK: holds y + 11 up to y + 21");
}

}  // namespace
}  // namespace handfast::trace

#include "tcp/ecn.h"

#include <gtest/gtest.h>

#include "tcp/accurate_ecn.h"

namespace handfast::tcp {
namespace {

using wire::kAck;
using wire::kAe;
using wire::kCwr;
using wire::kEce;
using wire::kSyn;

TEST(EcnWords, OnlyAnOfferAsks) {
  EXPECT_TRUE(ecn_question(Ecn::kOff).empty());
  EXPECT_TRUE(ecn_question(Ecn::kAccept).empty());
  EXPECT_EQ(ecn_question(Ecn::kOffer), kEce | kCwr);
}

TEST(EcnWords, AQuestionIsBothFlags) {  // 3168-1
  EXPECT_EQ(ecn_granted(Ecn::kAccept, kSyn | kEce | kCwr), EcnFeedback::kClassic);
  EXPECT_EQ(ecn_granted(Ecn::kOffer, kSyn | kEce | kCwr), EcnFeedback::kClassic);
  EXPECT_EQ(ecn_granted(Ecn::kOff, kSyn | kEce | kCwr), EcnFeedback::kNone);
  EXPECT_EQ(ecn_granted(Ecn::kAccept, kSyn | kEce), EcnFeedback::kNone);
  EXPECT_EQ(ecn_granted(Ecn::kAccept, kSyn | kCwr), EcnFeedback::kNone);
  EXPECT_EQ(ecn_granted(Ecn::kAccept, kSyn), EcnFeedback::kNone);
}

TEST(EcnWords, AGrantIsEceAlone) {  // 3168-1
  EXPECT_EQ(ecn_answered(Ecn::kOffer, kSyn | kAck | kEce), EcnFeedback::kClassic);
  EXPECT_EQ(ecn_answered(Ecn::kOffer, kSyn | kAck | kEce | kCwr), EcnFeedback::kNone);
  EXPECT_EQ(ecn_answered(Ecn::kOffer, kSyn | kAck | kEce | kAe), EcnFeedback::kNone);
  EXPECT_EQ(ecn_answered(Ecn::kOffer, kSyn | kAck | kCwr), EcnFeedback::kNone);
  EXPECT_EQ(ecn_answered(Ecn::kOffer, kSyn | kAck), EcnFeedback::kNone);
  EXPECT_EQ(ecn_answered(Ecn::kOffer, ecn_grant(EcnFeedback::kClassic, wire::EcnCodepoint::kNotEct)),
            EcnFeedback::kClassic);
  EXPECT_TRUE(ecn_grant(EcnFeedback::kNone, wire::EcnCodepoint::kNotEct).empty());
}

TEST(EcnWords, WhateverIsNeitherNothingNorClassicAsksForTheAccurateForm) {  // 9768-5
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    const std::uint8_t form = ace == 0 ? 0 : ace == 3 ? kAskedClassic : kAskedAccurate;
    EXPECT_EQ(ecn_forms(kSyn | flags_of(ace)), form) << int{ace};
  }
}

TEST(EcnWords, TheAccurateQuestionAndItsAnswers) {  // 9768-1, 9768-5
  EXPECT_EQ(ecn_question(Ecn::kAccurate), kAe | kCwr | kEce);
  EXPECT_EQ(ecn_granted(Ecn::kAccurate, kSyn), EcnFeedback::kNone);
  EXPECT_EQ(ecn_granted(Ecn::kAccurate, kSyn | kCwr | kEce), EcnFeedback::kClassic);
  for (std::uint8_t ace = 1; ace < 8; ++ace) {
    if (ace == 3) continue;
    EXPECT_EQ(ecn_granted(Ecn::kAccurate, kSyn | flags_of(ace)), EcnFeedback::kAccurate) << int{ace};
    EXPECT_NE(ecn_granted(Ecn::kAccept, kSyn | flags_of(ace)), EcnFeedback::kAccurate) << int{ace};
  }
  EXPECT_EQ(ecn_granted(Ecn::kAccept, kSyn | kAe | kCwr | kEce), EcnFeedback::kClassic);
  constexpr EcnFeedback kAnswers[] = {EcnFeedback::kNone,     EcnFeedback::kClassic,  EcnFeedback::kAccurate,
                                      EcnFeedback::kAccurate, EcnFeedback::kAccurate, EcnFeedback::kAccurate,
                                      EcnFeedback::kAccurate, EcnFeedback::kNone};
  for (std::uint8_t ace = 0; ace < 8; ++ace) {
    EXPECT_EQ(ecn_answered(Ecn::kAccurate, kSyn | kAck | flags_of(ace)), kAnswers[ace]) << int{ace};
  }
  EXPECT_EQ(ace_of(ecn_grant(EcnFeedback::kAccurate, wire::EcnCodepoint::kNotEct)), 0b010);
  EXPECT_EQ(ace_of(ecn_grant(EcnFeedback::kAccurate, wire::EcnCodepoint::kEct1)), 0b011);
  EXPECT_EQ(ace_of(ecn_grant(EcnFeedback::kAccurate, wire::EcnCodepoint::kEct0)), 0b100);
  EXPECT_EQ(ace_of(ecn_grant(EcnFeedback::kAccurate, wire::EcnCodepoint::kCe)), 0b110);
}

TEST(EcnWindowTest, MarksOfOneWindowAreNewsOnce) {  // 3168-4
  EcnWindow window(SeqNum(1000));
  EXPECT_FALSE(window.on_ack(SeqNum(1000), true));  // nothing of what left since
  EXPECT_TRUE(window.on_ack(SeqNum(1001), true));
  window.reduced(SeqNum(5000), true);
  EXPECT_FALSE(window.on_ack(SeqNum(2000), true));
  EXPECT_FALSE(window.on_ack(SeqNum(5000), true));
  EXPECT_FALSE(window.on_ack(SeqNum(5001), false));
  EXPECT_TRUE(window.on_ack(SeqNum(5002), true));
}

TEST(EcnWindowTest, StaysRightOverHalfTheCircle) {
  EcnWindow window(SeqNum(0));
  for (std::uint32_t ack = 0x1000'0000; ack != 0xF000'0000; ack += 0x1000'0000) {
    EXPECT_FALSE(window.on_ack(SeqNum(ack), false));
  }
  EXPECT_TRUE(window.on_ack(SeqNum(0xF000'0000), true));
}

TEST(EcnWindowTest, ALossIsAnsweredByTheMarksOfItsWindowOnce) {  // 3168-4
  EcnWindow window(SeqNum(0));
  EXPECT_FALSE(window.has_answered_loss());
  window.reduced(SeqNum(5000), true);
  EXPECT_TRUE(window.has_answered_loss());
  EXPECT_FALSE(window.has_answered_loss());  // lost again
  window.reduced(SeqNum(9000), true);
  window.on_ack(SeqNum(9001), false);
  EXPECT_FALSE(window.has_answered_loss());  // another window
  window.reduced(SeqNum(9500), false);
  EXPECT_FALSE(window.has_answered_loss());
}

TEST(EcnCountsTest, GoOnByMoreThanOne) {
  std::uint16_t count = 0;
  EcnCounts::add(count);
  EcnCounts::add(count, 0xFFFD);
  EXPECT_EQ(count, 0xFFFE);
  EcnCounts::add(count);
  EXPECT_EQ(count, 0xFFFF);
  EcnCounts::add(count, 0xFFFF'FFFF);
  EXPECT_EQ(count, 0xFFFF);
  count = 7;
  EcnCounts::add(count, 0xFFFF'FFFF);
  EXPECT_EQ(count, 0xFFFF);
}

TEST(EcnCountsTest, StopAtTheirLargestValue) {
  std::uint16_t count = 0xFFFE;
  EcnCounts::add(count);
  EcnCounts::add(count);
  EXPECT_EQ(count, 0xFFFF);
}

}  // namespace
}  // namespace handfast::tcp

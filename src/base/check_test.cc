#include "base/check.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

namespace handfast::base {
namespace {

void print_and_return(const char* condition, const char* file, int) {
  std::fprintf(stderr, "<%s|%s>", condition, file);
}
void exit_with_seven(const char*, const char*, int) { std::_Exit(7); }

TEST(CheckDeathTest, PassesInSilence) {
  int evaluations = 0;
  const auto evaluate = [&evaluations] { return ++evaluations == 1; };
  HANDFAST_CHECK(evaluate());
  EXPECT_EQ(evaluations, 1);
}

TEST(CheckDeathTest, AbortsWithoutAWordByDefault) {
  EXPECT_EXIT(HANDFAST_CHECK(1 == 2), testing::KilledBySignal(SIGABRT), "^$");
}

TEST(CheckDeathTest, AbortsEvenIfTheHookReturns) {
  const FailureHook before = set_failure_hook(&print_and_return);
  EXPECT_EXIT(HANDFAST_CHECK(1 == 2), testing::KilledBySignal(SIGABRT), "<1 == 2.check_test.cc>");
  EXPECT_EQ(set_failure_hook(before), &print_and_return);
}

TEST(CheckDeathTest, TheHookMayEndTheProgramItsOwnWay) {
  const FailureHook before = set_failure_hook(&exit_with_seven);
  EXPECT_EXIT(HANDFAST_CHECK(false), testing::ExitedWithCode(7), "");
  set_failure_hook(before);
}

TEST(CheckDeathTest, DebugChecksFollowTheBuild) {
  int evaluations = 0;
  const auto evaluate = [&evaluations] { return ++evaluations == 1; };
  HANDFAST_DCHECK(evaluate());
#ifdef HANDFAST_INVARIANTS
  EXPECT_EQ(evaluations, 1);
  EXPECT_DEATH(HANDFAST_DCHECK(false), "");
#else
  EXPECT_EQ(evaluations, 0);
  HANDFAST_DCHECK(false);
#endif
}

}  // namespace
}  // namespace handfast::base

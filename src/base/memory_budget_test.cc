#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include "base/flat_array.h"

namespace handfast::base {
namespace {

TEST(MemoryBudget, CountsAgainstItsLimit) {
  MemoryBudget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_TRUE(budget.take(40));
  EXPECT_EQ(budget.used(), 100U);
  EXPECT_EQ(budget.available(), 0U);
  EXPECT_TRUE(budget.take(0));
  budget.give(70);
  EXPECT_EQ(budget.used(), 30U);
  EXPECT_EQ(budget.peak(), 100U);
  budget.set_limit(10);
  EXPECT_EQ(budget.available(), 0U);
  EXPECT_FALSE(budget.take(1));
  EXPECT_FALSE(MemoryBudget(100).take(MemoryBudget::kUnlimited));
  MemoryBudget unlimited;
  EXPECT_TRUE(unlimited.take(MemoryBudget::kUnlimited - 1));
  EXPECT_FALSE(unlimited.take(2));  // And no wrap.
}

TEST(MemoryBudget, AParentsRefusalChargesNobody) {
  MemoryBudget host(100);
  MemoryBudget first(80, &host);
  MemoryBudget second(80, &host);
  EXPECT_TRUE(first.take(70));
  EXPECT_FALSE(second.take(40));
  EXPECT_EQ(second.used(), 0U);
  EXPECT_EQ(host.used(), 70U);
  EXPECT_FALSE(first.take(20));
  EXPECT_EQ(host.used(), 70U);
  first.give(70);
  EXPECT_TRUE(second.take(40));
  EXPECT_EQ(host.used(), 40U);
}

TEST(MemoryBudget, AChildReturnsWhatItHeld) {
  MemoryBudget host(100);
  {
    MemoryBudget connection(50, &host);
    EXPECT_TRUE(connection.take(30));
  }
  EXPECT_EQ(host.used(), 0U);
}

TEST(MemoryBudget, FailsTheTakeThatATestNames) {
  MemoryBudget budget;
  EXPECT_TRUE(budget.take(1));
  budget.fail_nth_take(2);
  EXPECT_TRUE(budget.take(1));
  EXPECT_FALSE(budget.take(1));
  EXPECT_TRUE(budget.take(1));
  EXPECT_EQ(budget.takes(), 4U);
  EXPECT_EQ(budget.used(), 3U);
  budget.fail_nth_take(1, true);
  EXPECT_FALSE(budget.take(1));
  EXPECT_FALSE(budget.take(1));
  budget.stop_failing();
  EXPECT_TRUE(budget.take(1));
}

TEST(MemoryBudget, AFailureAtTheTopReachesChildren) {
  MemoryBudget host;
  MemoryBudget connection(MemoryBudget::kUnlimited, &host);
  host.fail_nth_take(1);
  EXPECT_FALSE(connection.take(5));
  EXPECT_EQ(connection.used(), 0U);
  EXPECT_TRUE(connection.take(5));
}

TEST(MemoryBudgetDeathTest, GivingBackTooMuchAborts) {
  MemoryBudget budget;
  ASSERT_TRUE(budget.take(5));
  EXPECT_DEATH(budget.give(6), "");
}

TEST(FlatArray, GrowsWithinItsBudgetOrNotAtAll) {
  MemoryBudget budget(400);
  {
    FlatArray<std::uint32_t> array(&budget);
    EXPECT_TRUE(array.grow(50, 7));
    EXPECT_EQ(budget.used(), 200U);
    array[49] = 1;
    EXPECT_FALSE(array.grow(101, 8));
    EXPECT_EQ(array.size(), 50U);
    EXPECT_TRUE(array.grow(100, 9));
    EXPECT_EQ(array[48], 7U);
    EXPECT_EQ(array[49], 1U);
    EXPECT_EQ(array[50], 9U);
    EXPECT_TRUE(array.grow(10, 0));
    EXPECT_EQ(array.size(), 100U);
    EXPECT_EQ(array.memory_bytes(), budget.used());
  }
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace handfast::base

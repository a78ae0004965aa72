#include "tcp/congestion/controller.h"

#include <gtest/gtest.h>

namespace handfast::tcp::congestion {
namespace {

TEST(ControllerFor, EachNameLeadsToItsController) {
  for (const std::string_view name : {"cubic", "newreno", "bbr", "none"}) {
    const std::optional<CongestionControl> algorithm = congestion_control_named(name);
    ASSERT_TRUE(algorithm) << name;
    EXPECT_EQ(to_string(*algorithm), name);
    EXPECT_EQ(controller_for(*algorithm).name(), name);
  }
  EXPECT_FALSE(congestion_control_named("vegas"));
  EXPECT_FALSE(congestion_control_named(""));
}

}  // namespace
}  // namespace handfast::tcp::congestion

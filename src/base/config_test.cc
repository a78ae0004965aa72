#include "handfast/config.h"

#include <gtest/gtest.h>

namespace handfast {
namespace {

// What is wrong with a configuration that `change` made of the defaults: the field, or nothing.
template <typename Change>
std::string_view problem_after(Change change) {
  Config config;
  change(config.tcp);
  const auto problem = config.validate();
  return problem ? problem->field : std::string_view();
}

TEST(ConfigLimits, TheDefaultsAreValid) { EXPECT_FALSE(Config().validate()); }

TEST(ConfigLimits, OfHowTextTravels) {
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.cork_limit = 999us; }), "tcp.cork_limit");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.cork_limit = 61s; }), "tcp.cork_limit");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.quick_acks = 255; }), "tcp.quick_acks");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.quick_acks = 254; }), "");
}

TEST(ConfigLimits, OfTheUserTimeoutOption) {
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.user_timeout_lower = 999ms; }), "tcp.user_timeout_lower");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.user_timeout_upper = 99s; }), "tcp.user_timeout_upper");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.user_timeout_upper = 24h * 32; }), "tcp.user_timeout_upper");
}

TEST(ConfigLimits, OfWhatBuffersGrowTo) {
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.receive_buffer_max = (1u << 30) + 1; }), "tcp.receive_buffer_max");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.send_buffer_max = (1u << 30) + 1; }), "tcp.send_buffer_max");
  EXPECT_EQ(problem_after([](TcpConfig& tcp) { tcp.receive_buffer_max = 2048; }), "")
      << "less than the buffer: no room";
}

}  // namespace
}  // namespace handfast

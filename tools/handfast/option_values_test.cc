#include "handfast/option_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace handfast::tool {
namespace {

using testing::HasSubstr;

TEST(OptionValues, PercentagesAreExactAndPerDirection) {
  const auto both = parse_percent("0.5");
  ASSERT_TRUE(both);
  EXPECT_EQ(both->in, 5'000u);
  EXPECT_EQ(both->out, 5'000u);
  const auto each = parse_percent("100,0.0001");
  ASSERT_TRUE(each);
  EXPECT_EQ(each->in, 1'000'000u);
  EXPECT_EQ(each->out, 1u);
  for (const char* text :
       {"", "x", "-1", "101", "100.0001", "1.", ".5", "1.00001", "1,2,3", "1,", ",1", "1e2", "nan", "0.+1"}) {
    const auto wrong = parse_percent(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_THAT(wrong.error(), HasSubstr("is not a percentage"));
  }
}

TEST(OptionValues, SpansHaveUnits) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_span("2"), Duration(2s));
  EXPECT_EQ(parse_span("2s"), Duration(2s));
  EXPECT_EQ(parse_span("1.5"), Duration(1500ms));
  EXPECT_EQ(parse_span("200ms"), Duration(200ms));
  EXPECT_EQ(parse_span("0.000001ms"), Duration(1ns));
  for (const char* text : {"", "0", "ms", "-1", "1h", "86401", "99999999999999999999", "1.0000000001", "s"}) {
    EXPECT_FALSE(parse_span(text)) << text;
  }
}

TEST(OptionValues, ATimeoutIsAtLeastASecond) {
  EXPECT_EQ(parse_timeout("1"), std::chrono::seconds(1));
  EXPECT_EQ(parse_timeout("1500ms"), std::chrono::milliseconds(1500));
  EXPECT_EQ(parse_timeout("86400"), std::chrono::hours(24));
  EXPECT_THAT(parse_timeout("999ms").error(), HasSubstr("\"999ms\" is too short"));
  EXPECT_THAT(parse_timeout("0").error(), HasSubstr("not a span of time"));
  EXPECT_FALSE(parse_timeout("86401"));
}

TEST(OptionValues, SizesHaveUnitsAndDoNotOverflow) {
  EXPECT_EQ(parse_size("1"), 1u);
  EXPECT_EQ(parse_size("256K"), 262'144u);
  EXPECT_EQ(parse_size("4M"), 4'194'304u);
  for (const char* text : {"", "0", "K", "4096M", "4294967296", "-1", "1G", "1.5K"})
    EXPECT_FALSE(parse_size(text)) << text;
}

TEST(OptionValues, PortsAndMtusKnowTheirRange) {
  EXPECT_EQ(parse_port("65535"), 65535);
  for (const char* text : {"0", "65536", "http", "", "-1", "80 ", "+80"}) EXPECT_FALSE(parse_port(text)) << text;
  EXPECT_EQ(parse_mtu("68"), 68);
  EXPECT_FALSE(parse_mtu("67"));
  EXPECT_THAT(parse_port("http").error(), HasSubstr("\"http\" is not a port"));
}

TEST(OptionValues, SeedsAreDecimalOrHexadecimal) {
  EXPECT_EQ(parse_seed("18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(parse_seed("0xff"), 255u);
  for (const char* text : {"", "0x", "18446744073709551616", "1x", "-1"}) EXPECT_FALSE(parse_seed(text)) << text;
}

TEST(OptionValues, CongestionControlsHaveNames) {
  EXPECT_EQ(parse_congestion("cubic"), CongestionControl::kCubic);
  EXPECT_EQ(parse_congestion("newreno"), CongestionControl::kNewReno);
  EXPECT_EQ(parse_congestion("bbr"), CongestionControl::kBbr);
  EXPECT_EQ(parse_congestion("none"), CongestionControl::kNone);
  EXPECT_THAT(parse_congestion("reno").error(), HasSubstr("one of cubic, newreno"));
  EXPECT_EQ(parse_ecn("off"), Ecn::kOff);
  EXPECT_EQ(parse_ecn("accept"), Ecn::kAccept);
  EXPECT_EQ(parse_ecn("offer"), Ecn::kOffer);
  EXPECT_THAT(parse_ecn("on").error(), HasSubstr("one of off, accept"));
}

TEST(OptionValues, AHostPrefixIsAHost) {
  EXPECT_TRUE(parse_host_prefix("192.0.2.1/24"));
  EXPECT_TRUE(parse_host_prefix("192.0.2.0/31")) << "RFC 3021 has no broadcast address";
  EXPECT_TRUE(parse_host_prefix("192.0.2.1/32"));
  EXPECT_THAT(parse_host_prefix("192.0.2.0/24").error(), HasSubstr("names the whole network"));
  EXPECT_THAT(parse_host_prefix("192.0.2.255/24").error(), HasSubstr("names the whole network"));
  EXPECT_THAT(parse_host_prefix("192.0.2.1").error(), HasSubstr("such as 10.0.0.2/24"));
  EXPECT_TRUE(parse_host_prefix("2001:db8::1/64"));
  EXPECT_TRUE(parse_host_prefix("2001:db8::/127")) << "RFC 6164";
  EXPECT_THAT(parse_host_prefix("2001:db8::/64").error(), HasSubstr("names the whole network"));
  for (const char* text : {"224.0.0.1/4", "127.0.0.1/8", "0.0.0.0/0", "192.0.2.1/33", "x/24", "::1/128", "::/0",
                           "ff02::1/64", "::ffff:192.0.2.1/96", "2001:db8::1/129"}) {
    EXPECT_FALSE(parse_host_prefix(text)) << text;
  }
}

TEST(OptionValues, NamesAreNotLookedUp) {
  EXPECT_TRUE(parse_address("192.0.2.1"));
  EXPECT_TRUE(parse_address("2001:db8::1"));
  EXPECT_THAT(parse_address("example.com").error(), HasSubstr("names are not looked up here"));
}

TEST(OptionValues, AMacAddressBelongsToOneStation) {
  EXPECT_TRUE(parse_mac("02:00:00:00:00:01"));
  EXPECT_THAT(parse_mac("01:00:5e:00:00:01").error(), HasSubstr("group address"));
  EXPECT_FALSE(parse_mac("00:00:00:00:00:00"));
  EXPECT_FALSE(parse_mac("02:00"));
}

}  // namespace
}  // namespace handfast::tool

#include "handfast/address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "base/test_random.h"

namespace handfast {
namespace {

std::string v6_text(std::string_view text) {
  const auto address = IpAddress::parse(text);
  return address && address->is_v6() ? address->to_string() : "rejected";
}

TEST(IpAddress, ReadsAndWritesDottedQuads) {
  EXPECT_EQ(IpAddress::parse("192.0.2.1"), IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(IpAddress::parse("0.0.0.0"), IpAddress::any(IpVersion::kV4));
  EXPECT_EQ(IpAddress::parse("255.255.255.255"), IpAddress::v4(0xFFFFFFFF));
  EXPECT_EQ(IpAddress::v4(0xC0000201).to_string(), "192.0.2.1");
  EXPECT_EQ(IpAddress().to_string(), "none");
}

TEST(IpAddress, RejectsEveryOtherQuad) {
  for (const char* text :
       {"",          "1",         "1.2.3",      "1.2.3.4.5",         "1.2.3.256", "01.2.3.4", "1.2.3.04",
        "1.2.3.",    ".1.2.3",    "1..2.3",     "1.2.3.4 ",          " 1.2.3.4",  "+1.2.3.4", "1.2.3.-4",
        "0x1.2.3.4", "1.2.3.4/8", "1.2.3.1000", "1.2.3.99999999999", "a.b.c.d",   "none"}) {
    EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
  }
}

TEST(IpAddress, WritesIpv6AsRfc5952) {
  EXPECT_EQ(v6_text("2001:0DB8:0000:0000:0000:0000:0000:0001"), "2001:db8::1");
  EXPECT_EQ(v6_text("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
  EXPECT_EQ(v6_text("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");  // One group is never shortened.
  EXPECT_EQ(v6_text("2001:db8:0:0:1:0:0:1"), "2001:db8::1:0:0:1");    // Of equal runs, the first.
  EXPECT_EQ(v6_text("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");          // Of unequal ones, the longest.
  EXPECT_EQ(v6_text("::"), "::");
  EXPECT_EQ(v6_text("::1"), "::1");
  EXPECT_EQ(v6_text("1::"), "1::");
  EXPECT_EQ(v6_text("1:2:3:4:5:6:7:8"), "1:2:3:4:5:6:7:8");
  EXPECT_EQ(v6_text("1:2:3:4:5:6:0:0"), "1:2:3:4:5:6::");
  EXPECT_EQ(v6_text("fe80::ABCD:ef"), "fe80::abcd:ef");
  EXPECT_EQ(v6_text("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
  EXPECT_EQ(v6_text("::ffff:c000:201"), "::ffff:192.0.2.1");
  EXPECT_EQ(v6_text("64:ff9b::192.0.2.33"), "64:ff9b::c000:221");
  EXPECT_EQ(v6_text("1:2:3:4:5:6:192.0.2.1"), "1:2:3:4:5:6:c000:201");
}

TEST(IpAddress, KnowsItsKind) {
  const auto is = [](std::string_view text, bool (IpAddress::*kind)() const) {
    return (*IpAddress::parse(text).*kind)();
  };
  for (const char* text : {"169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::1"}) {
    EXPECT_TRUE(is(text, &IpAddress::is_link_local)) << text;
  }
  for (const char* text : {"169.253.1.1", "254.169.1.1", "fe7f::1", "fec0::1", "fd80::1", "::fe80"}) {
    EXPECT_FALSE(is(text, &IpAddress::is_link_local)) << text;
  }
  EXPECT_TRUE(is("::ffff:192.0.2.1", &IpAddress::is_v4_mapped));
  EXPECT_TRUE(is("::ffff:0:0", &IpAddress::is_v4_mapped));
  for (const char* text : {"192.0.2.1", "::fffe:192.0.2.1", "::feff:192.0.2.1", "1::ffff:192.0.2.1",
                           "::1:ffff:192.0.2.1", "::192.0.2.1", "64:ff9b::192.0.2.1"}) {
    EXPECT_FALSE(is(text, &IpAddress::is_v4_mapped)) << text;
  }
  EXPECT_FALSE(IpAddress().is_link_local() || IpAddress().is_v4_mapped());
}

TEST(IpAddress, RejectsEveryOtherIpv6Text) {
  for (const char* text : {":",
                           ":::",
                           "1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7::8",
                           "::1:2:3:4:5:6:7:8",
                           "1::2::3",
                           "1:2:3:4:5:6:7:",
                           ":1:2:3:4:5:6:7",
                           "12345::",
                           "g::",
                           "fe80::1%eth0",
                           "::1 ",
                           "[::1]",
                           "::1/64",
                           "1:2:3:4:5:6:7:192.0.2.1",
                           "192.0.2.1::",
                           "::192.0.2.1:1",
                           "::192.0.2",
                           "::192.0.2.01",
                           "::-1",
                           "1: :2"}) {
    EXPECT_EQ(v6_text(text), "rejected") << text;
  }
}

/// Random addresses with many zero groups, so that runs of all shapes occur; the C library is the second opinion.
TEST(IpAddress, EveryAddressReadsBackAndAgreesWithTheCLibrary) {
  base::TestRandom random(1);
  for (int round = 0; round < 20000; ++round) {
    std::array<std::uint8_t, 16> bytes{};
    for (std::size_t group = 0; group < 8; ++group) {
      if (random.chance(1, 2)) continue;
      bytes[2 * group] = random.chance(1, 2) ? 0 : static_cast<std::uint8_t>(random.next());
      bytes[2 * group + 1] = static_cast<std::uint8_t>(random.next());
    }
    const IpAddress v6 = IpAddress::v6(bytes);
    ASSERT_EQ(IpAddress::parse(v6.to_string()), v6);
    char text[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(AF_INET6, bytes.data(), text, sizeof text), nullptr);
    ASSERT_EQ(IpAddress::parse(text), v6) << text;
    // The library shows ::x:y as a quad, which RFC 5952 does not ask for.
    if (std::string_view(text).find('.') == std::string_view::npos) {
      ASSERT_EQ(v6.to_string(), text);
    }
    const IpAddress v4 = IpAddress::v4(static_cast<std::uint32_t>(random.next()));
    ASSERT_EQ(IpAddress::parse(v4.to_string()), v4);
  }
}

TEST(IpAddress, AgreesWithTheCLibraryOnMangledText) {
  base::TestRandom random(2);
  constexpr std::string_view kAlphabet = "0123456789abcdefF:::..g";
  int accepted = 0;
  for (int round = 0; round < 300000; ++round) {
    std::string text = random.chance(1, 2) ? "2001:db8::192.0.2.1" : "1:2:3:4:5:6:7:8";
    for (std::uint64_t edits = random.below(4); edits-- > 0;) {
      const std::size_t at = random.below(text.size());
      const char c = kAlphabet[random.below(kAlphabet.size())];
      if (random.chance(1, 3)) {
        text.erase(at, 1 + random.below(3));
      } else if (random.chance(1, 2)) {
        text[at] = c;
      } else {
        text.insert(at, 1, c);
      }
      if (text.empty()) text.push_back(':');
    }
    std::array<std::uint8_t, 16> bytes;
    const bool library_reads = inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
    const auto address = IpAddress::parse(text);
    ASSERT_EQ(library_reads, address && address->is_v6()) << text;
    if (library_reads) {
      ASSERT_EQ(*address, IpAddress::v6(bytes)) << text;
    }
    accepted += library_reads;
  }
  EXPECT_GT(accepted, 10000);
}

TEST(IpAddress, MaskKeepsExactlyTheLeadingBits) {
  base::TestRandom random(3);
  for (unsigned length = 0; length <= 130; ++length) {
    std::array<std::uint8_t, 16> bytes;
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
    const IpAddress masked = IpAddress::v6(bytes).masked(length);
    for (unsigned bit = 0; bit < 128; ++bit) {
      const auto bit_of = [bit](std::span<const std::uint8_t> from) { return from[bit / 8] >> (7 - bit % 8) & 1; };
      ASSERT_EQ(bit_of(masked.bytes()), bit < length ? bit_of(bytes) : 0);
    }
  }
  EXPECT_EQ(IpAddress::v4(192, 0, 2, 255).masked(25), IpAddress::v4(192, 0, 2, 128));
  EXPECT_EQ(IpAddress::v4(192, 0, 2, 255).masked(32), IpAddress::v4(192, 0, 2, 255));
  EXPECT_EQ(IpAddress().masked(0), IpAddress());
}

TEST(Endpoint, ReadsAndWrites) {
  EXPECT_EQ(Endpoint::parse("192.0.2.1:80"), (Endpoint{IpAddress::v4(192, 0, 2, 1), 80}));
  EXPECT_EQ(Endpoint::parse("[2001:db8::1]:65535")->to_string(), "[2001:db8::1]:65535");
  EXPECT_EQ(Endpoint::parse("192.0.2.1:0")->to_string(), "192.0.2.1:0");
  for (const char* text : {"192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:080", "[192.0.2.1]:80",
                           "2001:db8::1:80", "[2001:db8::1]", "[2001:db8::1]80", "[2001:db8::1:80", ":80", "[]:80",
                           "192.0.2.1:+1", "192.0.2.1: 80", "[::1]]:1", "", "["}) {
    EXPECT_EQ(Endpoint::parse(text), std::nullopt) << text;
  }
}

TEST(Prefix, ReadsWritesAndContains) {
  const Prefix v4 = *Prefix::parse("192.0.2.17/28");
  EXPECT_EQ(v4.to_string(), "192.0.2.17/28");
  EXPECT_TRUE(v4.contains(IpAddress::v4(192, 0, 2, 16)));
  EXPECT_TRUE(v4.contains(IpAddress::v4(192, 0, 2, 31)));
  EXPECT_FALSE(v4.contains(IpAddress::v4(192, 0, 2, 32)));
  EXPECT_FALSE(v4.contains(*IpAddress::parse("2001:db8::")));
  EXPECT_FALSE(Prefix{}.contains(IpAddress()));
  EXPECT_TRUE(Prefix::parse("0.0.0.0/0")->contains(IpAddress::v4(203, 0, 113, 1)));
  EXPECT_TRUE(Prefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:7fff::1")));
  EXPECT_FALSE(Prefix::parse("2001:db8::/33")->contains(*IpAddress::parse("2001:db8:8000::1")));
  for (const char* text :
       {"192.0.2.1", "192.0.2.1/33", "2001:db8::/129", "192.0.2.1/", "192.0.2.1/08", "/8", "::/-1"}) {
    EXPECT_EQ(Prefix::parse(text), std::nullopt) << text;
  }
}

TEST(Prefix, Broadcast) {
  EXPECT_EQ(Prefix::parse("192.0.2.17/28")->broadcast(), IpAddress::v4(192, 0, 2, 31));
  EXPECT_EQ(Prefix::parse("192.0.2.17/30")->broadcast(), IpAddress::v4(192, 0, 2, 19));
  EXPECT_EQ(Prefix::parse("192.0.2.17/0")->broadcast(), IpAddress::v4(0xFFFFFFFF));
  EXPECT_TRUE(Prefix::parse("192.0.2.17/31")->broadcast().is_none());
  EXPECT_TRUE(Prefix::parse("192.0.2.17/32")->broadcast().is_none());
  EXPECT_TRUE(Prefix::parse("2001:db8::/64")->broadcast().is_none());
}

TEST(MacAddress, ReadsAndWrites) {
  EXPECT_EQ(MacAddress::parse("02:00:5E:10:00:ff")->to_string(), "02:00:5e:10:00:ff");
  EXPECT_EQ(MacAddress::parse("ff:ff:ff:ff:ff:ff"), MacAddress::broadcast());
  for (const char* text : {"", "02:00:5e:10:00", "02:00:5e:10:00:0", "02-00-5e-10-00-01", "02:00:5e:10:00:0g",
                           "02:00:5e:10:00:01:", "020:0:5e:10:00:01"}) {
    EXPECT_EQ(MacAddress::parse(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace handfast

#include "ip/icmp.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/icmpv4.h"
#include "wire/icmpv6.h"

// What the errors of the two versions say, as one.

namespace handfast::ip {
namespace {

constexpr IpAddress kHost = IpAddress::v4(192, 0, 2, 1);
constexpr IpAddress kRouter = IpAddress::v4(192, 0, 2, 254);

struct Meaning {
  std::uint8_t type;
  std::uint8_t code;
  IcmpError error;
  IcmpKind kind = IcmpKind::kSoftError;
};

IcmpNews read(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> bytes) {
  const auto news = read_icmp({.source = source, .destination = destination, .upper = Upper::kIcmp, .payload = bytes});
  return news.value_or(IcmpNews{.kind = IcmpKind::kEchoRequest});
}

TEST(IcmpErrors, OfIpv4SayWhatTheirCodesStandFor) {  // SHLD-25
  constexpr Meaning kAll[] = {
      {3, 0, IcmpError::kNetwork},
      {3, 1, IcmpError::kHost},
      {3, 2, IcmpError::kProtocol, IcmpKind::kHardError},
      {3, 3, IcmpError::kPort, IcmpKind::kHardError},
      {3, 5, IcmpError::kSourceRoute},
      {3, 6, IcmpError::kNetwork},
      {3, 7, IcmpError::kNoSuchHost},
      {3, 8, IcmpError::kIsolated},
      {3, 9, IcmpError::kNetwork},
      {3, 10, IcmpError::kProhibited},
      {3, 11, IcmpError::kNetwork},
      {3, 12, IcmpError::kHost},
      {3, 13, IcmpError::kProhibited},
      {3, 14, IcmpError::kProhibited},
      {3, 15, IcmpError::kProhibited},
      {3, 16, IcmpError::kOther},
      {11, 0, IcmpError::kExpired},
      {11, 1, IcmpError::kExpired},
      {12, 0, IcmpError::kBadHeader},
  };
  for (const Meaning& meaning : kAll) {
    std::array<std::byte, 64> bytes{};
    const std::size_t size =
        wire::emit_icmpv4({.type = static_cast<wire::Icmpv4Type>(meaning.type), .code = meaning.code}, bytes);
    const IcmpNews news = read(kRouter, kHost, std::span(bytes).first(size));
    EXPECT_EQ(news.error, meaning.error) << int{meaning.type} << '/' << int{meaning.code};
    EXPECT_EQ(news.kind, meaning.kind) << int{meaning.type} << '/' << int{meaning.code};
  }
}

TEST(IcmpErrors, OfIpv6SayWhatTheirCodesStandFor) {  // SHLD-25
  constexpr Meaning kAll[] = {
      {1, 0, IcmpError::kNetwork},
      {1, 1, IcmpError::kProhibited, IcmpKind::kHardError},
      {1, 2, IcmpError::kHost},
      {1, 3, IcmpError::kHost},
      {1, 4, IcmpError::kPort, IcmpKind::kHardError},
      {1, 5, IcmpError::kProhibited, IcmpKind::kHardError},
      {1, 6, IcmpError::kProhibited, IcmpKind::kHardError},
      {1, 7, IcmpError::kOther},
      {3, 0, IcmpError::kExpired},
      {4, 0, IcmpError::kBadHeader},
      {4, 1, IcmpError::kBadHeader},
      {100, 0, IcmpError::kOther},
  };
  const IpAddress host = *IpAddress::parse("2001:db8::1");
  const IpAddress router = *IpAddress::parse("2001:db8::fe");
  for (const Meaning& meaning : kAll) {
    std::array<std::byte, 64> bytes{};
    const std::size_t size = wire::emit_icmpv6(
        {.type = static_cast<wire::Icmpv6Type>(meaning.type), .code = meaning.code}, router, host, bytes);
    const IcmpNews news = read(router, host, std::span(bytes).first(size));
    EXPECT_EQ(news.error, meaning.error) << int{meaning.type} << '/' << int{meaning.code};
    EXPECT_EQ(news.kind, meaning.kind) << int{meaning.type} << '/' << int{meaning.code};
  }
}

}  // namespace
}  // namespace handfast::ip

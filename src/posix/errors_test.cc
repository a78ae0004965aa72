#include "posix/errors.h"

#include <gtest/gtest.h>

#include "posix/linux_numbers.h"

// Which errno an ICMP error becomes, and what the caller hears of a connection that ended.

namespace handfast::posix {
namespace {

struct Pair {
  IcmpError error;
  int over_ipv4;
  int over_ipv6;
};

constexpr Pair kAll[] = {
    {IcmpError::kNone, 0, 0},
    {IcmpError::kNetwork, kEnetunreach, kEnetunreach},
    {IcmpError::kHost, kEhostunreach, kEhostunreach},
    {IcmpError::kNoSuchHost, kEhostdown, kEhostdown},
    {IcmpError::kIsolated, kEnonet, kEnonet},
    {IcmpError::kProtocol, kEnoprotoopt, kEnoprotoopt},
    {IcmpError::kPort, kEconnrefused, kEconnrefused},
    {IcmpError::kSourceRoute, kEopnotsupp, kEopnotsupp},
    {IcmpError::kProhibited, kEhostunreach, kEacces},
    {IcmpError::kExpired, kEhostunreach, kEhostunreach},
    {IcmpError::kBadHeader, kEproto, kEproto},
    {IcmpError::kOther, kEproto, kEproto},
};

TEST(Errors, OfIcmpHaveTheNumbersOfLinux) {  // SHLD-25
  for (const Pair& pair : kAll) {
    EXPECT_EQ(error_number(pair.error, IpVersion::kV4), pair.over_ipv4) << static_cast<int>(pair.error);
    EXPECT_EQ(error_number(pair.error, IpVersion::kV6), pair.over_ipv6) << static_cast<int>(pair.error);
  }
}

TcpInfo ended_by(Error error, IcmpError icmp) {
  TcpInfo info;
  info.error = make_error_code(error);
  info.icmp_error = icmp;
  info.tuple.peer.address = IpAddress::v4(192, 0, 2, 1);
  return info;
}

TEST(Errors, OfAnEndAreWhatIcmpSaidWhereThatMayBeWhy) {  // SHLD-25
  EXPECT_EQ(ending_error(ended_by(Error::kUnreachable, IcmpError::kPort), false), kEconnrefused);
  EXPECT_EQ(ending_error(ended_by(Error::kUnreachable, IcmpError::kPort), true), kEconnrefused) << "it is the end";
  EXPECT_EQ(ending_error(ended_by(Error::kTimedOut, IcmpError::kNetwork), false), kEnetunreach);
  EXPECT_EQ(ending_error(ended_by(Error::kTimedOut, IcmpError::kNetwork), true), kEtimedout) << "that was told";
  EXPECT_EQ(ending_error(ended_by(Error::kTimedOut, IcmpError::kNone), false), kEtimedout);
  EXPECT_EQ(ending_error(ended_by(Error::kReset, IcmpError::kNetwork), false), kEconnreset) << "the peer was there";
}

}  // namespace
}  // namespace handfast::posix

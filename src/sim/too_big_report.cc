#include "sim/too_big_report.h"

#include <algorithm>

#include "base/bytes.h"
#include "sim/packet.h"

namespace handfast::sim {

namespace {

constexpr std::uint32_t kRouter = 0xC00002FE;  // 192.0.2.254
constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kIcmpHeader = 8;

void seal(std::span<std::byte> part, std::size_t field, std::uint32_t pseudo = 0) {
  base::store_be16(&part[field], static_cast<std::uint16_t>(~internet_sum(part, pseudo)));
}

// "Fragmentation needed" (RFC 1191) to the sender of `quote`.
void write_ipv4(std::span<std::byte> ip, std::span<const std::byte> quote, std::uint16_t mtu) {
  ip[0] = std::byte{0x45};
  base::store_be16(&ip[2], static_cast<std::uint16_t>(ip.size()));
  ip[8] = std::byte{64};
  ip[9] = std::byte{1};
  base::store_be32(&ip[12], kRouter);
  std::ranges::copy(quote.subspan(12, 4), ip.begin() + 16);
  seal(ip.first(kIpHeader), 10);
  const std::span<std::byte> icmp = ip.subspan(kIpHeader);
  icmp[0] = std::byte{3};
  icmp[1] = std::byte{4};
  base::store_be16(&icmp[6], mtu);
  std::ranges::copy(quote, icmp.begin() + kIcmpHeader);
  seal(icmp, 2);
}

// "Packet too big" (RFC 4443 §3.2) to the sender of `quote`, from number 254 of its network.
void write_ipv6(std::span<std::byte> ip, std::span<const std::byte> quote, std::uint16_t mtu) {
  const std::span<std::byte> icmp = ip.subspan(kIpv6Header);
  ip[0] = std::byte{0x60};
  base::store_be16(&ip[4], static_cast<std::uint16_t>(icmp.size()));
  ip[6] = std::byte{58};
  ip[7] = std::byte{64};
  std::ranges::copy(quote.subspan(8, 15), ip.begin() + 8);
  ip[23] = std::byte{254};
  std::ranges::copy(quote.subspan(8, 16), ip.begin() + 24);
  icmp[0] = std::byte{2};
  base::store_be32(&icmp[4], mtu);
  std::ranges::copy(quote, icmp.begin() + kIcmpHeader);
  seal(icmp, 2, internet_sum(ip.subspan(8, 32), static_cast<std::uint32_t>(58 + icmp.size())));
}

}  // namespace

std::vector<std::byte> too_big_report(std::span<const std::byte> frame, LinkKind link, std::uint16_t mtu) {
  const std::size_t start = link_header(link);
  const bool is_ipv6 = std::to_integer<unsigned>(frame[start]) >> 4 == 6;
  const std::size_t header = is_ipv6 ? kIpv6Header : kIpHeader;
  const std::span<const std::byte> quote = frame.subspan(start).first(header + 8);
  std::vector<std::byte> report(start + header + kIcmpHeader + quote.size());
  if (start > 0) {
    std::ranges::copy(frame.subspan(6, 6), report.begin());
    std::ranges::copy(frame.first(6), report.begin() + 6);
    std::ranges::copy(frame.subspan(12, 2), report.begin() + 12);
  }
  const std::span<std::byte> ip = std::span(report).subspan(start);
  is_ipv6 ? write_ipv6(ip, quote, mtu) : write_ipv4(ip, quote, mtu);
  return report;
}

}  // namespace handfast::sim

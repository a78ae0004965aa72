#include "sim/too_big_report.h"

#include <algorithm>

#include "base/bytes.h"
#include "sim/packet.h"

namespace handfast::sim {

namespace {

constexpr std::uint32_t kRouter = 0xC00002FE;  // 192.0.2.254
constexpr std::size_t kIpHeader = 20;
constexpr std::size_t kIcmpHeader = 8;

void seal(std::span<std::byte> part, std::size_t field) {
  base::store_be16(&part[field], static_cast<std::uint16_t>(~internet_sum(part)));
}

}  // namespace

std::vector<std::byte> too_big_report(std::span<const std::byte> frame, LinkKind link, std::uint16_t mtu) {
  const std::size_t start = link_header(link);
  const std::span<const std::byte> quote = frame.subspan(start).first(kIpHeader + 8);
  std::vector<std::byte> report(start + kIpHeader + kIcmpHeader + quote.size());
  if (start > 0) {
    std::ranges::copy(frame.subspan(6, 6), report.begin());
    std::ranges::copy(frame.first(6), report.begin() + 6);
    base::store_be16(&report[12], 0x0800);
  }
  const std::span<std::byte> ip = std::span(report).subspan(start);
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
  return report;
}

}  // namespace handfast::sim

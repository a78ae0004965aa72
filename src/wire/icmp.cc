#include "wire/icmp.h"

#include <cstring>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

namespace handfast::wire {

std::expected<IcmpFields, DropReason> parse_icmp(std::span<const std::byte> bytes, std::uint16_t pseudo_sum) {
  if (bytes.size() < kIcmpHeaderLength) return std::unexpected(DropReason::kIcmpTruncated);
  if (add_ones_complement(pseudo_sum, sum_bytes(bytes)) != 0xFFFF) {
    return std::unexpected(DropReason::kIcmpBadChecksum);
  }
  return IcmpFields{.type = std::to_integer<std::uint8_t>(bytes[0]),
                    .code = std::to_integer<std::uint8_t>(bytes[1]),
                    .rest = base::load_be32(bytes.data() + 4),
                    .body = bytes.subspan(kIcmpHeaderLength)};
}

std::size_t emit_icmp(const IcmpFields& fields, std::uint16_t pseudo_sum, std::span<std::byte> out) {
  const std::size_t length = kIcmpHeaderLength + fields.body.size();
  if (out.size() < length) return 0;
  // The body first: where it lies in `out`, the header may be written over its old place.
  if (!fields.body.empty()) std::memmove(out.data() + kIcmpHeaderLength, fields.body.data(), fields.body.size());
  base::ByteWriter writer(out);
  writer.u8(fields.type);
  writer.u8(fields.code);
  writer.u16(0);
  writer.u32(fields.rest);
  const std::uint16_t sum = add_ones_complement(pseudo_sum, sum_bytes(out.first(length)));
  base::store_be16(out.data() + 2, static_cast<std::uint16_t>(~sum));
  return length;
}

std::expected<IcmpQuote, DropReason> with_quoted_ports(IcmpQuote quote, std::span<const std::byte> transport) {
  if (quote.protocol != kProtocolTcp && quote.protocol != kProtocolUdp) return quote;
  base::ByteReader reader(transport);
  quote.source_port = reader.u16();
  quote.destination_port = reader.u16();
  if (!reader.ok()) return std::unexpected(DropReason::kIcmpBadQuote);
  const std::uint32_t sequence = reader.u32();
  if (quote.protocol == kProtocolTcp && reader.ok()) quote.sequence = sequence;
  return quote;
}

}  // namespace handfast::wire

#include "wire/tcp.h"

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"

namespace handfast::wire {

namespace {

void store_checksum(std::span<std::byte> header, std::uint16_t field) {
  base::store_be16(header.data() + kTcpChecksumOffset, field);
}

}  // namespace

std::expected<TcpParsed, DropReason> parse_tcp_fixed(std::span<const std::byte> segment) {
  if (segment.size() < kTcpHeaderLength) return std::unexpected(DropReason::kTcpTruncated);
  const std::byte* at = segment.data();
  const std::uint16_t offset_and_flags = base::load_be16(at + 12);
  const std::size_t header_length = std::size_t{offset_and_flags} >> 12 << 2;
  if (header_length < kTcpHeaderLength || header_length > segment.size()) {
    return std::unexpected(DropReason::kTcpBadDataOffset);
  }
  TcpParsed parsed;
  parsed.text_offset = static_cast<std::uint8_t>(header_length);
  parsed.header.source_port = base::load_be16(at);
  parsed.header.destination_port = base::load_be16(at + 2);
  parsed.header.seq = base::load_be32(at + 4);
  parsed.header.ack = base::load_be32(at + 8);
  parsed.header.flags = TcpFlags(offset_and_flags);
  parsed.header.window = base::load_be16(at + 14);
  parsed.header.urgent_pointer = base::load_be16(at + 18);
  return parsed;
}

std::expected<TcpParsed, DropReason> parse_tcp(std::span<const std::byte> segment) {
  auto parsed = parse_tcp_fixed(segment);
  if (!parsed || parsed->text_offset == kTcpHeaderLength) return parsed;
  const auto options = parse_tcp_options(segment.subspan(kTcpHeaderLength, parsed->text_offset - kTcpHeaderLength));
  if (!options) return std::unexpected(options.error());
  parsed->header.options = *options;
  return parsed;
}

bool tcp_checksum_is_valid(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> segment) {
  const auto length = static_cast<std::uint32_t>(segment.size());
  const std::uint16_t pseudo_sum = pseudo_header_sum(source, destination, kProtocolTcp, length);
  return add_ones_complement(pseudo_sum, sum_bytes(segment)) == 0xFFFF;
}

std::size_t tcp_header_length(const TcpHeader& header) { return kTcpHeaderLength + tcp_options_length(header.options); }

std::size_t emit_tcp(const TcpHeader& header, std::span<std::byte> out) {
  const std::size_t length = tcp_header_length(header);
  if (out.size() < length) return 0;
  std::byte* at = out.data();
  base::store_be16(at, header.source_port);
  base::store_be16(at + 2, header.destination_port);
  base::store_be32(at + 4, header.seq);
  base::store_be32(at + 8, header.ack);
  base::store_be16(at + 12, static_cast<std::uint16_t>(length / 4 << 12 | header.flags.bits()));
  base::store_be16(at + 14, header.window);
  base::store_be16(at + kTcpChecksumOffset, 0);
  base::store_be16(at + 18, header.urgent_pointer);
  if (length > kTcpHeaderLength) emit_tcp_options(header.options, out.subspan(kTcpHeaderLength));
  return length;
}

void finish_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header, std::span<const Slice> text) {
  ChecksumAccumulator sum(pseudo_sum);
  sum.add(header);
  for (const Slice& slice : text) sum.add(slice.bytes());
  store_checksum(header, sum.finish());
}

void finish_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header,
                     std::span<const std::span<const std::byte>> text) {
  ChecksumAccumulator sum(pseudo_sum);
  sum.add(header);
  for (const std::span<const std::byte> piece : text) sum.add(piece);
  store_checksum(header, sum.finish());
}

void finish_checksum_with_sum(std::uint16_t pseudo_sum, std::span<std::byte> header, std::uint16_t text_sum) {
  ChecksumAccumulator sum(add_ones_complement(pseudo_sum, text_sum));
  sum.add(header);
  store_checksum(header, sum.finish());
}

void store_partial_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header) {
  store_checksum(header, pseudo_sum);
}

}  // namespace handfast::wire

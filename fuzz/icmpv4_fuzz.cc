// An ICMPv4 message, with the packet that it may quote; once as it comes and once with its checksum put right.

#include "fuzz/icmp_checks.h"
#include "wire/icmpv4.h"

namespace handfast::wire {
namespace {

struct Version4 {
  static constexpr std::size_t kIpHeaderLength = kIpv4HeaderLength;
  static auto parse(std::span<const std::byte> bytes) { return parse_icmpv4(bytes); }
  static auto emit(const Icmpv4Message& message, std::span<std::byte> out) { return emit_icmpv4(message, out); }
  static auto parse_quote(std::span<const std::byte> body) { return parse_icmpv4_quote(body); }
  static std::uint16_t pseudo_sum(std::size_t) { return 0; }
};

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  return handfast::wire::check_icmp<handfast::wire::Version4>(input, size);
}

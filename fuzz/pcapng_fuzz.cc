// A capture file: every view lies within it, the limits hold, and what was read reads the same when it is written.

#include <optional>
#include <string>

#include "fuzz/require.h"
#include "wire/pcapng.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

constexpr CaptureLimits kLimits{.interfaces = 8, .packet_bytes = 4096, .comments = 4};

// The next packet, as far as the file can be read.
std::optional<CapturedPacket> next_of(CaptureReader& reader) { return reader.next().value_or(std::nullopt); }

void check_round_trip(const CapturedPacket& packet, const CaptureInterface& interface) {
  std::vector<std::byte> file;
  PcapngWriter writer(file);
  writer.add_interface(interface);
  CapturedPacket written = packet;
  written.interface = 0;
  FUZZ_REQUIRE(writer.write(written));
  const ExactCopy copy(file);
  auto reader = CaptureReader::open(copy.bytes());
  FUZZ_REQUIRE(reader);
  const auto again = next_of(*reader);
  FUZZ_REQUIRE(again);
  FUZZ_REQUIRE(again->timestamp == packet.timestamp);
  FUZZ_REQUIRE(same_bytes(again->bytes, packet.bytes));
  FUZZ_REQUIRE(again->original_length == packet.original_length);
  FUZZ_REQUIRE(again->direction == packet.direction);
  FUZZ_REQUIRE(std::ranges::equal(again->comments, packet.comments));
  FUZZ_REQUIRE(reader->interfaces()[0].link_type == interface.link_type);
  FUZZ_REQUIRE(reader->interfaces()[0].name == interface.name);
}

void check(std::span<const std::byte> input) {
  const ExactCopy copy(input);
  auto reader = CaptureReader::open(copy.bytes(), kLimits);
  if (!reader) return;
  std::size_t packets = 0;
  while (const auto packet = next_of(*reader)) {
    FUZZ_REQUIRE(++packets <= input.size() / 12 + 1);
    FUZZ_REQUIRE(lies_within(packet->bytes, copy.bytes()));
    FUZZ_REQUIRE(packet->bytes.size() <= kLimits.packet_bytes);
    FUZZ_REQUIRE(packet->comments.size() <= kLimits.comments);
    FUZZ_REQUIRE(packet->original_length >= packet->bytes.size());
    FUZZ_REQUIRE(packet->timestamp.time_since_epoch().count() >= 0);
    FUZZ_REQUIRE(reader->interfaces().size() <= kLimits.interfaces);
    FUZZ_REQUIRE(packet->interface < reader->interfaces().size());
    for (const std::string_view comment : packet->comments) {
      FUZZ_REQUIRE(lies_within(std::as_bytes(std::span<const char>(comment)), copy.bytes()));
    }
    check_round_trip(*packet, reader->interfaces()[packet->interface]);
  }
}

}  // namespace
}  // namespace handfast::wire

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  handfast::wire::check(std::as_bytes(std::span(input, size)));
  return 0;
}

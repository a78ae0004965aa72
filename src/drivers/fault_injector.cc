#include "drivers/fault_injector.h"

#include <algorithm>
#include <cstring>

#include "wire/ethernet.h"
#include "wire/ipv6.h"

namespace handfast::drivers {

namespace {

// An IP packet without a link header. No station's address begins as IPv4 headers do; one may begin as those of IPv6
// do, but then it does not go on with the packet's length.
bool is_bare_packet(std::span<const std::byte> bytes) {
  if (!bytes.empty() && bytes[0] == std::byte{0x45}) return true;
  const auto packet = wire::parse_ipv6(bytes);
  return packet && wire::kIpv6HeaderLength + packet->payload.size() == bytes.size();
}

}  // namespace

// Every frame draws the same six numbers in the same order, needed or not: one rate can then be changed
// without moving the faults of the others.
FaultInjector::Fate FaultInjector::draw() {
  Fate fate;
  fate.lost = random_.below(FaultRates::kWhole) < rates_.loss;
  fate.corrupt = random_.below(FaultRates::kWhole) < rates_.corrupt;
  fate.duplicate = random_.below(FaultRates::kWhole) < rates_.duplicate;
  fate.reorder = random_.below(FaultRates::kWhole) < rates_.reorder;
  fate.bit = static_cast<std::uint32_t>(random_.next() >> 32);
  fate.depth = 1 + random_.below(std::max(rates_.depth, 1u));
  return fate;
}

void FaultInjector::pass(Frame frame, Instant now, std::vector<Frame>& out) {
  ++counters_.passed;
  const Fate fate = draw();
  if (fate.lost) {
    ++counters_.lost;
    return;
  }
  if (fate.corrupt && !corrupt(frame, fate.bit)) {
    ++counters_.lost;
    return;
  }
  if (marks_.below(FaultRates::kWhole) < rates_.mark) mark(frame);
  if (fate.reorder && held_.size() < kMaxHeld) {
    ++counters_.reordered;
    if (fate.duplicate) {
      ++counters_.duplicated;
      out.push_back(frame);
    }
    held_.push_back({std::move(frame), now + rates_.hold, fate.depth});
    return;
  }
  if (fate.duplicate) {
    ++counters_.duplicated;
    out.push_back(frame);
  }
  out.push_back(std::move(frame));
  overtake(out);
}

// A frame whose checksum is still to be finished by the device would be corrupted and then made good again: it is lost
// instead, as is one for which there is no memory.
bool FaultInjector::corrupt(Frame& frame, std::uint32_t chosen) {
  const std::uint32_t size = frame.size();
  if (size == 0 || frame.checksum == ChecksumState::kPartial) return false;
  std::optional<Slice> copy = whole_copy(frame);
  if (!copy) return false;
  const auto bit = static_cast<std::uint32_t>((std::uint64_t{chosen} * size * 8) >> 32);
  copy->mutable_bytes()[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
  frame.clear();
  frame.add(std::move(*copy));
  frame.checksum = ChecksumState::kUnverified;
  ++counters_.corrupted;
  return true;
}

// The original's bytes may still lie in a send queue.
std::optional<Slice> FaultInjector::whole_copy(const Frame& frame) {
  std::optional<Slice> copy = copies_.allocate(frame.size());
  if (!copy) return std::nullopt;
  std::span<std::byte> bytes = copy->mutable_bytes();
  for (const Slice& piece : frame.used()) {
    if (piece.empty()) continue;
    std::memcpy(bytes.data(), piece.bytes().data(), piece.size());
    bytes = bytes.subspan(piece.size());
  }
  return copy;
}

// The checksum of TCP does not cover the field, so one that the device has yet to make stays as it is.
void FaultInjector::mark(Frame& frame) {
  std::optional<Slice> copy = whole_copy(frame);
  if (!copy) return;
  const std::span<std::byte> bytes = copy->mutable_bytes();
  const std::size_t link = is_bare_packet(bytes) ? 0 : std::min(bytes.size(), wire::kEthernetHeaderLength);
  if (!wire::mark_congestion(bytes.subspan(link))) return;
  const Frame like = frame;
  frame.clear();
  frame.interface = like.interface;
  frame.checksum = like.checksum;
  frame.checksum_start = like.checksum_start;
  frame.checksum_offset = like.checksum_offset;
  frame.add(std::move(*copy));
  ++counters_.marked;
}

void FaultInjector::overtake(std::vector<Frame>& out) {
  for (Held& held : held_) --held.to_overtake;
  std::erase_if(held_, [&out](Held& held) {
    if (held.to_overtake != 0) return false;
    out.push_back(std::move(held.frame));
    return true;
  });
}

void FaultInjector::release(Instant now, std::vector<Frame>& out) {
  std::erase_if(held_, [&](Held& held) {
    if (held.until > now) return false;
    out.push_back(std::move(held.frame));
    return true;
  });
}

Instant FaultInjector::next_deadline() const {
  Instant next = kNever;
  for (const Held& held : held_) next = std::min(next, held.until);
  return next;
}

}  // namespace handfast::drivers

#include "script/testbed.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "wire/checksum.h"

namespace handfast::script {

std::vector<std::byte> packet_of(const Frame& frame) {
  std::vector<std::byte> bytes;
  bytes.reserve(frame.size());
  for (const Slice& slice : frame.used()) bytes.insert(bytes.end(), slice.bytes().begin(), slice.bytes().end());
  if (frame.checksum == ChecksumState::kPartial) {
    wire::ChecksumAccumulator sum;
    sum.add(std::span(bytes).subspan(frame.checksum_start));
    base::store_be16(bytes.data() + frame.checksum_start + frame.checksum_offset, sum.finish());
  }
  return bytes;
}

void offload_like_linux(const Profile& profile, InterfaceConfig& interface) {
  interface.super_segment = profile.settings.gso_max_size;
  interface.checksum_offload = true;
}

Result<std::unique_ptr<Testbed>> Testbed::create(const Profile& profile, const Addresses& addresses,
                                                 trace::Sink* sink) {
  std::unique_ptr<Testbed> testbed(new Testbed);
  auto host = make_host(profile, testbed->random_, sink);
  if (!host) return std::unexpected(host.error());
  testbed->host_ = *std::move(host);
  InterfaceConfig interface;
  interface.name = "tun0";
  interface.mtu = addresses.mtu;
  interface.addresses = {addresses.host};
  (addresses.gateway.is_v6() ? interface.ipv6_gateway : interface.gateway) = addresses.gateway;
  offload_like_linux(profile, interface);
  if (const auto added = testbed->host_->add_interface(interface); !added) return std::unexpected(added.error());
  return testbed;
}

void Testbed::inject(std::span<const std::byte> packet) {
  std::optional<Slice> slice = host_->allocate(static_cast<std::uint32_t>(packet.size()));
  if (!slice) {
    broken_ = "the Host has no memory for a packet";
    return;
  }
  std::ranges::copy(packet, slice->mutable_bytes().begin());
  Frame frame;
  frame.add(*std::move(slice));
  host_->receive(std::span(&frame, 1), now_);
  moved_();
}

void Testbed::pass_to(Instant when) {
  while (host_->next_deadline() < when) serve(host_->next_deadline());
  now_ = std::max(now_, when);
}

bool Testbed::step(Instant limit) {
  const Instant next = host_->next_deadline();
  if (next > limit) return false;
  serve(next);
  return true;
}

void Testbed::serve(Instant when) {
  now_ = std::max(now_, when);
  host_->on_deadline(now_);
  moved_();
}

bool Testbed::collect() {
  bool any = false;
  std::array<Frame, 32> frames;
  for (std::size_t count = frames.size(); count == frames.size();) {
    count = host_->poll_transmit(frames, now_);
    any = any || count > 0;
    for (Frame& frame : std::span(frames).first(count)) {
      read(frame);
      frame.clear();
    }
  }
  return any;
}

void Testbed::read(const Frame& frame) {
  auto packet = read_packet(packet_of(frame), now_);
  if (!packet) {
    broken_ = packet.error();
    return;
  }
  packet->piece = frame.gso_size;
  sent_.push_back(*std::move(packet));
}

}  // namespace handfast::script

#include "packetdrill_so/stack.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "packetdrill_so/sysctls.h"
#include "script/testbed.h"

namespace handfast::packetdrill_so {

namespace {

// Beyond any that the process itself has: close() and getsockopt() tell them apart by it.
constexpr int kFirstDescriptor = 1000;

bool add_interface(Host& host, const script::Profile& profile, const Options& options) {
  InterfaceConfig interface;
  interface.name = "tun0";
  interface.mtu = options.mtu;
  interface.addresses = options.local;
  script::offload_like_linux(profile, interface);
  (options.gateway.is_v6() ? interface.ipv6_gateway : interface.gateway) = options.gateway;
  return host.add_interface(interface).has_value();
}

}  // namespace

std::unique_ptr<Stack> Stack::create(const Options& options) {
  std::unique_ptr<Stack> stack(new Stack(options));
  stack->profile_ = script::linux_profile();
  // A setting of the machine may have no counterpart here. One that somebody asked for must.
  if (const auto complaint = stack->take_settings(false)) {
    std::fprintf(stderr, "handfast: --so_flags: %s\n", complaint->c_str());
    return nullptr;
  }
  script::Profile& profile = stack->profile_;
  auto host = script::make_host(profile, stack->random_, nullptr);
  if (!host) return nullptr;
  stack->host_ = *std::move(host);
  if (!add_interface(*stack->host_, profile, options)) return nullptr;
  for (const Prefix& local : options.local) profile.settings.local_addresses.push_back(local.address);
  stack->calls_ = std::make_unique<posix::SocketCalls>(*stack->host_, profile.settings, kFirstDescriptor);
  return stack;
}

std::optional<std::string> Stack::take_settings(bool started) {
  if (options_.system_sysctls) take_system_sysctls(started, profile_);
  std::optional<std::string> first;
  for (const script::Setting& setting : options_.settings) {
    script::Profile changed = profile_;
    const auto complaint = script::apply(setting, started, changed);
    if (!complaint) profile_ = changed;
    if (complaint && !first) first = complaint;
  }
  return first;
}

void Stack::look_at_sysctls() {
  if (!options_.system_sysctls) return;
  (void)take_settings(true);  // what only counts before the start has counted
  calls_->settings() = profile_.settings;
}

bool Stack::inject(std::span<const std::byte> packet) {
  std::optional<Slice> slice = host_->allocate(static_cast<std::uint32_t>(packet.size()));
  if (!slice) return false;
  std::ranges::copy(packet, slice->mutable_bytes().begin());
  Frame frame;
  frame.add(*std::move(slice));
  host_->receive(std::span(&frame, 1), now_);
  return true;
}

void Stack::pass_to(Instant when) {
  const Instant next = host_->next_deadline();
  now_ = std::max(now_, std::min(when, next));
  if (next > now_) return;
  host_->on_deadline(now_);
}

// Events come first: what they tell may be worth a segment more.
void Stack::collect() {
  std::array<Frame, 32> frames;
  for (std::size_t count = frames.size(); count == frames.size();) {
    calls_->take_events(now_);
    count = host_->poll_transmit(frames, now_);
    for (Frame& frame : std::span(frames).first(count)) {
      sent_.push_back({now_, script::packet_of(frame)});
      frame.clear();
    }
  }
  calls_->take_events(now_);
}

}  // namespace handfast::packetdrill_so

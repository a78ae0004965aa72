#include "handfast/stack_session.h"

#include <fmt/format.h>
#include <unistd.h>

#include "drivers/device_troubles.h"
#include "drivers/link_settings.h"

namespace handfast::tool {

namespace {

using drivers::Outcome;
using drivers::Trouble;
using Done = std::expected<void, Failure>;

std::unexpected<Failure> environment(const Trouble& trouble) {
  return std::unexpected(Failure{kEnvironment, trouble.to_string()});
}

std::unique_ptr<Random> make_random(const StackOptions& options) {
  if (options.seed) return std::make_unique<drivers::SeededRandom>(*options.seed);
  return std::make_unique<drivers::SystemRandom>();
}

std::uint64_t draw_seed() {
  drivers::SystemRandom random;
  std::uint64_t seed = 0;
  random.fill(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

}  // namespace

StackSession::StackSession(const StackOptions& options)
    : options_(options), progress_(options.verbose || ::isatty(STDERR_FILENO) != 0), random_(make_random(options)) {}

StackSession::~StackSession() = default;

std::expected<std::unique_ptr<StackSession>, Failure> StackSession::open(const StackOptions& options) {
  if (std::string contradiction = find_contradiction(options); !contradiction.empty()) {
    return std::unexpected(Failure{kUsage, std::move(contradiction)});
  }
  std::unique_ptr<StackSession> session(new StackSession(options));
  if (Done done = session->set_up(); !done) return std::unexpected(std::move(done.error()));
  return session;
}

Done StackSession::set_up() {
  using Step = Done (StackSession::*)();
  for (const Step step : {&StackSession::open_device, &StackSession::settle_kernel_side, &StackSession::make_host,
                          &StackSession::make_loop}) {
    if (Done done = (this->*step)(); !done) return done;
  }
  return {};
}

Done StackSession::open_device() {
  const drivers::DeviceOptions wanted{.name = options_.device,
                                      .kind = options_.tap ? drivers::DeviceKind::kTap : drivers::DeviceKind::kTun,
                                      .offload = options_.offload,
                                      .mtu = mtu_};
  Outcome<std::unique_ptr<drivers::Device>> device = drivers::Device::open(wanted);
  if (!device) {
    const bool bad_name = device.error().code == std::errc::invalid_argument && device.error().remedy.empty();
    return std::unexpected(Failure{bad_name ? kUsage : kEnvironment, device.error().to_string()});
  }
  device_ = std::move(*device);
  return {};
}

// The order matters: an address or MTU is best set before the interface comes up and the kernel starts to talk.
Done StackSession::settle_kernel_side() {
  const drivers::LinkSettings settings(options_.device);
  Outcome<std::uint32_t> mtu = settings.mtu();
  if (!mtu) return environment(mtu.error());
  if (options_.mtu && *options_.mtu != *mtu) {
    if (Outcome<void> set = settings.set_mtu(*options_.mtu); !set) return environment(set.error());
    mtu = *options_.mtu;
  }
  mtu_ = static_cast<std::uint16_t>(std::min<std::uint32_t>(*mtu, 65535));
  device_->set_mtu(mtu_);
  if (options_.peer_address) {
    if (Outcome<void> set = settings.add_address(*options_.peer_address); !set) return environment(set.error());
    if (Outcome<void> set = settings.bring_up(); !set) return environment(set.error());
  }
  const Outcome<bool> up = settings.is_up();
  if (!up) return environment(up.error());
  if (!*up) {
    Trouble down = drivers::explain_down(options_.device);
    down.remedy += ", or let handfast do it with --peer-address";
    return environment(down);
  }
  if (const Outcome<bool> taken = settings.has_address(address()); taken && *taken) {
    return std::unexpected(Failure{
        kUsage,
        fmt::format("--address {} is the kernel's own address of {}: the stack needs another one in the same network",
                    address().to_string(), options_.device)});
  }
  return {};
}

InterfaceConfig StackSession::interface_config() const {
  InterfaceConfig config;
  config.name = options_.device;
  config.link = options_.tap ? LinkKind::kEthernet : LinkKind::kIp;
  config.mtu = mtu_;
  if (options_.tap) config.mac = options_.mac.value_or(default_mac(address()));
  config.addresses = {options_.address};
  (address().is_v6() ? config.ipv6_gateway : config.gateway) = options_.gateway;
  if (options_.offload) {
    config.super_segment = 65535 - 60 - 60;  // The whole datagram, with the largest headers, has a 16-bit length.
    config.checksum_offload = true;
  }
  return config;
}

Done StackSession::make_host() {
  auto traces = TraceOutputs::create(options_);
  if (!traces) return std::unexpected(std::move(traces.error()));
  traces_ = std::move(*traces);
  Result<std::unique_ptr<Host>> host = Host::create(options_.config, *random_, traces_->sink());
  if (!host) {
    const bool memory = host.error() == make_error_code(Error::kNoMemory);
    return std::unexpected(
        Failure{memory ? kEnvironment : kUsage, fmt::format("cannot make the stack: {}", host.error().message())});
  }
  host_ = std::move(*host);
  const Result<InterfaceId> interface = host_->add_interface(interface_config());
  if (!interface) {
    return std::unexpected(
        Failure{kUsage, fmt::format("{} with address {} and MTU {} does not suit the stack: {}", options_.device,
                                    options_.address.to_string(), mtu_, interface.error().message())});
  }
  interface_ = *interface;
  return {};
}

Done StackSession::make_loop() {
  Outcome<std::unique_ptr<drivers::EventLoop>> loop = drivers::EventLoop::create(*host_);
  if (!loop) return environment(loop.error());
  loop_ = std::move(*loop);
  Outcome<drivers::Port*> port = loop_->add_device(*device_, interface_);
  if (!port) return environment(port.error());
  port_ = *port;
  loop_->on_notice([](const Trouble& notice) { Progress::complain("{}", notice.to_string()); });
  if (Outcome<void> watched = loop_->watch_signals(); !watched) return environment(watched.error());
  if (options_.faults_in.any() || options_.faults_out.any()) {
    const std::uint64_t seed = options_.fault_seed ? *options_.fault_seed : draw_seed();
    port_->inject(options_.faults_in, options_.faults_out, seed);
    progress_.say("faults are on; repeat them with --fault-seed {}", seed);
  }
  progress_.say("{} on {} ({}, MTU {})", options_.address.to_string(), options_.device, options_.tap ? "TAP" : "TUN",
                mtu_);
  return {};
}

ExitCode StackSession::run() {
  if (Outcome<void> ran = loop_->run(); !ran) {
    Progress::complain("{}", ran.error().to_string());
    return kEnvironment;
  }
  return loop_->insisted() ? kInterrupted : kOk;
}

ExitCode StackSession::finish(ExitCode code) {
  tell_counters();
  host_->set_trace(nullptr);
  const std::string lost = traces_->close();
  if (lost.empty()) return code;
  Progress::complain("{}", lost);
  return code == kOk ? kEnvironment : code;
}

void StackSession::tell_counters() const {
  if (!progress_.is_on()) return;
  const Counters& counters = host_->counters();
  progress_.say("frames: {} received, {} sent; segments: {} received, {} sent, {} of them again",
                counters.frames_received, counters.frames_sent, counters.segments_received, counters.segments_sent,
                counters.segments_retransmitted);
  if (const std::uint64_t rejected = counters.fast_opens_rejected + counters.fast_opens_limited;
      counters.fast_opens_accepted + rejected > 0) {
    progress_.say("fast open: text of {} SYNs taken at once, of {} after the handshake", counters.fast_opens_accepted,
                  rejected);
  }
  if (counters.path_reports + counters.path_black_holes + counters.path_probes_sent > 0) {
    progress_.say("path MTU: {} reports, {} believed, {} refuted; {} black holes; {} probes, {} delivered, {} lost",
                  counters.path_reports, counters.path_reports_believed, counters.path_reports_refuted,
                  counters.path_black_holes, counters.path_probes_sent, counters.path_probes_delivered,
                  counters.path_probes_lost);
  }
  for (std::size_t i = 1; i < kDropReasonCount; ++i) {
    const DropReasonInfo reason = describe(static_cast<DropReason>(i));
    if (counters.drops[i] != 0) progress_.say("dropped {}: {}", counters.drops[i], reason.text);
  }
  const auto tell_faults = [this](const char* direction, const drivers::FaultInjector* faults) {
    if (faults == nullptr) return;
    const drivers::FaultCounters& counted = faults->counters();
    progress_.say("faults {}: of {} frames {} lost, {} corrupted, {} doubled, {} held back", direction, counted.passed,
                  counted.lost, counted.corrupted, counted.duplicated, counted.reordered);
  };
  tell_faults("in", port_->faults_in());
  tell_faults("out", port_->faults_out());
}

}  // namespace handfast::tool

#include "handfast/stack_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "handfast/parsed_option.h"

namespace handfast::tool {

namespace {

using drivers::FaultRates;

constexpr std::uint16_t kLeastIpv6Mtu = 1280;

void add_device_options(CLI::App& app, StackOptions& options) {
  const char* group = "Device";
  app.add_option("--device", options.device, "The TUN or TAP device; made if it does not exist")
      ->capture_default_str()
      ->type_name("NAME")
      ->group(group);
  app.add_flag("--tap", options.tap, "Ethernet frames and ARP, on a TAP device")->group(group);
  app.add_flag("--offload", options.offload, "Leave checksums and segmentation to the kernel")->group(group);
  add_parsed(app, "--address", options.address, parse_host_prefix, "The stack's own address and network, IPv4 or IPv6")
      ->default_str("10.0.0.2/24")
      ->type_name("ADDRESS/LEN")
      ->group(group);
  add_parsed(app, "--peer-address", options.peer_address, parse_host_prefix,
             "Give the kernel this address on the device and bring it up")
      ->type_name("ADDRESS/LEN")
      ->group(group);
  add_parsed(app, "--gateway", options.gateway, parse_address, "Where datagrams for other networks go")
      ->type_name("ADDRESS")
      ->group(group);
  add_parsed(app, "--mac", options.mac, parse_mac, "The stack's own MAC address (with --tap)")
      ->type_name("MAC")
      ->group(group);
  add_parsed(app, "--mtu", options.mtu, parse_mtu, "Set the device's MTU; otherwise it is taken as it is")
      ->type_name("BYTES")
      ->group(group);
}

void add_trace_options(CLI::App& app, StackOptions& options) {
  const char* group = "Seeing";
  app.add_flag("--ladder", options.ladder,
               "Print every segment as a rung of a ladder, with its reason, on standard error")
      ->group(group);
  app.add_option("--pcap", options.pcap, "Write a capture with comments (pcapng)")->type_name("FILE")->group(group);
  app.add_option("--trace", options.trace, "Write every event as a line of JSON")->type_name("FILE")->group(group);
  app.add_flag("--info", options.info, "Print what is known of each connection, as ss -ti does, when it is over")
      ->group(group);
  app.add_flag("-v,--verbose", options.verbose, "Tell on standard error what happens")->group(group);
}

void add_fault(CLI::App& app, const std::string& name, StackOptions& options, std::uint32_t FaultRates::* rate,
               const std::string& help) {
  const auto read = [name, &options, rate](const std::string& text) {
    const Parsed<Shares> shares = parse_percent(text);
    if (!shares) throw CLI::ValidationError(name, shares.error());
    options.faults_in.*rate = shares->in;
    options.faults_out.*rate = shares->out;
  };
  app.add_option_function<std::string>(name, read, help)->type_name("PERCENT[,PERCENT]")->group("Faults");
}

void add_fault_options(CLI::App& app, StackOptions& options) {
  add_fault(app, "--loss", options, &FaultRates::loss, "Lose frames: of each direction, or IN,OUT");
  add_fault(app, "--reorder", options, &FaultRates::reorder, "Hold frames back until others overtook them");
  add_fault(app, "--duplicate", options, &FaultRates::duplicate, "Let frames arrive twice");
  add_fault(app, "--corrupt", options, &FaultRates::corrupt, "Flip a bit");
  add_fault(app, "--mark", options, &FaultRates::mark, "Mark packets that may be marked as having met congestion");
  add_parsed(app, "--fault-seed", options.fault_seed, parse_seed, "Repeat the faults of an earlier run")
      ->type_name("NUMBER")
      ->group("Faults");
  add_parsed(app, "--seed", options.seed, parse_seed,
             "Draw sequence numbers and keys from a seed: for repeatable traces, never where strangers can reach")
      ->type_name("NUMBER")
      ->group("Faults");
}

void add_switch_off(CLI::App& app, const std::string& name, bool& what, const std::string& help) {
  app.add_flag_callback(name, [&what] { what = false; }, help)->group("TCP");
}

// RFC 9293 §3.8.3 (MUST-21): the caller can say how long a connection waits.
void add_timeout(CLI::App& app, StackOptions& options) {
  const auto read = [&options](const std::string& text) {
    const Parsed<Duration> timeout = parse_timeout(text);
    if (!timeout) throw CLI::ValidationError("--timeout", timeout.error());
    options.timeout = *timeout;
    options.config.tcp.r2 = *timeout;
  };
  app.add_option_function<std::string>(
         "--timeout", read,
         "Give a connection up, as timed out, at the first retransmission after its text, or its opening, went "
         "unacknowledged for this long; at least 1s")
      ->default_str("100s")
      ->type_name("SPAN")
      ->group("TCP");
}

void add_tcp_options(CLI::App& app, StackOptions& options) {
  const char* group = "TCP";
  TcpConfig& tcp = options.config.tcp;
  add_parsed(app, "--receive-buffer", tcp.receive_buffer, parse_size, "Bytes held for the caller, the largest window")
      ->default_str("256K")
      ->type_name("SIZE")
      ->group(group);
  add_parsed(app, "--send-buffer", tcp.send_buffer, parse_size, "Bytes queued and not yet acknowledged")
      ->default_str("256K")
      ->type_name("SIZE")
      ->group(group);
  add_parsed(app, "--msl", tcp.msl, parse_span, "Maximum segment lifetime; TIME-WAIT lasts twice this")
      ->default_str("30s")
      ->type_name("SPAN")
      ->group(group);
  add_parsed(app, "--congestion", tcp.congestion_control, parse_congestion,
             "Who decides how much may be in flight: cubic, newreno, bbr, or none where a link is all ours")
      ->default_str(std::string(to_string(tcp.congestion_control)))
      ->type_name("NAME")
      ->group(group);
  add_parsed(
      app, "--ecn", tcp.ecn, parse_ecn,
      "Congestion marks in place of losses: off, accept them from a peer that asks, offer them too, or count them "
      "(accurate)")
      ->default_str(std::string(to_string(tcp.ecn)))
      ->type_name("SETTING")
      ->group(group);
  add_timeout(app, options);
  add_switch_off(app, "--no-nagle", tcp.nagle, "Send small segments at once");
  add_switch_off(app, "--no-sack", tcp.sack, "Do not offer or accept selective acknowledgments");
  add_switch_off(app, "--no-timestamps", tcp.timestamps, "Do not offer or accept timestamps");
  add_switch_off(app, "--no-window-scale", tcp.window_scale, "Do not offer or accept window scaling");
}

}  // namespace

void add_stack_options(CLI::App& app, StackOptions& options) {
  add_device_options(app, options);
  add_trace_options(app, options);
  add_fault_options(app, options);
  add_tcp_options(app, options);
}

std::string find_contradiction(const StackOptions& options) {
  const std::string address = options.address.address.to_string();
  if (options.peer_address && options.peer_address->address == options.address.address) {
    return fmt::format("--address and --peer-address are both {}: the stack and the kernel need one each", address);
  }
  const bool is_ipv6 = options.address.address.is_v6();
  if (is_ipv6 && options.mtu && *options.mtu < kLeastIpv6Mtu) {
    return fmt::format("--mtu {} is too small for IPv6, which needs {} bytes (RFC 8200 §5)", *options.mtu,
                       kLeastIpv6Mtu);
  }
  if (options.peer_address && options.peer_address->address.is_v6() != is_ipv6) {
    return fmt::format("--address {} and --peer-address {} are of different versions", address,
                       options.peer_address->address.to_string());
  }
  if (options.peer_address && !options.gateway && !options.address.contains(options.peer_address->address)) {
    return fmt::format(
        "--peer-address {} is outside the stack's network {}: make both part of one network, or name a --gateway",
        options.peer_address->address.to_string(), options.address.to_string());
  }
  if (options.gateway && !options.address.contains(*options.gateway)) {
    return fmt::format("--gateway {} is outside the stack's network {}: a gateway is a neighbor",
                       options.gateway->to_string(), options.address.to_string());
  }
  if (options.gateway && *options.gateway == options.address.address) {
    return fmt::format("--gateway and --address are both {}", address);
  }
  if (options.mac && !options.tap) return "--mac needs --tap: a TUN device has no link addresses";
  if (options.offload && (options.faults_in.any() || options.faults_out.any())) {
    return "--offload cannot be joined with faults: a corrupted or lost super-segment is no fault of a real link";
  }
  if (const std::optional<Config::Problem> problem = options.config.validate()) {
    return fmt::format("{} {}", problem->field, problem->why);
  }
  return {};
}

MacAddress default_mac(const IpAddress& address) {
  MacAddress mac{{0x02, 'h', 0, 0, 0, 0}};
  if (address.bytes().size() >= 4) std::ranges::copy(address.bytes().last(4), mac.bytes.begin() + 2);
  return mac;
}

}  // namespace handfast::tool

#pragma once

#include <optional>
#include <string>

#include "drivers/fault_injector.h"
#include "handfast/config.h"
#include "handfast/option_values.h"

namespace CLI {
class App;
}

namespace handfast::tool {

/// What every subcommand that runs a stack on a device can be told.
struct StackOptions {
  std::string device = "tun0";
  bool tap = false;
  bool offload = false;
  Prefix address{IpAddress::v4(10, 0, 0, 2), 24};
  std::optional<IpAddress> gateway;
  std::optional<Prefix> peer_address;  ///< the kernel's side; also brings the device up
  std::optional<MacAddress> mac;
  std::optional<std::uint16_t> mtu;
  std::string pcap;
  std::string trace;
  bool ladder = false;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> fault_seed;
  std::optional<Duration> timeout;  ///< also stands in config.tcp.r2
  drivers::FaultRates faults_in;
  drivers::FaultRates faults_out;
  bool verbose = false;
  bool info = false;  ///< print what is known of each connection when it is over
  Config config;
};

/// Adds the options to a subcommand. `options` must outlive it.
void add_stack_options(CLI::App& app, StackOptions& options);

/// What is wrong between the options, each of which is right by itself; empty where nothing is.
std::string find_contradiction(const StackOptions& options);

/// The MAC address of a Host that was told none: locally administered and made from its IP address, so that it is the
/// same at the next start and the peer's neighbor table stays right.
MacAddress default_mac(const IpAddress& address);

}  // namespace handfast::tool

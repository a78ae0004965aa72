#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/address.h"
#include "handfast/time.h"
#include "script/linux_profile.h"

namespace handfast::packetdrill_so {

/// What --so_flags can say, parts separated by commas. A script's --local_ip and its like reach packetdrill alone, so
/// an address that is not the usual one is said here too.
struct Options {
  std::vector<Prefix> local{{IpAddress::v4(192, 168, 0, 1), 16}};  ///< local=192.168.0.1/16, more than once
  IpAddress gateway = IpAddress::v4(192, 168, 255, 254);           ///< gateway=192.168.255.254
  std::uint16_t mtu = 1500;                                        ///< mtu=1500
  Duration patience = std::chrono::minutes(10);  ///< patience=600: seconds of virtual time that a packet is waited for
  bool system_sysctls = true;                    ///< sysctls=no: those of this network namespace do not count
  std::vector<script::Setting> settings;         ///< net.ipv4.tcp_sack=0

  /// Nothing where a part is not understood; `wrong` is that part.
  static std::optional<Options> parse(std::string_view flags, std::string& wrong);
};

}  // namespace handfast::packetdrill_so

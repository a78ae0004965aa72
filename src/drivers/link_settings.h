#pragma once

#include <string>

#include "drivers/trouble.h"
#include "handfast/address.h"

namespace handfast::drivers {

/// The kernel's side of an interface: what the ip command shows and sets. The kernel's address is the one that its own
/// programs use to talk to the Host behind a TUN or TAP device.
class LinkSettings {
 public:
  explicit LinkSettings(std::string name) : name_(std::move(name)) {}

  /// The largest IP packet.
  Outcome<std::uint32_t> mtu() const;
  Outcome<void> set_mtu(std::uint32_t mtu) const;
  Outcome<bool> is_up() const;
  Outcome<void> bring_up() const;
  /// Whether the kernel has this address here.
  Outcome<bool> has_address(const IpAddress& address) const;
  /// Gives the kernel an address and its on-link network; one that it has already is no error.
  Outcome<void> add_address(const Prefix& address) const;

 private:
  std::string name_;
};

}  // namespace handfast::drivers

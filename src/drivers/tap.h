#pragma once

#include "drivers/device.h"

namespace handfast::drivers {

/// Opens a TAP device: Ethernet frames, so the Host needs a MAC address and speaks ARP.
inline Outcome<std::unique_ptr<Device>> open_tap(std::string name, std::uint16_t mtu = 1500, bool offload = false) {
  return Device::open({.name = std::move(name), .kind = DeviceKind::kTap, .offload = offload, .mtu = mtu});
}

}  // namespace handfast::drivers

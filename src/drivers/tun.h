#pragma once

#include "drivers/device.h"

namespace handfast::drivers {

/// Opens a TUN device: bare IP packets, no link header.
inline Outcome<std::unique_ptr<Device>> open_tun(std::string name, std::uint16_t mtu = 1500, bool offload = false) {
  return Device::open({.name = std::move(name), .kind = DeviceKind::kTun, .offload = offload, .mtu = mtu});
}

}  // namespace handfast::drivers

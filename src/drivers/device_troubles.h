#pragma once

#include <string>
#include <string_view>

#include "drivers/trouble.h"

namespace handfast::drivers {

/// The words for what can go wrong with a TUN or TAP device. They are apart from the system calls so that they can be
/// read, and tested, without any privilege.

/// open("/dev/net/tun") failed.
Trouble explain_open(int error_number);
/// TUNSETIFF failed for `name`; `kind` is "tun" or "tap".
Trouble explain_attach(int error_number, std::string_view name, std::string_view kind);
/// A setting of the interface (its MTU, address, up or down) could not be read or changed.
Trouble explain_setting(int error_number, std::string_view doing, std::string_view name);
/// Reading or writing frames failed for good.
Trouble explain_transfer(int error_number, std::string_view doing, std::string_view name);
/// The interface is not up.
Trouble explain_down(std::string_view name);

/// Why `name` cannot name an interface; empty where it can.
std::string bad_device_name(std::string_view name);

}  // namespace handfast::drivers

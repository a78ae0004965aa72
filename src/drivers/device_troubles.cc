#include "drivers/device_troubles.h"

#include <net/if.h>

#include <cerrno>

namespace handfast::drivers {

namespace {

std::string privilege_remedy(std::string_view name, std::string_view kind) {
  std::string text = "this needs CAP_NET_ADMIN: run as root, or make the device beforehand with `ip tuntap add mode ";
  text.append(kind).append(" user $USER name ").append(name).append("`");
  return text;
}

}  // namespace

Trouble explain_open(int error_number) {
  std::string remedy;
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      remedy = "load the tun module: `modprobe tun`; in a container pass --device /dev/net/tun";
      break;
    case EACCES:
    case EPERM:
      remedy =
          "run as root, or let this user open it: `chmod 0666 /dev/net/tun` (the kernel still checks who may "
          "attach to which device); in a container pass --device /dev/net/tun --cap-add NET_ADMIN";
      break;
    case EMFILE:
    case ENFILE:
      remedy = "too many files are open: raise the limit with `ulimit -n`";
      break;
    default:
      break;
  }
  return system_trouble(error_number, "open /dev/net/tun", std::move(remedy));
}

Trouble explain_attach(int error_number, std::string_view name, std::string_view kind) {
  const std::string device(name);
  const std::string other = kind == "tun" ? "tap" : "tun";
  std::string remedy;
  switch (error_number) {
    case EPERM:
    case EACCES:
      remedy = privilege_remedy(name, kind);
      break;
    case EBUSY:
      remedy = "another program has " + device + " open: end it, or choose another --device";
      break;
    case EINVAL:
      remedy = device + " exists but is not a " + std::string(kind) +
               " device with one queue: choose another --device, " +
               (kind == "tun" ? "or say --tap if it is a " : "or leave out --tap if it is a ") + other + " device";
      break;
    case EEXIST:
      remedy = device + " exists and is neither tun nor tap: choose another --device";
      break;
    default:
      break;
  }
  return system_trouble(error_number, "attach to " + std::string(kind) + " device " + device, std::move(remedy));
}

Trouble explain_setting(int error_number, std::string_view doing, std::string_view name) {
  const std::string device(name);
  std::string remedy;
  switch (error_number) {
    case EPERM:
    case EACCES:
      remedy =
          "this needs CAP_NET_ADMIN: run as root, or set it beforehand with the `ip` command and leave the option out";
      break;
    case ENODEV:
      remedy = "there is no interface " + device + " in this network namespace";
      break;
    case EINVAL:
      remedy = "the kernel does not take this value for " + device;
      break;
    case EADDRNOTAVAIL:
      remedy = device + " has no such address";
      break;
    default:
      break;
  }
  return system_trouble(error_number, std::string(doing) + " of " + device, std::move(remedy));
}

Trouble explain_transfer(int error_number, std::string_view doing, std::string_view name) {
  const std::string device(name);
  if (error_number == EIO || error_number == ENETDOWN) return explain_down(name);
  std::string remedy;
  if (error_number == ENODEV || error_number == EBADFD) {
    remedy = "the interface " + device + " was removed; make it again and start anew";
  }
  return system_trouble(error_number, std::string(doing) + " " + device, std::move(remedy));
}

Trouble explain_down(std::string_view name) {
  const std::string device(name);
  return Trouble{std::error_code(ENETDOWN, std::generic_category()), "the interface " + device + " is down",
                 "bring it up with `ip link set " + device + " up`"};
}

std::string bad_device_name(std::string_view name) {
  if (name.empty()) return "a device name must not be empty";
  if (name.size() >= IFNAMSIZ) return "a device name has at most " + std::to_string(IFNAMSIZ - 1) + " characters";
  if (name == "." || name == "..") return "a device cannot be named . or ..";
  for (const char c : name) {
    if (c <= ' ' || c == 0x7F || c == '/' || c == ':' || c == '%') {
      return "a device name holds neither spaces nor any of / : %";
    }
  }
  return {};
}

}  // namespace handfast::drivers

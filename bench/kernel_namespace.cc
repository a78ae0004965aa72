#include "kernel_namespace.h"

#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>

namespace handfast::bench {

namespace {

bool is_own = false;

// One request about the loopback device.
bool ask(unsigned long request, ifreq& about) {
  std::strncpy(about.ifr_name, "lo", IFNAMSIZ);
  const int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return false;
  const bool done = ioctl(socket_fd, request, &about) == 0;
  close(socket_fd);
  return done;
}

bool set_offload(std::uint32_t command, bool on) {
  ethtool_value value{.cmd = command, .data = on ? 1u : 0u};
  ifreq about{};
  about.ifr_data = reinterpret_cast<char*>(&value);
  return ask(SIOCETHTOOL, about);
}

// Settings of this namespace alone.
bool set(const char* name, const char* value) {
  const std::string path = std::string("/proc/sys/net/ipv4/") + name;
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool done = write(file, value, std::strlen(value)) > 0;
  close(file);
  return done;
}

}  // namespace

std::string enter_own_namespace() {
  is_own = unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
  if (!is_own) return "on the machine's own loopback: a network namespace of its own is not allowed here";
  ifreq about{};
  about.ifr_flags = IFF_UP | IFF_RUNNING;
  if (!ask(SIOCSIFFLAGS, about)) return "in its own network namespace, whose loopback does not come up";
  // As many TIME-WAIT entries as in the benchmark of Handfast, and room for the ports that they hold.
  const bool all = set("ip_local_port_range", "1024 65535") && set("tcp_max_tw_buckets", "12000");
  return std::string("in its own network namespace") + (all ? "" : ", some settings of which were refused");
}

bool has_own_namespace() { return is_own; }

bool set_loopback(int mtu, bool segmentation_offload) {
  ifreq about{};
  about.ifr_mtu = mtu;
  return is_own && ask(SIOCSIFMTU, about) && set_offload(ETHTOOL_SGSO, segmentation_offload) &&
         set_offload(ETHTOOL_STSO, segmentation_offload);
}

}  // namespace handfast::bench

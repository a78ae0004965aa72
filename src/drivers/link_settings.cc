#include "drivers/link_settings.h"

#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "drivers/device_troubles.h"
#include "drivers/file_descriptor.h"

namespace handfast::drivers {

namespace {

ifreq request_for(const std::string& name) {
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), std::min<std::size_t>(name.size(), IFNAMSIZ - 1));
  return request;
}

IpAddress address_of(const sockaddr& socket) {
  if (socket.sa_family == AF_INET) {
    sockaddr_in found{};
    std::memcpy(&found, &socket, sizeof found);
    return IpAddress::v4(ntohl(found.sin_addr.s_addr));
  }
  if (socket.sa_family != AF_INET6) return {};
  sockaddr_in6 found{};
  std::memcpy(&found, &socket, sizeof found);
  return IpAddress::v6(found.sin6_addr.s6_addr);
}

// One ioctl on an interface; 0 or an errno.
int ask(unsigned long what, ifreq& request) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return errno;
  return ::ioctl(socket.get(), what, &request) == 0 ? 0 : errno;
}

// An RTM_NEWADDR request with both of its attributes, as rtnetlink wants them laid out.
class AddressRequest {
 public:
  AddressRequest(const Prefix& address, unsigned interface) {
    nlmsghdr header{};
    header.nlmsg_type = RTM_NEWADDR;
    header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    ifaddrmsg body{};
    body.ifa_family = address.address.is_v4() ? AF_INET : AF_INET6;
    body.ifa_prefixlen = address.length;
    // The Host answers for its own address alone, so nobody has to be asked whether the kernel's is taken; an address
    // that is still being asked for cannot be used.
    if (address.address.is_v6()) body.ifa_flags = IFA_F_NODAD;
    body.ifa_index = interface;
    length_ = NLMSG_LENGTH(sizeof body);
    std::memcpy(bytes_.data() + NLMSG_HDRLEN, &body, sizeof body);
    add(IFA_LOCAL, address.address);
    add(IFA_ADDRESS, address.address);
    header.nlmsg_len = length_;
    std::memcpy(bytes_.data(), &header, sizeof header);
  }

  const void* data() const { return bytes_.data(); }
  std::size_t size() const { return length_; }

 private:
  void add(std::uint16_t type, const IpAddress& address) {
    const std::span<const std::uint8_t> bytes = address.bytes();
    rtattr attribute{};
    attribute.rta_type = type;
    attribute.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(bytes.size()));
    std::memcpy(bytes_.data() + length_, &attribute, sizeof attribute);
    std::memcpy(bytes_.data() + length_ + RTA_LENGTH(0), bytes.data(), bytes.size());
    length_ += static_cast<std::uint32_t>(RTA_ALIGN(attribute.rta_len));
  }

  std::array<std::byte, 128> bytes_{};
  std::uint32_t length_ = 0;
};

// Sends the request and reads the kernel's verdict; 0 or an errno.
int exchange(const AddressRequest& request) {
  const FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.is_open()) return errno;
  if (::send(socket.get(), request.data(), request.size(), 0) < 0) return errno;
  std::array<std::byte, 4096> answer{};
  const ssize_t got = ::recv(socket.get(), answer.data(), answer.size(), 0);
  if (got < 0) return errno;
  if (static_cast<std::size_t>(got) < NLMSG_LENGTH(sizeof(nlmsgerr))) return EPROTO;
  nlmsghdr header{};
  nlmsgerr verdict{};
  std::memcpy(&header, answer.data(), sizeof header);
  std::memcpy(&verdict, answer.data() + NLMSG_HDRLEN, sizeof verdict);
  return header.nlmsg_type == NLMSG_ERROR ? -verdict.error : EPROTO;
}

}  // namespace

Outcome<std::uint32_t> LinkSettings::mtu() const {
  ifreq request = request_for(name_);
  if (const int error = ask(SIOCGIFMTU, request); error != 0) {
    return std::unexpected(explain_setting(error, "read the MTU", name_));
  }
  return static_cast<std::uint32_t>(request.ifr_mtu);
}

Outcome<void> LinkSettings::set_mtu(std::uint32_t mtu) const {
  ifreq request = request_for(name_);
  request.ifr_mtu = static_cast<int>(mtu);
  if (const int error = ask(SIOCSIFMTU, request); error != 0) {
    return std::unexpected(explain_setting(error, "set the MTU", name_));
  }
  return {};
}

Outcome<bool> LinkSettings::is_up() const {
  ifreq request = request_for(name_);
  if (const int error = ask(SIOCGIFFLAGS, request); error != 0) {
    return std::unexpected(explain_setting(error, "read the state", name_));
  }
  return (request.ifr_flags & IFF_UP) != 0;
}

Outcome<void> LinkSettings::bring_up() const {
  ifreq request = request_for(name_);
  int error = ask(SIOCGIFFLAGS, request);
  if (error == 0 && (request.ifr_flags & IFF_UP) != 0) return {};
  if (error == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    error = ask(SIOCSIFFLAGS, request);
  }
  if (error != 0) return std::unexpected(explain_setting(error, "change the state", name_));
  return {};
}

Outcome<bool> LinkSettings::has_address(const IpAddress& address) const {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return std::unexpected(explain_setting(errno, "read the addresses", name_));
  bool found = false;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    found = found || (one->ifa_addr != nullptr && name_ == one->ifa_name && address_of(*one->ifa_addr) == address);
  }
  ::freeifaddrs(all);
  return found;
}

Outcome<void> LinkSettings::add_address(const Prefix& address) const {
  if (address.address.is_none()) return std::unexpected(explain_setting(EINVAL, "set the address", name_));
  const unsigned interface = ::if_nametoindex(name_.c_str());
  if (interface == 0) return std::unexpected(explain_setting(ENODEV, "set the address", name_));
  const int error = exchange(AddressRequest(address, interface));
  if (error != 0 && error != EEXIST) return std::unexpected(explain_setting(error, "set the address", name_));
  return {};
}

}  // namespace handfast::drivers

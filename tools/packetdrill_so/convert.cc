#include "packetdrill_so/convert.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace handfast::packetdrill_so {

std::optional<posix::SocketAddress> read_address(const sockaddr* address, socklen_t length) {
  sockaddr_storage storage{};
  if (address == nullptr || length < sizeof(address->sa_family)) return std::nullopt;
  std::memcpy(&storage, address, std::min<std::size_t>(length, sizeof(storage)));
  posix::SocketAddress read{.family = storage.ss_family, .endpoint = {}};
  if (storage.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    if (length < sizeof(v6)) return std::nullopt;
    std::memcpy(&v6, &storage, sizeof(v6));
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    read.endpoint = {IpAddress::v6(bytes), ntohs(v6.sin6_port)};
  } else if (storage.ss_family == AF_INET) {
    sockaddr_in v4;
    if (length < sizeof(v4)) return std::nullopt;
    std::memcpy(&v4, &storage, sizeof(v4));
    read.endpoint = {IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
  }
  return read;
}

void write_address(const posix::SocketAddress& from, sockaddr* address, socklen_t* length) {
  if (address == nullptr || length == nullptr) return;
  sockaddr_storage storage{};
  socklen_t needed = sizeof(sockaddr_in);
  if (from.family == AF_INET6) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(from.endpoint.port);
    std::ranges::copy(from.endpoint.address.bytes(), v6.sin6_addr.s6_addr);
    std::memcpy(&storage, &v6, sizeof(v6));
    needed = sizeof(v6);
  } else {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(from.endpoint.port);
    v4.sin_addr.s_addr = htonl(from.endpoint.address.v4_number());
    std::memcpy(&storage, &v4, sizeof(v4));
  }
  std::memcpy(address, &storage, std::min(*length, needed));
  *length = needed;
}

std::vector<posix::Buffer> buffers(const iovec* parts, std::size_t count) {
  std::vector<posix::Buffer> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back({static_cast<std::byte*>(parts[i].iov_base), parts[i].iov_len});
  return all;
}

std::vector<posix::ConstBuffer> const_buffers(const iovec* parts, std::size_t count) {
  std::vector<posix::ConstBuffer> all;
  for (const posix::Buffer& part : buffers(parts, count)) all.push_back({part.data, part.size});
  return all;
}

void write_control(const posix::ReceivedMessage& from, msghdr& message) {
  message.msg_flags = from.flags;
  std::size_t used = 0;
  for (const posix::ControlMessage& control : from.control) {
    const std::size_t needed = CMSG_SPACE(sizeof(control.data));
    if (message.msg_control == nullptr || used + needed > message.msg_controllen) {
      message.msg_flags |= MSG_CTRUNC;
      break;
    }
    cmsghdr header{};
    header.cmsg_level = control.level;
    header.cmsg_type = control.type;
    header.cmsg_len = CMSG_LEN(sizeof(control.data));
    auto* const at = static_cast<std::byte*>(message.msg_control) + used;
    std::memcpy(at, &header, sizeof(header));
    std::memcpy(at + CMSG_LEN(0), &control.data, sizeof(control.data));
    used += needed;
  }
  message.msg_controllen = used;
}

}  // namespace handfast::packetdrill_so

#include "kernel.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

#include "wire/checksum.h"
#include "wire/ipv4.h"

namespace handfast::interop {

void fail(const std::string& what) { throw Failed(what); }

namespace {

void need(bool fine, const char* call) {
  if (!fine) fail(std::string(call) + ": " + std::strerror(errno));
}

sockaddr_in socket_address(std::uint32_t address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(address);
  result.sin_port = htons(port);
  return result;
}

std::uint32_t number_of(const IpAddress& address) {
  std::uint32_t number = 0;
  for (const std::uint8_t byte : address.bytes()) number = number << 8 | byte;
  return number;
}

}  // namespace

// --- the device ---

Tun::Tun(std::string_view name) : device_(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
  need(device_.is_open(), "open /dev/net/tun");
  ifreq request{};
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  need(::ioctl(device_.get(), TUNSETIFF, &request) == 0, "TUNSETIFF");
}

void Tun::send(const Flow& flow, wire::TcpHeader header, std::string_view text) {
  header.source_port = flow.peer_port;
  header.destination_port = flow.kernel_port;
  const std::size_t tcp_length = wire::tcp_header_length(header) + text.size();
  const wire::Ipv4Header ip{.source = IpAddress::v4(flow.peer_address),
                            .destination = IpAddress::v4(flow.kernel_address),
                            .protocol = wire::kProtocolTcp,
                            .dont_fragment = true,
                            .payload_length = static_cast<std::uint16_t>(tcp_length)};
  std::array<std::byte, 256> packet;
  const std::size_t ip_length = wire::emit_ipv4(ip, packet);
  const std::span<std::byte> segment = std::span(packet).subspan(ip_length, tcp_length);
  const std::size_t header_length = wire::emit_tcp(header, segment);
  std::memcpy(segment.subspan(header_length).data(), text.data(), text.size());
  const std::uint16_t pseudo =
      wire::pseudo_header_sum(ip.source, ip.destination, wire::kProtocolTcp, static_cast<std::uint32_t>(tcp_length));
  wire::finish_checksum(pseudo, segment, std::span<const std::span<const std::byte>>());
  const auto length = static_cast<ssize_t>(ip_length + tcp_length);
  need(::write(device_.get(), packet.data(), static_cast<std::size_t>(length)) == length, "write to the device");
}

std::vector<Heard> Tun::drain() {
  std::vector<Heard> heard;
  std::array<std::byte, 4096> packet;
  while (true) {
    const ssize_t length = ::read(device_.get(), packet.data(), packet.size());
    if (length <= 0) break;
    const auto ip = wire::parse_ipv4(std::span(packet).first(static_cast<std::size_t>(length)));
    if (!ip || ip->header.protocol != wire::kProtocolTcp) continue;
    const auto tcp = wire::parse_tcp(ip->payload);
    if (!tcp) fail("the kernel sent a segment that cannot be read");
    heard.push_back({.flow = {.kernel_address = number_of(ip->header.source),
                              .peer_address = number_of(ip->header.destination),
                              .kernel_port = tcp->header.source_port,
                              .peer_port = tcp->header.destination_port},
                     .header = tcp->header,
                     .text_length = static_cast<std::uint32_t>(ip->payload.size() - tcp->text_offset)});
  }
  return heard;
}

// --- sock_diag ---

Diagnosis::Diagnosis() : netlink_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
  need(netlink_.is_open(), "socket of sock_diag");
}

namespace {

std::string name_of_state(int number) {
  static constexpr const char* kNames[] = {"?",          "ESTABLISHED", "SYN-SENT",    "SYN-RECEIVED", "FIN-WAIT-1",
                                           "FIN-WAIT-2", "TIME-WAIT",   "CLOSED",      "CLOSE-WAIT",   "LAST-ACK",
                                           "LISTEN",     "CLOSING",     "SYN-RECEIVED"};
  return number > 0 && number < static_cast<int>(std::size(kNames)) ? kNames[number] : "?";
}

}  // namespace

std::string Diagnosis::state_of(const Flow& flow) {
  struct {
    nlmsghdr header;
    inet_diag_req_v2 body;
  } request{};
  request.header = {.nlmsg_len = sizeof request,
                    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                    .nlmsg_flags = NLM_F_REQUEST,
                    .nlmsg_seq = 0,
                    .nlmsg_pid = 0};
  request.body.sdiag_family = AF_INET;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  request.body.id.idiag_sport = htons(flow.kernel_port);
  request.body.id.idiag_dport = htons(flow.peer_port);
  request.body.id.idiag_src[0] = htonl(flow.kernel_address);
  request.body.id.idiag_dst[0] = htonl(flow.peer_address);
  request.body.id.idiag_cookie[0] = request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  need(::send(netlink_.get(), &request, sizeof request, 0) == sizeof request, "send to sock_diag");
  alignas(nlmsghdr) std::array<std::byte, 4096> answer;
  const ssize_t length = ::recv(netlink_.get(), answer.data(), answer.size(), 0);
  need(length >= static_cast<ssize_t>(sizeof(nlmsghdr)), "receive from sock_diag");
  nlmsghdr header;
  std::memcpy(&header, answer.data(), sizeof header);
  if (header.nlmsg_type == NLMSG_ERROR) {
    nlmsgerr error;
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    if (error.error != -ENOENT) fail(std::string("sock_diag: ") + std::strerror(-error.error));
    return "CLOSED";
  }
  inet_diag_msg body;
  std::memcpy(&body, answer.data() + NLMSG_HDRLEN, sizeof body);
  return name_of_state(body.idiag_state);
}

// --- sockets ---

namespace {

int new_socket() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  need(descriptor >= 0, "socket");
  // Urgent text where it stands, as RFC 6093 has it.
  const int on = 1;
  need(::setsockopt(descriptor, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on) == 0, "SO_OOBINLINE");
  return descriptor;
}

}  // namespace

Socket Socket::listening(std::uint32_t address, std::uint16_t port) {
  Socket result(new_socket());
  const sockaddr_in place = socket_address(address, port);
  const int on = 1;
  need(::setsockopt(result.descriptor_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "SO_REUSEADDR");
  need(::bind(result.descriptor_.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0, "bind");
  need(::listen(result.descriptor_.get(), 1024) == 0, "listen");
  return result;
}

Socket Socket::connecting(Flow& flow) {
  Socket result(new_socket());
  const sockaddr_in place = socket_address(flow.peer_address, flow.peer_port);
  const int done = ::connect(result.descriptor_.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place);
  need(done == -1 && errno == EINPROGRESS, "connect");
  sockaddr_in own{};
  socklen_t size = sizeof own;
  need(::getsockname(result.descriptor_.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0, "getsockname");
  flow.kernel_port = ntohs(own.sin_port);
  return result;
}

Socket Socket::accept() { return Socket(::accept4(descriptor_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)); }

void Socket::send(std::string_view text) {
  const auto length = static_cast<ssize_t>(text.size());
  need(::send(descriptor_.get(), text.data(), text.size(), MSG_NOSIGNAL) == length, "send");
}

void Socket::half_close() { need(::shutdown(descriptor_.get(), SHUT_WR) == 0, "shutdown"); }

std::string Socket::take() {
  std::string text;
  std::array<char, 64> part;
  while (true) {
    const ssize_t length = ::recv(descriptor_.get(), part.data(), part.size(), MSG_DONTWAIT);
    if (length <= 0) return text;
    text.append(part.data(), static_cast<std::size_t>(length));
  }
}

void Socket::abort() {
  if (!is_open()) return;
  const linger nothing{.l_onoff = 1, .l_linger = 0};
  need(::setsockopt(descriptor_.get(), SOL_SOCKET, SO_LINGER, &nothing, sizeof nothing) == 0, "SO_LINGER");
  descriptor_.reset();
}

}  // namespace handfast::interop

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "packetdrill_so/adapter.h"
#include "packetdrill_so/convert.h"
#include "packetdrill_so/interface.h"

// The functions of the table, and the two of the C library that packetdrill calls on our descriptors behind its back:
// close() at the end of a script, and getsockopt() for TCP_INFO. Both are found here first where this object is
// preloaded.

namespace handfast::packetdrill_so {

namespace {

using posix::Outcome;
using posix::SocketAddress;
using posix::SocketCalls;
using posix::Turn;

// The one that lives, for close() and getsockopt(). Set and cleared by packetdrill's first thread.
Adapter* g_adapter = nullptr;

Adapter& adapter(void* userdata) { return *static_cast<Adapter*>(userdata); }

// -1 and errno, as the system has it.
template <typename Number>
Number answer(const Outcome& outcome) {
  if (outcome.error == 0) return static_cast<Number>(outcome.value);
  errno = outcome.error;
  return -1;
}

template <typename Number>
Number refuse(int error) {
  errno = error;
  return -1;
}

// --- Opening ---

int so_socket(void* userdata, int family, int type, int protocol) {
  adapter(userdata).look_at_sysctls();
  return answer<int>(
      adapter(userdata).perform([=](SocketCalls& calls, Turn) { return calls.socket(family, type, protocol); }));
}

int so_bind(void* userdata, int descriptor, const sockaddr* address, socklen_t length) {
  const auto local = read_address(address, length);
  if (!local) return refuse<int>(EINVAL);
  return answer<int>(
      adapter(userdata).perform([&](SocketCalls& calls, Turn) { return calls.bind(descriptor, *local); }));
}

int so_listen(void* userdata, int descriptor, int backlog) {
  adapter(userdata).look_at_sysctls();
  return answer<int>(adapter(userdata).perform(
      [=](SocketCalls& calls, Turn turn) { return calls.listen(descriptor, backlog, turn.now); }));
}

int so_accept(void* userdata, int descriptor, sockaddr* address, socklen_t* length) {
  SocketAddress peer;
  const Outcome outcome =
      adapter(userdata).perform([&](SocketCalls& calls, Turn turn) { return calls.accept(descriptor, &peer, turn); });
  if (outcome.error == 0) write_address(peer, address, length);
  return answer<int>(outcome);
}

int so_connect(void* userdata, int descriptor, const sockaddr* address, socklen_t length) {
  adapter(userdata).look_at_sysctls();
  const auto peer = read_address(address, length);
  if (!peer) return refuse<int>(EINVAL);
  return answer<int>(
      adapter(userdata).perform([&](SocketCalls& calls, Turn turn) { return calls.connect(descriptor, *peer, turn); }));
}

// --- Text ---

ssize_t so_recv(void* userdata, int descriptor, void* text, size_t size, int flags) {
  const posix::Buffer buffer{static_cast<std::byte*>(text), size};
  return answer<ssize_t>(adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.recv(descriptor, buffer, flags, turn); }));
}

ssize_t so_read(void* userdata, int descriptor, void* text, size_t size) {
  return so_recv(userdata, descriptor, text, size, 0);
}

ssize_t so_readv(void* userdata, int descriptor, const iovec* parts, int count) {
  if (count < 0) return refuse<ssize_t>(EINVAL);
  const std::vector<posix::Buffer> rooms = buffers(parts, static_cast<std::size_t>(count));
  return answer<ssize_t>(
      adapter(userdata).perform([&](SocketCalls& calls, Turn turn) { return calls.readv(descriptor, rooms, turn); }));
}

ssize_t so_recvfrom(void* userdata, int descriptor, void* text, size_t size, int flags, sockaddr*, socklen_t*) {
  return so_recv(userdata, descriptor, text, size, flags);
}

ssize_t so_recvmsg(void* userdata, int descriptor, msghdr* message, int flags) {
  const std::vector<posix::Buffer> parts = buffers(message->msg_iov, message->msg_iovlen);
  posix::ReceivedMessage received{.parts = parts, .takes_control = message->msg_controllen > 0};
  const Outcome outcome = adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.recvmsg(descriptor, received, flags, turn); });
  if (outcome.error == 0) write_control(received, *message);
  return answer<ssize_t>(outcome);
}

ssize_t transmit(void* userdata, int descriptor, const posix::SentMessage& message, int flags) {
  if ((flags & MSG_FASTOPEN) != 0) adapter(userdata).look_at_sysctls();
  return answer<ssize_t>(adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.sendmsg(descriptor, message, flags, turn); }));
}

ssize_t so_sendto(void* userdata, int descriptor, const void* text, size_t size, int flags, const sockaddr* address,
                  socklen_t length) {
  const posix::ConstBuffer buffer{static_cast<const std::byte*>(text), size};
  const auto to = read_address(address, length);
  if (address != nullptr && !to) return refuse<ssize_t>(EINVAL);
  const posix::SentMessage message{.parts = std::span(&buffer, 1), .name = to ? &*to : nullptr};
  return transmit(userdata, descriptor, message, flags);
}

ssize_t so_send(void* userdata, int descriptor, const void* text, size_t size, int flags) {
  return so_sendto(userdata, descriptor, text, size, flags, nullptr, 0);
}

ssize_t so_write(void* userdata, int descriptor, const void* text, size_t size) {
  return so_send(userdata, descriptor, text, size, 0);
}

ssize_t so_writev(void* userdata, int descriptor, const iovec* parts, int count) {
  if (count < 0) return refuse<ssize_t>(EINVAL);
  const std::vector<posix::ConstBuffer> all = const_buffers(parts, static_cast<std::size_t>(count));
  return transmit(userdata, descriptor, {.parts = all}, 0);
}

ssize_t so_sendmsg(void* userdata, int descriptor, const msghdr* message, int flags) {
  const std::vector<posix::ConstBuffer> all = const_buffers(message->msg_iov, message->msg_iovlen);
  const auto to = read_address(static_cast<const sockaddr*>(message->msg_name), message->msg_namelen);
  return transmit(userdata, descriptor, {.parts = all, .name = to ? &*to : nullptr}, flags);
}

// --- Settings ---

int so_fcntl(void* userdata, int descriptor, int command, ...) {
  int argument = 0;
  if (command == F_SETFL || command == F_SETFD) {
    va_list arguments;
    va_start(arguments, command);
    argument = va_arg(arguments, int);
    va_end(arguments);
  }
  return answer<int>(
      adapter(userdata).perform([=](SocketCalls& calls, Turn) { return calls.fcntl(descriptor, command, argument); }));
}

int so_ioctl(void* userdata, int descriptor, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  int* const value = va_arg(arguments, int*);
  va_end(arguments);
  if (value == nullptr) return refuse<int>(EFAULT);
  return answer<int>(adapter(userdata).perform(
      [&](SocketCalls& calls, Turn) { return calls.io_control(descriptor, static_cast<unsigned>(request), *value); }));
}

int so_getsockopt(void* userdata, int descriptor, int level, int name, void* value, socklen_t* length) {
  posix::Buffer buffer{static_cast<std::byte*>(value), *length};
  const Outcome outcome = adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.getsockopt(descriptor, level, name, buffer, turn.now); });
  if (outcome.error == 0) *length = static_cast<socklen_t>(buffer.size);
  return answer<int>(outcome);
}

int so_setsockopt(void* userdata, int descriptor, int level, int name, const void* value, socklen_t length) {
  adapter(userdata).look_at_sysctls();
  const posix::ConstBuffer buffer{static_cast<const std::byte*>(value), length};
  return answer<int>(adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.setsockopt(descriptor, level, name, buffer, turn.now); }));
}

// --- Ending ---

int so_close(void* userdata, int descriptor) {
  return answer<int>(
      adapter(userdata).perform([=](SocketCalls& calls, Turn turn) { return calls.close(descriptor, turn); }));
}

int so_shutdown(void* userdata, int descriptor, int how) {
  return answer<int>(adapter(userdata).perform(
      [=](SocketCalls& calls, Turn turn) { return calls.shutdown(descriptor, how, turn.now); }));
}

// --- Readiness ---

int so_poll(void* userdata, pollfd* entries, nfds_t count, int timeout_ms) {
  std::vector<posix::PollEntry> asked;
  for (nfds_t i = 0; i < count; ++i) {
    asked.push_back({.descriptor = entries[i].fd, .events = static_cast<std::uint16_t>(entries[i].events)});
  }
  const Outcome outcome =
      adapter(userdata).perform([&](SocketCalls& calls, Turn turn) { return calls.poll(asked, timeout_ms, turn); });
  for (nfds_t i = 0; i < count; ++i) entries[i].revents = static_cast<short>(asked[i].revents);
  return answer<int>(outcome);
}

int so_epoll_create(void* userdata, int size) {
  return answer<int>(adapter(userdata).perform([=](SocketCalls& calls, Turn) { return calls.epoll_create(size); }));
}

int so_epoll_ctl(void* userdata, int instance, int operation, int descriptor, epoll_event* event) {
  posix::EpollEvent asked;
  if (event != nullptr) asked = {.events = event->events, .data = event->data.u64};
  return answer<int>(adapter(userdata).perform(
      [&](SocketCalls& calls, Turn) { return calls.epoll_ctl(instance, operation, descriptor, asked); }));
}

int so_epoll_wait(void* userdata, int instance, epoll_event* events, int most, int timeout_ms) {
  std::vector<posix::EpollEvent> found(most > 0 ? static_cast<std::size_t>(most) : 0);
  const Outcome outcome = adapter(userdata).perform(
      [&](SocketCalls& calls, Turn turn) { return calls.epoll_wait(instance, found, timeout_ms, turn); });
  for (std::int64_t i = 0; outcome.error == 0 && i < outcome.value; ++i) {
    const posix::EpollEvent& event = found[static_cast<std::size_t>(i)];
    events[i].events = event.events;
    events[i].data.u64 = event.data;
  }
  return answer<int>(outcome);
}

// --- The device and the clock ---

int so_netdev_send(void* userdata, const void* packet, size_t size) {
  return adapter(userdata).send({static_cast<const std::byte*>(packet), size}) ? 0 : -1;
}

int so_netdev_receive(void* userdata, void* packet, size_t* size, long long* microseconds) {
  *size = adapter(userdata).receive({static_cast<std::byte*>(packet), *size}, *microseconds);
  // packetdrill asks for ever where it is told that nothing came; a packet of no bytes makes it stop and say where.
  if (*size == 0) std::fprintf(stderr, "handfast: no packet for a long time\n");
  return 0;
}

int so_usleep(void* userdata, useconds_t microseconds) {
  adapter(userdata).sleep(std::chrono::microseconds(microseconds));
  return 0;
}

int so_gettimeofday(void* userdata, timeval* time, struct timezone*) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(adapter(userdata).time()).count();
  time->tv_sec = us / 1'000'000;
  time->tv_usec = us % 1'000'000;
  return 0;
}

// --- What there is none of ---

int so_pipe(void*, int*) { return refuse<int>(ENOSYS); }

int so_splice(void*, int, loff_t*, int, loff_t*, size_t, unsigned) { return refuse<int>(ENOSYS); }

void so_free(void* userdata) {
  g_adapter = nullptr;
  delete static_cast<Adapter*>(userdata);
}

bool is_ours(int descriptor) { return g_adapter != nullptr && descriptor >= 1000; }

}  // namespace
}  // namespace handfast::packetdrill_so

namespace so = handfast::packetdrill_so;

extern "C" {

__attribute__((visibility("default"))) void packetdrill_interface_init(const char* flags,
                                                                       packetdrill_interface* table) {
  std::string wrong;
  const auto options = so::Options::parse(flags == nullptr ? "" : flags, wrong);
  if (!options) {
    std::fprintf(stderr, "handfast: --so_flags: what is \"%s\"?\n", wrong.c_str());
    std::exit(EXIT_FAILURE);
  }
  so::g_adapter = new so::Adapter(*options);
  *table = {.userdata = so::g_adapter,
            .free = so::so_free,
            .socket = so::so_socket,
            .bind = so::so_bind,
            .listen = so::so_listen,
            .accept = so::so_accept,
            .connect = so::so_connect,
            .read = so::so_read,
            .readv = so::so_readv,
            .recv = so::so_recv,
            .recvfrom = so::so_recvfrom,
            .recvmsg = so::so_recvmsg,
            .write = so::so_write,
            .writev = so::so_writev,
            .send = so::so_send,
            .sendto = so::so_sendto,
            .sendmsg = so::so_sendmsg,
            .fcntl = so::so_fcntl,
            .ioctl = so::so_ioctl,
            .close = so::so_close,
            .shutdown = so::so_shutdown,
            .getsockopt = so::so_getsockopt,
            .setsockopt = so::so_setsockopt,
            .poll = so::so_poll,
            .netdev_send = so::so_netdev_send,
            .netdev_receive = so::so_netdev_receive,
            .usleep = so::so_usleep,
            .gettimeofday = so::so_gettimeofday,
            .epoll_create = so::so_epoll_create,
            .epoll_ctl = so::so_epoll_ctl,
            .epoll_wait = so::so_epoll_wait,
            .pipe = so::so_pipe,
            .splice = so::so_splice};
}

__attribute__((visibility("default"))) int close(int descriptor) {
  if (so::is_ours(descriptor)) return so::so_close(so::g_adapter, descriptor);
  return static_cast<int>(::syscall(SYS_close, descriptor));
}

__attribute__((visibility("default"))) int getsockopt(int descriptor, int level, int name, void* value,
                                                      socklen_t* length) noexcept {
  if (so::is_ours(descriptor)) return so::so_getsockopt(so::g_adapter, descriptor, level, name, value, length);
  return static_cast<int>(::syscall(SYS_getsockopt, descriptor, level, name, value, length));
}

}  // extern "C"

// Asks a server on the other side of a TUN device twice: ask_twice DEVICE OWN/LENGTH PEER:PORT TEXT. The first
// connection asks for a fast open cookie too, and the SYN of the second takes the text along, if the server gave one
// (RFC 7413). Prints what came back, and how each text travelled.

#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "drivers/event_loop.h"
#include "drivers/system_random.h"
#include "drivers/tun.h"
#include "handfast/tcp_socket.h"

namespace {

using namespace handfast;
using drivers::EventLoop;

constexpr Duration kPatience = std::chrono::seconds(20);
// The kernel sends nothing to a device that was just attached before it has noticed, which takes up to a second. A SYN
// that is lost on that would go again without the option.
constexpr Duration kAttaching = std::chrono::milliseconds(1200);

struct Asked {
  Endpoint peer;
  std::string_view text;
};

// Sends the text, takes everything up to the peer's end, and closes. False: it did not work out.
bool ask(EventLoop& loop, const Asked& asked) {
  Host& host = loop.host();
  ConnectOptions options;
  options.peer = asked.peer;
  options.fast_open = true;
  auto socket = TcpSocket::connect(host, options, loop.now());
  // What is sent before the loop turns goes with the SYN.
  if (!socket || !socket->send(std::as_bytes(std::span(asked.text)), loop.now())) return false;
  std::string answer;
  bool over = false;
  bool failed = false;
  loop.on_event([&](const Event& event) {
    std::array<std::byte, 4096> bytes;
    for (auto got = socket->receive(bytes, loop.now()); got; got = socket->receive(bytes, loop.now())) {
      if (*got == 0) over = true;
      if (*got == 0) break;
      answer.append(reinterpret_cast<const char*>(bytes.data()), *got);
    }
    failed = failed || (event.readiness & Readiness::kFailed) != 0;
  });
  const Instant until = loop.now() + kPatience;
  while (!over && !failed && loop.now() < until) {
    if (!loop.turn(std::chrono::milliseconds(100))) return false;
  }
  const auto info = socket->info();
  if (!over || failed || !info) return false;
  std::printf("answer: %s (the text went %s)\n", answer.c_str(),
              info->fast_open ? "with the SYN" : "after the handshake");
  return socket->close(loop.now()).has_value();
}

int run(const char* device_name, std::string_view own, std::string_view peer, std::string_view text) {
  const auto prefix = Prefix::parse(own);
  const auto endpoint = Endpoint::parse(peer);
  if (!prefix || !endpoint) return std::fputs("ask_twice: not an address\n", stderr), 2;
  auto device = drivers::open_tun(device_name);
  if (!device) return std::fprintf(stderr, "ask_twice: %s\n", device.error().to_string().c_str()), 3;
  drivers::SystemRandom random;
  auto host = Host::create(Config(), random);
  if (!host) return 3;
  InterfaceConfig interface;
  interface.addresses = {*prefix};
  const auto id = (*host)->add_interface(interface);
  auto loop = EventLoop::create(**host);
  if (!id || !loop || !(*loop)->add_device(**device, *id)) return 3;
  for (const Instant until = (*loop)->now() + kAttaching; (*loop)->now() < until;) {
    if (!(*loop)->turn(std::chrono::milliseconds(100))) return 3;
  }
  for (int i = 0; i < 2; ++i) {
    if (!ask(**loop, {.peer = *endpoint, .text = text})) return std::fputs("ask_twice: no answer\n", stderr), 1;
  }
  (*loop)->begin_shutdown(std::chrono::seconds(2));
  return (*loop)->run() ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  if (count != 5) return std::fputs("usage: ask_twice DEVICE OWN/LENGTH PEER:PORT TEXT\n", stderr), 2;
  return run(words[1], words[2], words[3], words[4]);
}

// Two hosts in one program, joined by a wire that is a loop: what one sends, the other receives. One listens and
// answers in capitals; the other connects, asks, and closes. No device, no privilege, no clock: time stands still
// unless a deadline is to come.

#include <array>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "handfast/tcp_socket.h"

namespace {

using namespace handfast;

class DeviceRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(device_());
  }

 private:
  std::random_device device_;
};

std::unique_ptr<Host> make_host(Random& random, std::string_view address) {
  auto host = Host::create(Config(), random);
  const auto prefix = Prefix::parse(address);
  if (!host || !prefix) return nullptr;
  InterfaceConfig interface;
  interface.addresses = {*prefix};
  return (*host)->add_interface(interface) ? std::move(*host) : nullptr;
}

// Carries what `from` has to say to `to`, gathered into one buffer a frame, as a wire would.
std::size_t carry(Host& from, Host& to, Instant now) {
  std::array<Frame, 16> frames;
  const std::size_t count = from.poll_transmit(frames, now);
  for (Frame& frame : std::span(frames).first(count)) {
    std::optional<Slice> whole = to.allocate(frame.size());
    if (!whole) return 0;
    std::byte* at = whole->mutable_bytes().data();
    for (const Slice& part : frame.used()) {
      std::memcpy(at, part.bytes().data(), part.size());
      at += part.size();
    }
    frame.clear();
    frame.add(std::move(*whole));
  }
  to.receive(std::span(frames).first(count), now);
  return count;
}

void settle(Host& a, Host& b, Instant now) {
  while (carry(a, b, now) + carry(b, a, now) > 0) {
  }
}

std::string take(TcpSocket& socket, Instant now) {
  std::array<std::byte, 256> bytes;
  const auto count = socket.receive(bytes, now);
  return count ? std::string(reinterpret_cast<const char*>(bytes.data()), *count) : std::string();
}

bool give(TcpSocket& socket, std::string_view text, Instant now) {
  return socket.send(std::as_bytes(std::span(text)), now) == text.size();
}

int run() {
  DeviceRandom random;
  const Instant now{std::chrono::seconds(1)};
  const auto opener = make_host(random, "192.0.2.1/24");
  const auto answerer = make_host(random, "192.0.2.2/24");
  const auto echo = Endpoint::parse("192.0.2.2:7");
  if (!opener || !answerer || !echo) return 1;

  ListenOptions listen;
  listen.local.port = 7;
  auto listener = TcpListener::listen(*answerer, listen, now);
  ConnectOptions connect;
  connect.peer = *echo;
  auto asking = TcpSocket::connect(*opener, connect, now);
  if (!listener || !asking) return 1;
  settle(*opener, *answerer, now);

  auto answering = listener->accept(now);
  if (!answering || !give(*asking, "a question", now)) return 1;
  settle(*opener, *answerer, now);
  std::string text = take(*answering, now);
  for (char& letter : text) letter = static_cast<char>(std::toupper(letter));
  if (!give(*answering, text, now)) return 1;
  settle(*opener, *answerer, now);

  const std::string answer = take(*asking, now);
  std::printf("asked in small letters, answered: %s\n", answer.c_str());
  const auto info = asking->info();
  std::printf("%s is %s\n", info->tuple.host.to_string().c_str(), std::string(to_string(info->state)).c_str());
  return answer == "A QUESTION" ? 0 : 1;
}

}  // namespace

int main() { return run(); }

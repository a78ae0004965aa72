#include "pair/pair.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "sim/packet.h"
#include "version.h"

namespace handfast::pair {

namespace {

std::string describe(const Bytes& frame) {
  const sim::Packet packet = sim::read_packet(frame, LinkKind::kIp);
  EXPECT_EQ(packet.kind, sim::Packet::Kind::kTcp) << packet.fault;
  std::string words;
  constexpr std::pair<std::uint8_t, const char*> kNames[] = {
      {sim::Packet::kSyn, "SYN"}, {sim::Packet::kFin, "FIN"}, {sim::Packet::kRst, "RST"}, {sim::Packet::kAck, "ACK"}};
  for (const auto& [flag, name] : kNames) {
    if (!packet.has(flag)) continue;
    if (!words.empty()) words += '+';
    words += name;
  }
  if (!packet.text.empty()) words += " " + std::to_string(packet.text.size());
  return words;
}

}  // namespace

// --- End ---

End::End(Pair& pair, std::uint8_t number, const Config& config)
    : address(address_under_test(number).address), pair_(&pair) {
  Config named = config;
  named.host_number = number;
  host = *Host::create(named, pair);
  InterfaceConfig interface;
  interface.addresses = {address_under_test(number)};
  EXPECT_TRUE(host->add_interface(interface));
}

TcpListener End::listens(std::uint16_t port, const ListenOptions& options) {
  ListenOptions all = options;
  all.local.port = port;
  auto listener = TcpListener::listen(*host, all, pair_->now());
  EXPECT_TRUE(listener) << listener.error().message();
  return listener ? std::move(*listener) : TcpListener();
}

TcpSocket End::connects(const End& peer, std::uint16_t port, std::uint16_t source_port) {
  auto socket = TcpSocket::connect(*host, {.peer = {peer.address, port}, .source_port = source_port}, pair_->now());
  EXPECT_TRUE(socket) << socket.error().message();
  return socket ? std::move(*socket) : TcpSocket();
}

TcpSocket End::accepts(TcpListener& listener) {
  auto socket = listener.accept(pair_->now());
  EXPECT_TRUE(socket) << socket.error().message();
  return socket ? std::move(*socket) : TcpSocket();
}

bool End::has_none_to_accept(TcpListener& listener) {
  const auto socket = listener.accept(pair_->now());
  return !socket && socket.error() == make_error_code(Error::kWouldBlock);
}

std::uint16_t End::hears(const TcpSocket& socket) {
  for (Event event; host->poll_event(event);) {
    if (const auto* handle = std::get_if<TcpHandle>(&event.source)) heard_[handle->number()] |= event.readiness;
  }
  return std::exchange(heard_[socket.handle().number()], std::uint16_t{0});
}

std::string End::says() {
  std::string words;
  std::array<Frame, 8> frames;
  for (std::size_t count = frames.size(); count == frames.size();) {
    count = host->poll_transmit(frames, pair_->now());
    for (Frame& frame : std::span(frames).first(count)) {
      Bytes whole;
      for (const Slice& part : frame.used()) whole.insert(whole.end(), part.bytes().begin(), part.bytes().end());
      frame.clear();
      if (!words.empty()) words += ", ";
      words += describe(whole);
      wire.push_back(std::move(whole));
    }
  }
  return words;
}

Bytes End::keeps() {
  if (wire.empty()) {
    ADD_FAILURE() << "nothing lies on the wire";
    return {};
  }
  Bytes frame = std::move(wire.front());
  wire.pop_front();
  return frame;
}

// --- Pair ---

Pair::Pair(const Config& of_a, const Config& of_b) : a(*this, 1, of_a), b(*this, 2, of_b) {}

void Pair::fill(std::span<std::byte> bytes) {
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(drawn_++ * 167);
}

void Pair::deliver(End& from) {
  while (!from.wire.empty()) give(other(from), from.keeps());
}

void Pair::give(End& to, const Bytes& frame) {
  std::optional<Slice> whole = to.host->allocate(static_cast<std::uint32_t>(frame.size()));
  ASSERT_TRUE(whole) << "no memory for a frame";
  std::memcpy(whole->mutable_bytes().data(), frame.data(), frame.size());
  Frame arriving;
  arriving.add(std::move(*whole));
  to.host->receive(std::span(&arriving, 1), now_);
}

void Pair::settle() {
  for (int quiet = 0, turns = 0; quiet < 2; ++turns) {
    ASSERT_LT(turns, 100'000) << "the ends do not come to rest";
    quiet = 0;
    for (End* end : {&a, &b}) {
      end->says();
      if (end->wire.empty()) ++quiet;
      if (is_cut_) end->loses();
      deliver(*end);
    }
  }
}

void Pair::serve_deadlines() {
  for (End* end : {&a, &b}) {
    if (end->host->next_deadline() <= now_) end->host->on_deadline(now_);
  }
  settle();
  for (End* end : {&a, &b}) EXPECT_GT(end->host->next_deadline(), now_) << "a deadline that was served is still due";
}

void Pair::pass(Duration time) {
  const Instant until = now_ + time;
  settle();
  while (!testing::Test::HasFatalFailure()) {
    const Instant next = std::min(a.host->next_deadline(), b.host->next_deadline());
    if (next > until) break;
    if (next <= now_) {
      FAIL() << "a deadline stays due";
    }
    now_ = next;
    serve_deadlines();
  }
  now_ = until;
}

std::size_t Pair::sends(TcpSocket& socket, std::string_view text) {
  const auto taken = socket.send(std::as_bytes(std::span(text)), now_);
  return taken.value_or(0);
}

std::string Pair::takes(TcpSocket& socket) {
  std::string all;
  std::array<char, 4096> some;
  for (;;) {
    const auto count = socket.receive(std::as_writable_bytes(std::span(some)), now_);
    if (count.value_or(0) == 0) return all;
    all.append(some.data(), *count);
  }
}

bool Pair::is_at_end(TcpSocket& socket) {
  std::byte byte;
  const auto count = socket.receive(std::span(&byte, 1), now_);
  return count && *count == 0;
}

std::string Pair::carries(TcpSocket& from, std::string_view text, TcpSocket& to) {
  std::string arrived;
  for (int turns = 0; turns < 10'000 && (!text.empty() || from.info()->send_queued > 0); ++turns) {
    text.remove_prefix(sends(from, text));
    pass(10ms);
    arrived += takes(to);
  }
  EXPECT_TRUE(text.empty());
  return arrived;
}

// --- what a socket is like ---

Connected::Connected(const Config& config) : p(config) {
  listener = p.b.listens(80);
  of_a = p.a.connects(p.b, 80);
  p.settle();
  of_b = p.b.accepts(listener);
  (void)p.a.hears(of_a);
  (void)p.b.hears(of_b);
}

std::string_view state_of(const TcpSocket& socket) {
  const auto info = socket.info();
  return info ? to_string(info->state) : "no connection";
}

std::error_code error_of(const TcpSocket& socket) {
  const auto info = socket.info();
  return info ? info->error : info.error();
}

std::string text_of(std::size_t length) {
  std::string text(length, '\0');
  for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

}  // namespace handfast::pair

#include "pair.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "wire/checksum.h"

namespace handfast::bench {

namespace {

constexpr std::uint8_t kNetworkLength = 16;

std::unique_ptr<Host> make_host(const PairOptions& options, std::uint32_t number, Random& random,
                                std::span<const IpAddress> addresses) {
  Config config = options.config;
  config.host_number = number;
  std::unique_ptr<Host> host = must(Host::create(config, random), "Host::create");
  InterfaceConfig interface;
  interface.mtu = options.mtu;
  for (const IpAddress& address : addresses) interface.addresses.push_back({address, kNetworkLength});
  interface.super_segment = options.super_segment;
  interface.checksum_offload = options.super_segment > 0;
  must(host->add_interface(interface), "Host::add_interface");
  return host;
}

}  // namespace

void Pair::CountingRandom::fill(std::span<std::byte> bytes) {
  for (std::byte& byte : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<std::byte>(state >> 56);
  }
}

IpAddress Pair::opener_address(std::uint32_t number) {
  return IpAddress::v4(10, 0, 1, static_cast<std::uint8_t>(1 + number));
}

IpAddress Pair::acceptor_address() { return IpAddress::v4(10, 0, 0, 1); }

Pair::Pair(const PairOptions& options) : addresses_(options.addresses) {
  std::vector<IpAddress> addresses;
  addresses.reserve(addresses_);
  for (std::uint32_t i = 0; i < addresses_; ++i) addresses.push_back(opener_address(i));
  opener_ = make_host(options, 1, random_, addresses);
  const IpAddress acceptor[] = {acceptor_address()};
  acceptor_ = make_host(options, 2, random_, acceptor);
  for (std::uint16_t i = 0; i < options.ports; ++i) {
    const ListenOptions listen{.local = {acceptor_address(), static_cast<std::uint16_t>(kFirstPort + i)},
                               .backlog = 4096,
                               .syn_backlog = options.config.limits.syn_queue,
                               .context = i};
    listeners_.push_back(must(acceptor_->listen(listen, now_), "Host::listen"));
  }
}

// The pieces of a frame into one buffer. A checksum that the sender left open is made in the same pass.
void Pair::gather(const Frame& from, Frame& to, Host& receiver) {
  std::optional<Slice> buffer = receiver.allocate(from.size());
  if (!buffer) fail("Host::allocate: no memory");
  const std::span<std::byte> bytes = buffer->mutable_bytes();
  std::size_t at = 0;
  if (from.checksum == ChecksumState::kPartial) {
    wire::ChecksumAccumulator sum;
    for (const Slice& slice : from.used()) {
      std::span<const std::byte> piece = slice.bytes();
      if (at == 0) {
        std::memcpy(bytes.data(), piece.data(), from.checksum_start);
        piece = piece.subspan(from.checksum_start);
        at = from.checksum_start;
      }
      sum.add_sum(wire::copy_and_sum(piece, bytes.subspan(at, piece.size())), piece.size());
      at += piece.size();
    }
    base::store_be16(bytes.data() + from.checksum_start + from.checksum_offset, sum.finish());
  } else {
    for (const Slice& slice : from.used()) {
      std::memcpy(bytes.data() + at, slice.bytes().data(), slice.size());
      at += slice.size();
    }
  }
  to.slices[0] = *std::move(buffer);
  to.slice_count = 1;
  to.interface = InterfaceId{0};
  to.checksum = ChecksumState::kUnverified;
  to.gso = from.gso;
  to.gso_size = from.gso_size;
}

std::size_t Pair::carry(Host& from, Host& to) {
  std::size_t total = 0;
  std::size_t count = kBatch;
  while (count == kBatch) {
    count = from.poll_transmit(sent_, now_);
    for (std::size_t i = 0; i < count; ++i) {
      gather(sent_[i], arriving_[i], to);
      sent_[i].clear();
    }
    if (count > 0) to.receive(std::span(arriving_).first(count), now_);
    total += count;
  }
  frames_ += total;
  return total;
}

void Pair::carry_all() {
  while (carry_to_acceptor() + carry_to_opener() > 0) {
  }
}

void Pair::lose_what(Host& host) {
  while (const std::size_t count = host.poll_transmit(sent_, now_)) {
    for (std::size_t i = 0; i < count; ++i) sent_[i].clear();
  }
}

void Pair::pass(Duration time) {
  now_ += time;
  if (opener_->next_deadline() <= now_) opener_->on_deadline(now_);
  if (acceptor_->next_deadline() <= now_) acceptor_->on_deadline(now_);
}

TcpHandle Pair::connect() {
  ConnectOptions options;
  options.peer = {acceptor_address(), kFirstPort};
  return must(opener_->connect(options, now_), "Host::connect");
}

TcpHandle Pair::connect_numbered(std::uint32_t number) {
  const std::uint32_t rest = number / kSourcePorts;
  if (number >= tuples()) fail("more connections than 4-tuples");
  ConnectOptions options;
  options.peer = {acceptor_address(), static_cast<std::uint16_t>(kFirstPort + rest / addresses_)};
  options.source = opener_address(rest % addresses_);
  options.source_port = static_cast<std::uint16_t>(1024 + number % kSourcePorts);
  return must(opener_->connect(options, now_), "Host::connect");
}

bool Pair::accept(TcpHandle& handle) {
  for (const ListenerHandle listener : listeners_) {
    const Result<TcpHandle> accepted = acceptor_->accept(listener, now_);
    if (!accepted) continue;
    handle = *accepted;
    return true;
  }
  return false;
}

}  // namespace handfast::bench

#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "handfast/host.h"
#include "host/made_packets.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/neighbor_discovery.h"
#include "wire/tcp.h"

// For the unit tests of this folder: one Host, whose peers are made up frame by frame. What it sends is read with the
// project's own parsers, which have tests of their own.

namespace handfast::host {

struct CountingRandom final : Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next++ * 167);
  }
  std::uint8_t next = 1;
};

/// What a frame of the Host says.
struct Said {
  std::uint8_t interface = 0;
  wire::EthernetHeader link;
  bool is_arp = false;
  wire::ArpPacket arp;
  wire::Ipv4Header ip;   // this one
  wire::Ipv6Header ip6;  // or this one
  IpAddress source;      // and of either
  IpAddress destination;
  std::uint8_t traffic_class = 0;
  std::uint8_t hop_limit = 0;
  wire::TcpHeader tcp;
  std::size_t text_length = 0;
  std::optional<wire::NeighborMessage> neighbor;  // in place of TCP
};

/// A segment for the Host.
struct Heard {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  wire::TcpFlags flags{};
  std::uint8_t traffic_class = 0;
  std::optional<std::uint16_t> mss{};
};

class LoneHost {
 public:
  explicit LoneHost(const Config& config = {}, trace::Sink* sink = nullptr)
      : host_(*Host::create(config, random_, sink)) {}

  Host& host() { return *host_; }
  Instant now() const { return now_; }
  std::uint64_t dropped(DropReason why) const { return host_->counters().dropped(why); }

  /// A TUN interface, or, with a MAC address, an Ethernet one. `address`: "192.0.2.1/24" or "2001:db8::1/64".
  InterfaceId add(std::string_view address, std::optional<MacAddress> mac = {}, std::string_view gateway = {}) {
    InterfaceConfig config;
    config.addresses = {*Prefix::parse(address)};
    if (!mac && !also_.address.is_none()) config.addresses.push_back(also_);
    if (mac) config.link = LinkKind::kEthernet;
    if (mac) config.mac = *mac;
    if (!gateway.empty()) {
      const IpAddress by = *IpAddress::parse(gateway);
      (by.is_v6() ? config.ipv6_gateway : config.gateway) = by;
    }
    links_.push_back(config.link);
    return *host_->add_interface(config);
  }

  /// The TUN interfaces that are added from now on have this address as well.
  void also(std::string_view address) { also_ = *Prefix::parse(address); }

  Result<TcpHandle> connect(std::string_view peer, std::uint16_t source_port = 0, const IpAddress& source = {}) {
    return host_->connect({.peer = *Endpoint::parse(peer), .source = source, .source_port = source_port}, now_);
  }

  /// Time passes; deadlines are served as they come, and what they cause to be sent waits for says().
  void pass(Duration time) {
    for (const Instant until = now_ + time; now_ < until;) {
      now_ = std::min(until, std::max(now_, host_->next_deadline()));
      host_->on_deadline(now_);
    }
  }

  /// Everything that the Host has to send now.
  std::vector<Said> says() {
    std::vector<Said> all;
    std::array<Frame, 8> frames;
    for (std::size_t count = frames.size(); count == frames.size();) {
      count = host_->poll_transmit(frames, now_);
      for (Frame& frame : std::span(frames).first(count)) {
        all.push_back(read(frame));
        frame.clear();
      }
    }
    return all;
  }

  void hears_arp(InterfaceId interface, const wire::ArpPacket& packet) {
    std::vector<std::byte> bytes(wire::kEthernetHeaderLength + wire::kArpPacketLength);
    wire::emit_ethernet(
        {.destination = MacAddress::broadcast(), .source = packet.sender_mac, .ether_type = wire::kEtherTypeArp},
        bytes);
    wire::emit_arp(packet, std::span(bytes).subspan(wire::kEthernetHeaderLength));
    hears(interface, bytes);
  }

  /// A SYN from port 1000 to port 80.
  static wire::TcpHeader syn() {
    wire::TcpHeader tcp;
    tcp.source_port = 1000;
    tcp.destination_port = 80;
    tcp.seq = 99;
    tcp.flags = wire::kSyn;
    tcp.window = 65535;
    return tcp;
  }

  /// A segment without text, over TUN.
  void hears_segment(std::string_view from, std::string_view to, const Heard& heard) {
    const Endpoint source = *Endpoint::parse(from);
    const Endpoint destination = *Endpoint::parse(to);
    wire::TcpHeader tcp;
    tcp.source_port = source.port;
    tcp.destination_port = destination.port;
    tcp.seq = heard.seq;
    tcp.ack = heard.ack;
    tcp.flags = heard.flags;
    tcp.window = 65535;
    tcp.options.mss = heard.mss;
    const FourTuple way{.host = destination, .peer = source};
    hears(InterfaceId{0}, packet_of(way, segment_of(way, tcp), heard.traffic_class));
  }

  /// An ICMP message of the version of these addresses.
  void hears_icmp(const IpAddress& source, const IpAddress& destination, const wire::IcmpFields& fields) {
    hears(InterfaceId{0}, icmp_packet_of({.host = {destination, 0}, .peer = {source, 0}}, fields));
  }

  /// The three segments of a handshake, by a peer that opens. False: no SYN-ACK came.
  bool hears_handshake(std::string_view from, std::string_view to) {
    hears_segment(from, to, {.seq = 99, .flags = wire::kSyn});
    const std::vector<Said> answer = says();
    if (answer.size() != 1 || !answer[0].tcp.flags.has(wire::kSyn | wire::kAck)) return false;
    hears_segment(from, to, {.seq = 100, .ack = answer[0].tcp.seq + 1, .flags = wire::kAck});
    return true;
  }

  void hears(InterfaceId interface, std::span<const std::byte> bytes) {
    Slice whole = *host_->allocate(static_cast<std::uint32_t>(bytes.size()));
    std::memcpy(whole.mutable_bytes().data(), bytes.data(), bytes.size());
    Frame frame;
    frame.interface = interface;
    frame.add(std::move(whole));
    host_->receive(std::span(&frame, 1), now_);
  }

 private:
  Said read(const Frame& frame) const {
    std::vector<std::byte> whole;
    for (const Slice& part : frame.used()) whole.insert(whole.end(), part.bytes().begin(), part.bytes().end());
    Said said;
    said.interface = frame.interface.index;
    std::span<const std::byte> packet = whole;
    if (links_[frame.interface.index] == LinkKind::kEthernet) {
      const auto parsed = wire::parse_ethernet(whole);
      said.link = parsed->header;
      packet = parsed->payload;
      said.is_arp = said.link.ether_type == wire::kEtherTypeArp;
    }
    if (said.is_arp) {
      said.arp = *wire::parse_arp(packet);
      return said;
    }
    const std::span<const std::byte> segment = read_ip(packet, said);
    if (said.source.is_v6() && said.ip6.next_header == wire::kProtocolIcmpv6) {
      said.neighbor = *wire::parse_neighbor(segment);
      return said;
    }
    HANDFAST_CHECK(wire::tcp_checksum_is_valid(said.source, said.destination, segment));
    const auto tcp = wire::parse_tcp(segment);
    said.tcp = tcp->header;
    said.text_length = segment.size() - tcp->text_offset;
    return said;
  }

  static std::span<const std::byte> read_ip(std::span<const std::byte> packet, Said& said) {
    if (const auto ip = wire::parse_ipv6(packet)) {
      said.ip6 = ip->header;
      said.source = ip->header.source;
      said.destination = ip->header.destination;
      said.traffic_class = ip->header.traffic_class;
      said.hop_limit = ip->header.hop_limit;
      return ip->payload;
    }
    const auto ip = wire::parse_ipv4(packet);
    said.ip = ip->header;
    said.ip.options = {};  // Of bytes that go away with this call.
    said.source = ip->header.source;
    said.destination = ip->header.destination;
    said.traffic_class = ip->header.traffic_class;
    said.hop_limit = ip->header.ttl;
    return ip->payload;
  }

  CountingRandom random_;
  std::unique_ptr<Host> host_;
  std::vector<LinkKind> links_;
  Prefix also_;
  Instant now_{std::chrono::seconds(1)};
};

/// Why a verb was refused; nothing where it was not.
template <typename T>
std::error_code error_of(const Result<T>& result) {
  return result ? std::error_code() : result.error();
}

}  // namespace handfast::host

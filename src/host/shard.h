#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/buffer_pool.h"
#include "base/hash_index.h"
#include "base/object_pool.h"
#include "base/ring.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "handfast/host.h"
#include "host/arrival.h"
#include "host/fast_open_peers.h"
#include "host/keys.h"
#include "host/ports.h"
#include "host/rates.h"
#include "host/slots.h"
#include "ip/error_limit.h"
#include "ip/icmp.h"
#include "ip/neighbor_discovery.h"
#include "ip/path_mtu.h"
#include "ip/routes.h"
#include "tcp/context.h"
#include "wire/arp.h"

// The one place where IP and TCP meet. A shard owns the interfaces, finds the connection of a segment, keeps deadlines
// and hands out frames and events; it decides nothing that an RFC decides. Its code stands in files by direction:
// input.cc (frames in), output.cc (frames out), connections.cc (slots, deadlines, events), half_open.cc (SYN queue and
// TIME-WAIT), reopening.cc (a new connection in place of one in TIME-WAIT), syn_cookies.cc (handshakes past the SYN
// queue), fast_open.cc (text with the SYN), paths.cc (MTUs), calls.cc and settings.cc (the caller's verbs), ports.cc.

namespace handfast::host {

class Shard {
 public:
  Shard(const Config& config, const Secrets& secrets, trace::Sink* sink);
  ~Shard();

  Result<InterfaceId> add_interface(const InterfaceConfig& config);
  std::optional<Slice> allocate(std::uint32_t size);
  void receive(std::span<Frame> frames, Instant now);
  std::size_t poll_transmit(std::span<Frame> out, Instant now);
  Instant next_deadline() const;
  void on_deadline(Instant now);
  bool poll_event(Event& event);

  Result<ListenerHandle> listen(const ListenOptions& options, Instant now);
  Result<TcpHandle> accept(ListenerHandle handle, Instant now);
  Result<void> set_context(TcpHandle handle, std::uint64_t context);
  Result<void> change_listener(ListenerHandle handle, const ListenOptions& options, Instant now);
  Result<void> close_listener(ListenerHandle handle, Instant now);
  Result<ListenerInfo> listener_info(ListenerHandle handle) const;
  Result<TcpHandle> connect(const ConnectOptions& options, Instant now);
  std::uint16_t fast_open_mss(const IpAddress& peer, bool without_cookie, Instant now) const;
  FastOpenPeers& fast_open_peers() { return fast_open_peers_; }
  Result<std::size_t> send(TcpHandle handle, std::span<const std::byte> text, Instant now);
  Result<void> send_slice(TcpHandle handle, Slice text, Instant now);
  Result<std::size_t> send_urgent(TcpHandle handle, std::span<const std::byte> text, Instant now);
  Result<std::size_t> receive_text(TcpHandle handle, std::span<std::byte> text, Instant now);
  Result<std::size_t> peek(TcpHandle handle, std::span<std::byte> text) const;
  Result<Slice> receive_slice(TcpHandle handle, Instant now);
  Result<void> close_send(TcpHandle handle, Instant now);
  Result<void> close(TcpHandle handle, Instant now);
  Result<void> abort(TcpHandle handle, Instant now);
  Result<TcpInfo> info(TcpHandle handle) const;
  Result<void> set_tcp_config(TcpHandle handle, const TcpConfig& tcp, Instant now);
  Result<void> set_nagle(TcpHandle handle, bool on, Instant now);
  Result<void> set_diff_serv(TcpHandle handle, std::uint8_t diff_serv, Instant now);
  Result<void> set_ttl(TcpHandle handle, std::uint8_t ttl, Instant now);
  Result<void> set_cork(TcpHandle handle, bool on, Instant now);
  Result<void> set_push(TcpHandle handle, bool on, Instant now);
  Result<void> end_record(TcpHandle handle, Instant now);
  Result<void> set_quick_ack(TcpHandle handle, bool on, Instant now);
  Result<void> set_unsent_mark(TcpHandle handle, std::uint32_t bytes, Instant now);
  Result<void> await_room(TcpHandle handle, std::uint32_t bytes, Instant now);
  Result<void> set_linger(TcpHandle handle, Duration limit, Instant now);
  Result<void> set_keep_alive(TcpHandle handle, bool on, Instant now);
  Result<void> set_error_reports(TcpHandle handle, bool on, Instant now);
  Result<void> set_user_timeout(TcpHandle handle, Duration timeout, Instant now);
  void shutdown(Instant now, Instant deadline);
  bool is_drained() const;

  const Counters& counters() const { return counters_; }
  std::size_t memory_used() const { return static_cast<std::size_t>(memory_.used()); }
  std::uint32_t connection_count() const { return connections_.size(); }
  void set_trace(trace::Sink* sink);

 private:
  class Entered;  // catches call-outs that call back in

  // shard.cc
  void let_time_pass(Instant now);
  void give_reserves_back();
  tcp::Context context_for(std::uint8_t profile, std::uint64_t connection = 0);
  tcp::Context context_with(const TcpConfig& config, std::uint64_t connection = 0);
  Result<std::uint8_t> profile_of(const TcpConfig* config);
  std::uint64_t hash(const FourTuple& tuple) const;
  std::optional<Key> find(const FourTuple& tuple) const;
  const FourTuple& tuple_of(Key key) const;
  void drop(DropReason reason);
  trace::Event event_of(trace::Kind kind) const;

  // input.cc
  void receive_frame(Frame& frame);
  void receive_ethernet(const Slice& frame, ChecksumState checksum, ip::Interface& interface);
  void receive_arp(std::span<const std::byte> payload, ip::Interface& interface);
  void receive_ip(const Slice& whole, ChecksumState checksum, ip::Interface& interface);
  void receive_icmp(const ip::Packet& packet, ip::Interface& interface);
  void receive_icmp_error(const ip::Packet& packet, const ip::IcmpNews& news);
  void receive_tcp(const ip::Packet& packet, const Slice& whole, ChecksumState checksum, ip::Interface& interface);
  void dispatch(Arrival& arrival);
  void arrives_at_connection(std::uint32_t index, Arrival& arrival);
  void arrives_at_listener(Arrival& arrival, std::optional<tcp::SeqNum> beyond);
  std::optional<std::uint32_t> find_listener(const Endpoint& local);
  void refuse(const Arrival& arrival, const tcp::Verdict& verdict);
  void trace_unowned(trace::Kind kind, const FourTuple& tuple, const tcp::Segment& segment, const tcp::Verdict& verdict,
                     TcpHandle of = {});

  // paths.cc
  void tell_path(ConnectionSlot& slot, tcp::Context& context);
  void note_path(const FourTuple& tuple, const tcp::Context& context);

  // half_open.cc
  void arrives_at_half_open(std::uint32_t index, Arrival& arrival);
  void icmp_error_at_half_open(std::uint32_t index, tcp::SeqNum seq, const ip::IcmpNews& news);
  void arrives_at_time_wait(std::uint32_t index, Arrival& arrival);
  void add_half_open(std::uint32_t listener, tcp::Connection& connection);
  void promote(std::uint32_t index, tcp::Connection connection, std::uint8_t received_diff_serv);
  std::optional<std::uint32_t> hand_to_listener(std::uint32_t listener, tcp::Connection connection,
                                                std::uint8_t received_diff_serv);
  bool syn_queue_is_full(std::uint32_t listener) const;
  bool syn_queue_is_pressed(const tcp::Listener& listener) const;
  void half_open_changed(std::uint32_t index, tcp::Connection& connection);
  void remove_half_open(std::uint32_t index);
  void remove_time_wait(std::uint32_t index);
  void half_open_deadline(std::uint32_t index);
  void time_wait_deadline(std::uint32_t index);
  void compact_time_wait(std::uint32_t index);
  void evict_time_wait();

  // reopening.cc
  bool may_reopen(const Endpoint& local);
  void reopen(Key old, Arrival& arrival, tcp::SeqNum beyond);
  void come_back(const Aside& aside);
  void replaced(const Aside& aside);

  // syn_cookies.cc
  void answer_with_cookie(std::uint32_t index, const Arrival& arrival);
  void arrives_with_cookie(std::uint32_t index, Arrival& arrival);
  tcp::Opening opening_of(const Arrival& arrival, const tcp::Listener& listener) const;

  // fast_open.cc
  bool may_accept_early(const tcp::Listener& listener, const Arrival& arrival);
  void accept_early(std::uint32_t listener, tcp::Connection connection, std::uint8_t received_diff_serv);
  std::uint32_t early_connections();
  void early_ended(ConnectionSlot& slot);
  void note_fast_open(const tcp::Connection& connection, const tcp::Segment& syn_ack);

  // connections.cc
  std::optional<std::uint32_t> add_connection(tcp::Connection connection, std::uint64_t context);
  void settle(std::uint32_t index);
  void remove_connection(std::uint32_t index);
  void leave_table(std::uint32_t index);
  bool* transmit_flag(Key key);
  void want_transmit(Key key);
  void forget_stale_transmits();
  bool* event_flag(std::uint64_t packed);
  void want_event(std::uint64_t packed);
  void tell(std::uint32_t index, std::uint16_t readiness);
  void tell_listener(std::uint32_t index);
  void send_reset(const FourTuple& tuple, const tcp::ResetReply& reset, TcpHandle of = {});
  ConnectionSlot* slot(TcpHandle handle);
  const ConnectionSlot* live(TcpHandle handle) const;
  TcpHandle handle_of(std::uint32_t index) const;

  // output.cc
  enum class Sent : std::uint8_t { kFrame, kHeld, kNothing };  // kHeld: it waits for a neighbor, or was dropped
  std::size_t transmit_replies(std::span<Frame> out);
  std::size_t transmit_connections(std::span<Frame> out);
  Sent transmit_one(Key key, Frame& frame);
  std::size_t transmit_turn(Key key, std::span<Frame> out, bool& finished);
  bool emit(const FourTuple& tuple, const IpSettings& settings, tcp::Outgoing& out, const ip::Route& route,
            Frame& frame);
  void finish_tcp(const FourTuple& tuple, const ip::Route& route, Frame& frame, std::uint32_t tcp_start);
  Sent put_on_link(Frame& frame, const IpAddress& next_hop, ip::Interface& interface);
  bool take_resolved(Frame& frame);
  void queue_reply(Frame frame, const IpAddress& next_hop);
  void queue_echo_reply(const ip::Packet& request, const ip::IcmpNews& news);
  void ask_neighbor(const IpAddress& address, ip::Interface& interface);
  void queue_arp(const wire::ArpPacket& packet, const MacAddress& destination, ip::Interface& interface);
  void queue_neighbor(const ip::NeighborTalk& talk, ip::Interface& interface);
  void trace_frame(trace::Kind kind, const Frame& frame);
  void left(const Frame& frame);
  std::optional<ip::Route> route_to(const IpAddress& destination, const IpAddress& source) const;

  // settings.cc, calls.cc
  IpSettings ip_settings(std::uint8_t diff_serv, std::uint8_t ttl) const;
  Result<std::uint16_t> choose_port(const IpAddress& source, const Endpoint& peer);
  bool serves(const IpAddress& address) const;
  void drop_listener(std::uint32_t index);
  void let_go(std::uint32_t index);
  void abort_at(std::uint32_t index);
  void end_shutdown();

  Config config_;
  trace::Sink* sink_;
  Counters counters_;
  Instant now_{};
  bool entered_ = false;

  base::MemoryBudget memory_;
  base::BufferPool buffers_;
  base::ObjectPool<tcp::ActiveBlock> active_blocks_;
  base::ObjectPool<tcp::EcnBytes> ecn_bytes_;
  tcp::Resources resources_;
  std::vector<TcpConfig> profiles_;

  Keys keys_;
  PortChooser ports_;
  FastOpenPeers fast_open_peers_;
  EarlyConnections early_;

  std::vector<std::unique_ptr<ip::Interface>> interfaces_;
  base::Slab<ConnectionSlot> connections_;
  base::Slab<HalfOpenSlot> half_open_;
  base::Slab<TimeWaitSlot> time_wait_;
  base::Slab<ListenerSlot> listeners_;
  base::HashIndex table_;
  base::Ring<std::uint64_t> time_wait_order_;

  base::TimerWheel connection_timers_;
  base::TimerWheel half_open_timers_;
  base::TimerWheel time_wait_timers_;

  base::Ring<std::uint32_t> transmit_;
  base::Ring<std::uint64_t> events_;
  base::Ring<Reply> replies_;
  Rates rates_;
  ip::ErrorLimit icmp_error_rate_;
  ip::PathMtuCache paths_;
  tcp::Outgoing outgoing_;  // the segment being sent; kept because it is large to make

  bool shutting_down_ = false;
  Instant shutdown_deadline_ = kNever;
  Instant quiet_at_ = kNever;  // when reserves go back, unless a frame comes
};

}  // namespace handfast::host

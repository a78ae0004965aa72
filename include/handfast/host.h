#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "handfast/config.h"
#include "handfast/counters.h"
#include "handfast/error.h"
#include "handfast/event.h"
#include "handfast/frame.h"
#include "handfast/handle.h"
#include "handfast/listener_info.h"
#include "handfast/random.h"
#include "handfast/tcp_info.h"
#include "handfast/trace_event.h"

namespace handfast {

namespace host {
class Shard;
}

/// What an active OPEN asks for (RFC 9293 §3.9.1.1).
struct ConnectOptions {
  Endpoint peer;
  IpAddress source{};              ///< none: the Host chooses (MUST-44)
  std::uint16_t source_port = 0;   ///< 0: the Host chooses by RFC 6056
  std::uint64_t context = 0;       ///< comes back in every Event of this connection
  const TcpConfig* tcp = nullptr;  ///< null: the Host's; only the call reads it
  /// TCP Fast Open (RFC 7413, 7413-1). The first connection to a peer asks for a cookie; with one, the SYN takes along
  /// what the caller sends before the Host is next asked for frames. The peer's caller may get that text twice, in two
  /// connections (§6.1): only for requests that do no harm then.
  bool fast_open = false;
  /// Text goes with the SYN though no cookie of the peer is known, and none is asked for: only to a peer that is known
  /// to take it, in a network that lets nobody send in another's name (RFC 7413 §6 has what else comes of it).
  bool fast_open_without_cookie = false;
  std::uint8_t diff_serv = 0;  ///< DSCP of every packet, 0 to 63 (RFC 9293 §3.9.1.9)
  std::uint8_t ttl = 0;        ///< TTL of every packet; 0: the Host's
};

/// What a passive OPEN asks for.
struct ListenOptions {
  Endpoint local;                   ///< address none: every address of this Host (MUST-43)
  std::uint32_t backlog = 128;      ///< connections that may wait for accept
  std::uint32_t syn_backlog = 256;  ///< half-open connections of this listener
  std::uint64_t context = 0;
  const TcpConfig* tcp = nullptr;  ///< of the connections that come of it; null: the Host's. Only the call reads it
  /// TCP Fast Open (RFC 7413): peers get cookies, and text that comes with a SYN and a good cookie is taken at once.
  /// The connection can be accepted, read and answered before its handshake is complete; it fails if it never is. The
  /// same text may come twice, in two connections (§6.1).
  bool fast_open = false;
  /// Text of every SYN is taken, with or without a cookie. Whoever forges addresses can then make this host work, and
  /// answer others with more than it was sent (RFC 7413 §5.2, §6): only where the network lets nobody do that.
  bool fast_open_without_cookie = false;
  /// The key of its cookies, which lasts until change_listener brings another: for servers behind one address, which
  /// have to share it. None: the Host's (Secrets::fast_open), whose cookies are good for one to two hours.
  std::optional<SecretKey> fast_open_key{};
  /// The key before that, whose cookies are good too: peers that have them need not begin anew when the key changes.
  std::optional<SecretKey> fast_open_old_key{};
  std::uint8_t diff_serv = 0;  ///< what its connections begin with, as in ConnectOptions
  std::uint8_t ttl = 0;
};

/// One shard of a stack: hand it frames, calls and the time; take frames, events and the next deadline from it.
///
/// Single-threaded, without globals; any number of them in one process. It reads no clock, draws no randomness but from
/// the Random it was given, and makes no system call, so the same inputs give the same outputs byte for byte.
/// Every verb that takes `now` first lets time pass to it; a `now` that goes backward counts as the last one.
class Host {
 public:
  /// `random` and `sink` must outlive the Host. Errors: kInvalidArgument where Config::validate finds a problem,
  /// kNoMemory.
  static Result<std::unique_ptr<Host>> create(const Config& config, Random& random, trace::Sink* sink = nullptr,
                                              const Secrets* secrets = nullptr);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  /// Adds an interface; at most 16. Errors: kInvalidArgument, kLimit.
  Result<InterfaceId> add_interface(const InterfaceConfig& config);

  // --- The driver's side ---

  /// A buffer to receive into, charged to the Host's memory limit; nothing where that is used up.
  std::optional<Slice> allocate(std::uint32_t size);
  /// Takes the slices out of `frames`, which arrived in this order.
  void receive(std::span<Frame> frames, Instant now);
  /// Writes up to out.size() frames and tells how many; call it until it gives fewer than it could.
  std::size_t poll_transmit(std::span<Frame> out, Instant now);
  /// When on_deadline is to be called next; kNever: not before something else happens.
  Instant next_deadline() const;
  /// Lets deadlines up to `now` expire. Too early a call does nothing.
  void on_deadline(Instant now);

  // --- The caller's side ---

  /// Takes the next readiness event; false: there is none.
  bool poll_event(Event& event);

  Result<ListenerHandle> listen(const ListenOptions& options, Instant now);
  /// Takes the oldest connection that waits; kWouldBlock where none does.
  Result<TcpHandle> accept(ListenerHandle listener, Instant now);
  /// The number that comes back in this connection's events.
  Result<void> set_context(TcpHandle connection, std::uint64_t context);
  /// How full its queues are and what they turned away. Errors: kStaleHandle.
  Result<ListenerInfo> listener_info(ListenerHandle listener) const;
  /// What the listener does from the next SYN on; its address stays, and so does what it holds. Errors: kStaleHandle,
  /// kInvalidArgument where options.local is another address, or as listen.
  Result<void> change_listener(ListenerHandle listener, const ListenOptions& options, Instant now);
  /// Ends the listener: half-open connections are dropped, waiting ones reset.
  Result<void> close_listener(ListenerHandle listener, Instant now);
  /// Sends a SYN. The result is told by kConnected or kFailed.
  Result<TcpHandle> connect(const ConnectOptions& options, Instant now);
  /// The MSS of a peer that gave us a fast open cookie: what a SYN to it may carry, its options included (RFC 7413
  /// §4.1.3). 0 where a connection would have to ask for a cookie first, or the peer refused not long ago.
  /// `without_cookie`: for a connection with ConnectOptions::fast_open_without_cookie; of a peer that has not told its
  /// MSS yet, the largest there is.
  std::uint16_t fast_open_mss(const IpAddress& peer, Instant now, bool without_cookie = false) const;
  /// Forgets the fast open cookies of all peers, and who refused.
  void forget_fast_open_peers();

  /// Copies as much of `text` as the send queue has room for and tells how much; kWouldBlock where there is none.
  Result<std::size_t> send(TcpHandle connection, std::span<const std::byte> text, Instant now);
  /// Queues the slice without a copy, or nothing of it (kWouldBlock).
  Result<void> send_slice(TcpHandle connection, Slice text, Instant now);
  /// As send, and what is taken is urgent text: the peer learns at once where it ends, though its window be shut, and
  /// takes it in line with the rest (RFC 9293 §3.8.5, RFC 6093). For protocols that have always used it; RFC 6093 §5
  /// advises new ones against it.
  Result<std::size_t> send_urgent(TcpHandle connection, std::span<const std::byte> text, Instant now);
  /// Copies received text out. 0: the peer closed and everything was taken; kWouldBlock: nothing yet.
  Result<std::size_t> receive(TcpHandle connection, std::span<std::byte> text, Instant now);
  /// Copies received text out and leaves it where it is, window and all. Answers as receive.
  Result<std::size_t> peek(TcpHandle connection, std::span<std::byte> text) const;
  /// Takes the next run of received text without a copy; empty: the peer closed and everything was taken.
  Result<Slice> receive_slice(TcpHandle connection, Instant now);
  /// Half-close: what is queued still goes out, then a FIN; text from the peer can still be taken (RFC 9293 §3.6).
  Result<void> close_send(TcpHandle connection, Instant now);
  /// Lets the connection go: the handle is stale afterwards, queued text and a FIN still go out in the background.
  /// Unread received text turns it into a reset (RFC 9293 §3.6.1, SHLD-3).
  Result<void> close(TcpHandle connection, Instant now);
  /// ABORT (RFC 9293 §3.10.5): queued text is dropped and the peer gets a reset. The handle is stale afterwards.
  Result<void> abort(TcpHandle connection, Instant now);
  /// STATUS (RFC 9293 §3.10.6).
  Result<TcpInfo> info(TcpHandle connection) const;
  /// What a connection does by its TcpConfig it does by `tcp` from now on: times, limits, buffers. Another
  /// keep_alive_idle counts from when the peer was last heard (RFC 9293 §3.8.4, MUST-27). What was agreed in
  /// the handshake stays, and so does what has a verb of its own. Errors: kInvalidArgument where validate finds a
  /// problem, or for another congestion control; kLimit where the connections of this Host have too many different
  /// ones.
  Result<void> set_tcp_config(TcpHandle connection, const TcpConfig& tcp, Instant now);
  Result<void> set_nagle(TcpHandle connection, bool on, Instant now);
  /// The DSCP of what this connection sends from now on, acknowledgments included (RFC 9293 §3.9.1.9). Errors:
  /// kInvalidArgument above 63.
  Result<void> set_diff_serv(TcpHandle connection, std::uint8_t diff_serv, Instant now);
  /// The TTL of what it sends from now on (RFC 9293 §3.9.2). Errors: kInvalidArgument for 0.
  Result<void> set_ttl(TcpHandle connection, std::uint8_t ttl, Instant now);
  /// Corked, only full segments go; what is less waits until it is full, the cork is taken off, close_send, or for
  /// TcpConfig::cork_limit. For a caller that writes one message in pieces.
  Result<void> set_cork(TcpHandle connection, bool on, Instant now);
  /// Whether text given to send from now on is pushed (RFC 9293 §3.9.1.2), as it is in the beginning: the last segment
  /// of pushed text has PSH, which tells the peer's TCP to hand over what it has. Text that more will follow need not
  /// be; it is sent no later for that, and what close_send ends has PSH in any case.
  Result<void> set_push(TcpHandle connection, bool on, Instant now);
  /// The peer's text is acknowledged as soon as it is here, and not after TcpConfig::delayed_ack (RFC 5681 §4.2).
  Result<void> set_quick_ack(TcpHandle connection, bool on, Instant now);
  /// What was sent so far ends a record: text that follows begins a segment of its own, and the last segment of the
  /// record carries PUSH. A peer sees no more of it than that. At most 32 ends wait to be acknowledged; further ones
  /// are not kept.
  Result<void> end_record(TcpHandle connection, Instant now);
  /// From now on kWritable comes only when less than `bytes` of text are unsent; 0: when there is room. send still
  /// takes what there is room for. Text that is not in the queue yet can still be changed.
  Result<void> set_unsent_mark(TcpHandle connection, std::uint32_t bytes, Instant now);
  /// The caller has more text than it gave, and goes on when less than `bytes` are queued, sent or not: kWritable comes
  /// then, once, but no sooner than the send buffer has room and a mark of set_unsent_mark is met. 0: when there is
  /// room. For a caller whose own idea of a full buffer is smaller than TcpConfig::send_buffer, or who wants to be
  /// woken for more than a few bytes. The next send ends the wait. While all that is queued is on its way, the time
  /// counts as TcpInfo::limited_by_send_buffer. Errors: kStaleHandle.
  Result<void> await_room(TcpHandle connection, std::uint32_t bytes, Instant now);
  /// How long close may go on in the background until the peer has acknowledged everything; then the connection is
  /// aborted. Zero: close is an abort. Duration::max(), as in the beginning: as long as R2 lets it. Errors:
  /// kInvalidArgument for a negative time or one of 49 days.
  Result<void> set_linger(TcpHandle connection, Duration limit, Instant now);
  /// Keep-alive of this connection, with the times of its configuration (RFC 9293 §3.8.4, MUST-24). A peer that answers
  /// none ends the connection with kTimedOut.
  Result<void> set_keep_alive(TcpHandle connection, bool on, Instant now);
  /// How long text of this connection may stay unacknowledged: R2 (RFC 9293 §3.8.3, MUST-21; the user timeout of
  /// §3.10.2). Zero: what its configuration says. Errors: kInvalidArgument below one second or above
  /// 31 days.
  Result<void> set_user_timeout(TcpHandle connection, Duration timeout, Instant now);
  /// Whether trouble that may pass (ICMP errors, R1) of this connection is told as Readiness::kSoftError; it is unless
  /// switched off (RFC 9293 §3.9.1.8, SHLD-20). TcpInfo::error and TcpInfo::icmp_error tell of it in any case.
  Result<void> set_error_reports(TcpHandle connection, bool on, Instant now);

  /// Stops listening and opening; closes every connection in good order until `deadline`, then resets what is left.
  void shutdown(Instant now, Instant deadline);
  /// True when nothing of a shutdown is left to wait for.
  bool is_drained() const;

  const Counters& counters() const;
  /// Bytes held now: buffers, connections and tables.
  std::size_t memory_used() const;
  std::uint32_t connection_count() const;
  void set_trace(trace::Sink* sink);

 private:
  explicit Host(std::unique_ptr<host::Shard> shard);
  std::unique_ptr<host::Shard> shard_;
};

}  // namespace handfast

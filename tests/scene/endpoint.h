#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/buffer_pool.h"
#include "base/memory_budget.h"
#include "base/object_pool.h"
#include "handfast/config.h"
#include "handfast/counters.h"
#include "handfast/trace_event.h"
#include "tcp/active_block.h"
#include "tcp/connection.h"
#include "tcp/listener.h"
#include "tcp/time_wait.h"
#include "version.h"

// One end of one connection without a Host around it: what a Host would lend (memory, counters, a configuration, the
// time), and what it would do with a verdict, a deadline and a segment to send. A listener's flow goes the Host's way:
// a temporary Connection in LISTEN for each SYN, a compact entry while half-open, a Connection from ESTABLISHED on, and
// a compact entry again in TIME-WAIT once the caller has let go. Both compact forms can be switched off, so that a test
// can hold the two ways against each other.

namespace handfast::scene {

/// The defaults, with the congestion control whose arithmetic can be followed in the head.
inline TcpConfig plain_config() {
  TcpConfig config;
  config.congestion_control = CongestionControl::kNewReno;
  return config;
}

struct LoneEndOptions {
  TcpConfig config = plain_config();
  std::uint32_t iss = 0xFFFFFF00;               ///< just below the wrap
  std::uint32_t timestamp_offset = 0xFFFFF000;  ///< TSval at the origin of time: wraps after about four seconds
  std::uint16_t mss = 1460;                     ///< what the path carries
  IpVersion version = version_under_test();
  std::uint64_t memory = base::MemoryBudget::kUnlimited;
  std::uint32_t largest_text = 0;  ///< of a super-segment
  bool compact_half_open = true;
  bool compact_time_wait = true;
  std::optional<tcp::FastOpenOffer> fast_open = {};  ///< of an active OPEN
  bool grants_fast_open = false;                     ///< the listener gives cookies
  bool accepts_early = false;                        ///< and finds every cookie good
  trace::Sink* trace = nullptr;
};

/// A segment that left, with its text.
struct Sent {
  Instant at;
  tcp::Segment segment;
  std::string text;
  std::uint32_t segment_size = 0;  ///< not 0: a super-segment, to be cut into texts of this size
  bool again = false;
  bool stateless = false;  ///< a reset that no connection sends
  trace::Reason reason = trace::Reason::kNone;
};

class LoneEnd {
 public:
  explicit LoneEnd(const LoneEndOptions& options = {});
  LoneEnd(const LoneEnd&) = delete;
  LoneEnd& operator=(const LoneEnd&) = delete;

  // --- the caller's side; each answers as the Connection does ---
  void listen() { listening_ = true; }
  void stop_listening() { listening_ = false; }
  void open();
  Result<std::size_t> send(std::string_view text);
  Result<std::size_t> send_urgent(std::string_view text);
  /// Up to `most` bytes. An empty text: the peer closed.
  Result<std::string> receive(std::size_t most = 1 << 20);
  Result<void> close();
  void let_go(Duration linger = Duration::max());
  void abort();
  void set_nagle(bool on);
  void set_cork(bool on);
  void set_push(bool on);
  void end_record();
  void set_user_timeout(Duration timeout);
  void set_quick_ack(bool on);
  void await_room(std::uint32_t bytes);
  void set_unsent_mark(std::uint32_t bytes);
  TcpInfo status();
  /// Readiness bits since the last call.
  std::uint16_t take_signals() { return std::exchange(signals_, std::uint16_t{0}); }

  // --- the network's side ---
  /// Takes a segment in. What it causes to be sent comes out of poll().
  tcp::Verdict deliver(const tcp::Segment& arrived, std::string_view text = {});
  /// False: the quoted number was not in flight.
  bool icmp_error(std::uint32_t seq, bool hard);
  /// ICMP says that what it quotes was too big: `mtu` bytes fit. What the others to this peer learn is in `path_news`.
  DropReason path_report(std::uint32_t seq, std::uint32_t mtu, std::uint32_t length = 1500);
  /// The Host has heard of a smaller size.
  void path_is_known(std::uint16_t size, bool confirmed);
  tcp::PathNews path_news{};
  /// Everything that can be sent now and what was sent while time passed, in order.
  std::vector<Sent> poll();

  // --- time ---
  /// Lets time pass, stopping at each deadline on the way; what is sent then waits for poll().
  void advance(Duration duration);
  Instant now() const { return now_; }
  Instant next_deadline() const;

  // --- questions ---
  /// LISTEN where there is a listener and no connection, CLOSED where there is neither.
  TcpState state() const;
  std::string_view state_name() const { return to_string(state()); }
  bool is_half_open_entry() const { return std::holds_alternative<tcp::SynEntry>(flow_); }
  bool is_time_wait_entry() const { return std::holds_alternative<tcp::TimeWaitEntry>(flow_); }
  /// The connection in full, or null while it is compact or there is none. Half-open connections of a listener and
  /// those that the caller let go are here too where they are kept in full, but the caller's verbs do not reach them.
  tcp::Connection* connection() { return std::get_if<tcp::Connection>(&flow_); }
  /// A copy in full for looking at, whatever form it is kept in. Default-made where there is none.
  trace::TcbView view() const;
  Counters& counters() { return counters_; }
  const TcpConfig& config() const { return options_.config; }
  /// For the next OPEN or SYN; otherwise each starts 65,536 beyond the one before.
  void set_iss(std::uint32_t iss) { next_iss_ = iss; }
  base::MemoryBudget& memory() { return memory_; }
  base::BufferPool& buffers() { return buffers_; }
  base::ObjectPool<tcp::ActiveBlock>& active_blocks() { return active_blocks_; }
  void set_trace(trace::Sink* sink) { options_.trace = sink; }
  FourTuple tuple() const;

 private:
  using Flow = std::variant<std::monostate, tcp::SynEntry, tcp::TimeWaitEntry, tcp::Connection>;

  tcp::Context context();
  tcp::Opening opening();
  /// What the caller has a handle for, or null.
  tcp::Connection* callers();
  bool is_gone() const;
  /// Makes a Connection of whatever the flow is; false where there is none.
  bool expand();
  /// Keeps what remains after a verb in its form.
  void settle();
  void transmit();
  void reply(const tcp::ResetReply& reset);
  Slice slice_of(std::string_view text);

  LoneEndOptions options_;
  base::MemoryBudget memory_;
  base::BufferPool buffers_;
  base::BufferPool driver_buffers_;  // the frames that segments arrive in; not charged, so that failures can be aimed
  base::ObjectPool<tcp::ActiveBlock> active_blocks_;
  base::ObjectPool<tcp::EcnBytes> ecn_bytes_;
  tcp::Resources resources_;
  Counters counters_;
  Instant now_{std::chrono::seconds(1)};
  std::uint32_t next_iss_;
  Flow flow_;
  bool listening_ = false;
  bool half_open_ = false;  // the flow came from a SYN and no caller knows of it yet
  std::uint16_t signals_ = 0;
  std::vector<Sent> sent_;
};

}  // namespace handfast::scene

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string_view>
#include <type_traits>

#include "handfast/config.h"
#include "handfast/time.h"

// The one small interface between a connection and its congestion control. A controller is told what an acknowledgment
// brought, what is held to be lost and what is in flight, and answers with a congestion window, a slow-start threshold
// and, if it paces, a rate. It has no state of its own: what it remembers lives in `State` (two numbers that survive
// while a connection is idle) and `Scratch` (taken with the active block and given back with it), so one instance of
// each controller serves every connection. All of it in integers.

namespace handfast::tcp::congestion {

/// No window grows past what window scaling can name (RFC 7323 §2.3).
inline constexpr std::uint32_t kLargestWindow = 1u << 30;

/// What survives an idle connection. Bytes.
struct State {
  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = kLargestWindow;

  bool in_slow_start() const { return cwnd < ssthresh; }
};

/// What a controller may keep while text is in flight, in a shape of its own. A block begins as zeroes, and so must
/// every such shape.
class Scratch {
 public:
  template <typename T>
  T& as() {
    check<T>();
    return *std::launder(reinterpret_cast<T*>(bytes_.data()));
  }
  template <typename T>
  const T& as() const {
    check<T>();
    return *std::launder(reinterpret_cast<const T*>(bytes_.data()));
  }

 private:
  template <typename T>
  static constexpr void check() {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kSize && alignof(T) <= alignof(std::uint64_t));
  }

  static constexpr std::size_t kSize = 256;
  alignas(std::uint64_t) std::array<std::byte, kSize> bytes_{};
};

/// How fast the peer took text between the sending of one record and its delivery (draft-ietf-ccwg-bbr §4.1).
struct RateSample {
  std::uint64_t prior_delivered = 0;  ///< bytes delivered when the newest delivered record was sent
  std::uint32_t delivered = 0;        ///< bytes delivered since then
  std::uint32_t lost = 0;             ///< bytes held to be lost since then
  std::uint32_t tx_in_flight = 0;     ///< bytes in flight when it was sent, itself included
  Duration interval{-1};              ///< how long it took; not above zero: no sample
  bool is_app_limited = false;        ///< the caller, not the network, held the sender back

  bool valid() const { return interval > Duration::zero(); }
};

/// What one acknowledgment brought. Bytes.
struct Ack {
  Instant now;
  std::uint32_t acked = 0;             ///< newly acknowledged cumulatively, and not selectively before
  std::uint32_t delivered = 0;         ///< newly delivered: acknowledged cumulatively or selectively for the first time
  std::uint32_t lost = 0;              ///< newly held to be lost
  std::uint32_t in_flight_before = 0;  ///< when it arrived
  std::uint32_t in_flight = 0;         ///< with what it brought counted
  std::uint32_t mss = 0;
  std::uint32_t slow_start_limit = ~std::uint32_t{0};  ///< bytes that it counts for in slow start, at most
  std::uint8_t conservative_rounds = 5;                ///< TcpConfig::conservative_rounds
  Duration rtt{-1};                                    ///< negative: no sample
  Duration srtt{};                                     ///< zero: no sample yet
  std::uint64_t total_delivered = 0;                   ///< since the connection began
  RateSample rate{};
  std::uint32_t ce = 0;           ///< bytes that the peer says met congestion (RFC 3168, RFC 9768)
  std::uint32_t seed = 0;         ///< differs by connection: for controllers that spread their probes
  bool in_recovery = false;       ///< a loss is being repaired: PRR, not the controller, sets cwnd
  bool was_cwnd_limited = false;  ///< the window, not the caller, held the sender back
  bool looks_seldom = false;      ///< LinuxHabits::cubic_looks_seldom
};

/// The state of a flow when it loses something or is told of congestion.
struct Loss {
  Instant now;
  std::uint32_t in_flight = 0;  ///< FlightSize: bytes outstanding (RFC 5681 §2)
  std::uint32_t mss = 0;
  bool by_ecn = false;  ///< a mark, not a loss
};

class Controller {
 public:
  virtual std::string_view name() const = 0;
  /// The connection is ESTABLISHED; its scratch, when it is taken, is all zeroes.
  virtual void on_start(State& state, std::uint32_t initial_window) const = 0;
  /// Something was acknowledged or delivered, in recovery too.
  virtual void on_ack(State& state, Scratch& scratch, const Ack& ack) const = 0;
  /// A loss episode begins: once for each window of text. Sets ssthresh and cwnd, and remembers what on_undo needs.
  virtual void on_loss(State& state, Scratch& scratch, const Loss& loss) const = 0;
  /// The retransmission timer ran out; `first` for the first time on this text.
  virtual void on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const = 0;
  /// Everything that was outstanding when the episode began has arrived.
  virtual void on_recovered(State& state, Scratch& scratch, Instant now) const = 0;
  /// The caller sends after nothing was outstanding. A pause longer than an RTO ends what the window was good for: at
  /// most `restart_window` (RFC 5681 §4.1).
  virtual void on_idle(State& state, Scratch& scratch, Instant now, std::uint32_t restart_window,
                       bool longer_than_rto) const = 0;
  /// What was taken for a loss or a timeout was none; `before` is the state when the episode began.
  virtual void on_undo(State& state, Scratch& scratch, const State& before) const = 0;
  /// Bytes a second, or 0 where the controller does not pace by itself.
  virtual std::uint64_t pacing_rate(const State& state, const Scratch& scratch) const = 0;
  /// True: the controller sets cwnd in recovery too, and PRR stays out of it.
  virtual bool owns_recovery() const = 0;
  /// False: an idle connection can give its scratch back and lose nothing.
  virtual bool is_worth_keeping(const State& state, const Scratch& scratch) const = 0;

 protected:
  ~Controller() = default;
};

/// The controller of a configuration; it serves every connection.
const Controller& controller_for(CongestionControl algorithm);

}  // namespace handfast::tcp::congestion

#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "scene/endpoint.h"

// A scene is a conversation written down line by line: what the peer sends, what the host must send in answer, what the
// caller does. The host is a real tcp::Connection; the peer is the test. Numbers are relative to each end's first SYN,
// whose own number is 0, though both start just below a wrap. Whatever the host sends must be named before anything
// else happens: a segment that nobody expected fails the test. After the first failure a scene says nothing more.

namespace handfast::scene {

inline constexpr wire::TcpFlags FIN = wire::kFin;
inline constexpr wire::TcpFlags SYN = wire::kSyn;
inline constexpr wire::TcpFlags RST = wire::kRst;
inline constexpr wire::TcpFlags PSH = wire::kPsh;
inline constexpr wire::TcpFlags ACK = wire::kAck;
inline constexpr wire::TcpFlags URG = wire::kUrg;
inline constexpr wire::TcpFlags ECE = wire::kEce;
inline constexpr wire::TcpFlags CWR = wire::kCwr;
inline constexpr wire::TcpFlags AE = wire::kAe;
inline constexpr wire::TcpFlags SYN_ACK = SYN | ACK;
inline constexpr wire::TcpFlags FIN_ACK = FIN | ACK;
inline constexpr wire::TcpFlags RST_ACK = RST | ACK;
inline constexpr wire::TcpFlags PSH_ACK = PSH | ACK;

inline constexpr wire::EcnCodepoint ECT = wire::EcnCodepoint::kEct0;
inline constexpr wire::EcnCodepoint CE = wire::EcnCodepoint::kCe;

/// TSval and TSecr. The host's clock counts milliseconds since the scene began; the peer's is what the test says.
struct Stamps {
  std::uint32_t val = 0;
  std::uint32_t ecr = 0;
};

struct Block {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
};

/// One line of a scene. Sent by the peer, what is not given takes the natural value: the next numbers, a window of
/// 65,535, no options but agreed timestamps. Expected of the host, SEQ and ACK not given stand for the next numbers,
/// flags, ECN field and length of the text are always compared (PSH only where it is named), and the rest only where it
/// is given.
struct Line {
  wire::TcpFlags flags = ACK;
  std::optional<std::uint32_t> seq = {};
  std::optional<std::uint32_t> ack = {};
  std::optional<std::uint16_t> win = {};  ///< the header's field, not scaled
  std::string_view text = {};
  std::uint32_t len = 0;  ///< so much of the endless pattern text instead
  std::optional<std::uint16_t> mss = {};
  std::optional<std::uint8_t> scale = {};
  std::optional<bool> sack_ok = {};
  std::optional<Stamps> ts = {};
  std::optional<std::vector<Block>> sack = {};
  std::optional<std::string_view> cookie = {};  ///< of fast open; "": the request for one
  bool experimental = false;                    ///< the fast open option has its form of kind 254
  bool no_cookie = false;                       ///< expected of the host: not even a request
  bool no_ts = false;                           ///< without a timestamp though one was agreed
  bool psh = true;                              ///< false: PSH must be absent
  std::optional<std::uint16_t> up = {};         ///< the urgent pointer, from seq on
  std::optional<wire::UserTimeout> uto = {};
  wire::EcnCodepoint ecn = wire::EcnCodepoint::kNotEct;      ///< of the IP header
  std::optional<wire::AccurateEcnOption> accurate_ecn = {};  ///< of what the peer sends
};

/// The options and the window of the peer's SYN or SYN-ACK in established scenes.
struct Peer {
  std::uint16_t win = 65535;
  std::optional<std::uint16_t> mss = 1460;
  std::optional<std::uint8_t> scale = {};
  bool sack = false;
  bool timestamps = false;
};

using Where = std::source_location;

class Scene {
 public:
  static constexpr std::uint32_t kPeerIss = 0xFFFFFF80;

  explicit Scene(const LoneEndOptions& options = {});
  ~Scene();

  // --- what happens ---
  void host_listens() { end_.listen(); }
  void host_opens(Where where = Where::current());
  void peer_sends(const Line& line, Where where = Where::current());
  /// Lets time pass; what is sent on the way waits to be named by host_sends.
  void after(Duration duration, Where where = Where::current());
  /// Segments that arrive in one batch: the host answers after the last.
  void batch_begins() { in_batch_ = true; }
  void batch_ends();

  // --- what the host must do ---
  void host_sends(const Line& line, Where where = Where::current());
  void host_is_silent(Where where = Where::current());
  void silent_for(Duration duration, Where where = Where::current());
  void state_is(std::string_view name, Where where = Where::current());
  /// The segment that host_sends matched last.
  const Sent& last() const { return last_; }
  /// The host sent this very segment before: header, options and text the same.
  void host_repeats(const Sent& earlier, Where where = Where::current());
  /// The next segment, whatever it is.
  Sent take(Where where = Where::current());
  std::size_t waiting() const { return pending_.size(); }
  /// Drops what waits, unread: for scenes about something else.
  void skip_all() { pending_.clear(); }

  // --- the caller ---
  void caller_sends(std::string_view text, Where where = Where::current());
  /// The next `count` bytes of the pattern.
  void caller_sends_bytes(std::uint32_t count, Where where = Where::current());
  void caller_sends_urgent(std::string_view text, Where where = Where::current());
  void caller_receives(std::string_view text, Where where = Where::current());
  /// Exactly `count` bytes, which must be the peer's pattern.
  void caller_receives_bytes(std::uint32_t count, Where where = Where::current());
  void caller_receives_end(Where where = Where::current());
  void caller_has_nothing_to_receive(Where where = Where::current());
  void caller_receive_fails(Error error, Where where = Where::current());
  void caller_closes(Where where = Where::current());
  void caller_lets_go(Where where = Where::current());
  void caller_aborts(Where where = Where::current());
  void caller_hears(std::uint16_t bits, Where where = Where::current());
  void dropped(DropReason reason, std::uint64_t count, Where where = Where::current());

  // --- short cuts to a state, by segments ---
  void establish(const Peer& peer = {}, Where where = Where::current());
  void establish_actively(const Peer& peer = {}, Where where = Where::current());
  void reach_fin_wait_1(const Peer& peer = {}, Where where = Where::current());
  void reach_fin_wait_2(const Peer& peer = {}, Where where = Where::current());
  void reach_close_wait(const Peer& peer = {}, Where where = Where::current());
  void reach_closing(const Peer& peer = {}, Where where = Where::current());
  void reach_last_ack(const Peer& peer = {}, Where where = Where::current());
  void reach_time_wait(const Peer& peer = {}, Where where = Where::current());

  LoneEnd& end() { return end_; }
  TcpInfo info() { return end_.status(); }
  /// What a raw number of the host's stream is in a Line.
  std::uint32_t host_relative(std::uint32_t raw) const { return raw - host_iss_; }
  std::uint32_t host_raw(std::uint32_t relative) const { return relative + host_iss_; }
  /// The numbers that would come next.
  std::uint32_t host_next() const { return host_next_; }
  std::uint32_t peer_next() const { return peer_next_; }
  void set_peer_next(std::uint32_t number) { peer_next_ = number; }
  /// Takes what the host sends after a verb used directly on end().
  void look();
  void fail(const std::string& what, const Where& where);

 private:
  tcp::Segment peer_segment(const Line& line);
  std::string line_text(const Line& line, std::uint32_t seq) const;
  void note_sent(const Sent& sent);
  std::string mismatch(const Line& line, const Sent& sent) const;
  std::string option_mismatch(const Line& line, const Sent& sent) const;
  std::string describe(const Sent& sent) const;
  std::string describe(const Line& line) const;
  std::uint32_t host_clock(std::uint32_t stamp) const;
  void log(std::string line);
  bool nothing_waits(const Where& where);

  LoneEndOptions options_;
  LoneEnd end_;
  std::deque<Sent> pending_;
  Sent last_;
  std::vector<std::string> log_;
  std::string state_before_;
  std::string host_stream_;  // all text that the caller handed over
  std::uint32_t host_iss_;
  std::uint32_t host_next_ = 0;
  std::uint32_t peer_next_ = 0;
  std::uint32_t received_ = 0;  // how much of the pattern the caller took
  std::uint32_t last_host_stamp_ = 0;
  bool stamps_agreed_ = false;
  bool in_batch_ = false;
  bool failed_ = false;
};

/// Byte number `at` of the endless text that Line::len and caller_sends_bytes stand for.
constexpr char pattern_byte(std::uint32_t at) { return static_cast<char>('a' + at % 23); }
std::string pattern(std::uint32_t at, std::uint32_t length);

}  // namespace handfast::scene

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "handfast/address.h"
#include "handfast/error.h"
#include "handfast/time.h"

namespace handfast {

using namespace std::chrono_literals;

/// Who decides how much may be in flight.
enum class CongestionControl : std::uint8_t {
  kCubic,    ///< RFC 9438, with the slow start of RFC 9406
  kNewReno,  ///< RFC 5681 and RFC 6582
  kBbr,      ///< BBRv3, draft-ietf-ccwg-bbr: by what the path delivers, paced; experimental
  kNone,     ///< the peer's window alone: for a link that belongs to one flow, and for tests
};

/// The name on command lines and in traces: "cubic", "newreno", "bbr", "none".
std::string_view to_string(CongestionControl algorithm);
/// The algorithm of that name.
std::optional<CongestionControl> congestion_control_named(std::string_view name);

/// Explicit congestion notification: whether routers may mark our packets in place of dropping them.
enum class Ecn : std::uint8_t {
  kOff,       ///< neither asked for nor granted
  kAccept,    ///< granted to a peer that asks for it
  kOffer,     ///< asked for too (RFC 3168)
  kAccurate,  ///< asked for and granted in the accurate form too (RFC 9768)
};

/// The name on command lines: "off", "accept", "offer", "accurate".
std::string_view to_string(Ecn setting);
/// The setting of that name.
std::optional<Ecn> ecn_named(std::string_view name);

/// When a listener answers a SYN with a cookie instead of keeping it (RFC 4987 §3.6).
enum class SynCookies : std::uint8_t {
  kOff,         ///< a SYN that finds the SYN queue full is dropped
  kOnOverflow,  ///< it is answered with a cookie (RFC 4987 §3.7)
  kAlways,      ///< every SYN is, but for one that replaces a connection in TIME-WAIT
};

/// How a connection finds the size that its path carries, beside what ICMP reports of it (RFC 4821).
enum class PathMtuProbing : std::uint8_t {
  kOff,          ///< reports alone
  kOnBlackHole,  ///< timeouts of large segments lead to a small size, and probes from there up again
  kAlways,       ///< every connection begins at base_path_mtu and probes upward
};

/// Where Linux does otherwise than the RFC that each line names, and a script or a test written against Linux can tell.
/// All are off, which is what the RFC says; linux_habits() has them all on.
struct LinuxHabits {
  bool one_reduction = false;             ///< a lost retransmission is no second sign of congestion (RFC 5681 §4.3)
  bool rack_rtt_by_number = false;        ///< RACK.rtt: of what is last by number, not by time (RFC 8985 §6.2 step 2)
  bool full_count_after_timeout = false;  ///< slow start counts no less behind a timeout (RFC 3465 §2.3: one segment)
  bool duplicates_pay_ahead = false;    ///< slow start: what duplicates stood for does not count again (RFC 5681 §3.1)
  bool cubic_looks_seldom = false;      ///< 32 times a second at most at its curve (RFC 9438 §4.2: with each ACK)
  bool probe_without_text = false;      ///< a shut window is probed by an old number (RFC 9293 §3.8.6.1: by an octet)
  bool answer_crossed_syn_ack = false;  ///< simultaneous open: the second SYN-ACK is acknowledged (Figure 7: it is not)
  bool icmp_ends_half_open = false;     ///< trouble on the way ends a half-open connection (RFC 9293 §3.9.2.2, MUST-56)

  friend bool operator==(const LinuxHabits&, const LinuxHabits&) = default;
};

/// All of them, as Linux 6 has them.
LinuxHabits linux_habits();

/// How TCP behaves; one for a Host, overridable for a connection through ConnectOptions and ListenOptions.
struct TcpConfig {
  Duration initial_rto = 1s;    ///< RFC 6298 §2.1
  Duration min_rto = 200ms;     ///< RFC 6298 §2.4 says 1 s; lower is a declared deviation
  Duration rto_margin = 100ms;  ///< what the RTO leaves beyond the round trip, at least: G of RFC 6298 §2.3
  Duration max_rto = 60s;       ///< RFC 6298 §2.5: at least 60 s
  Duration delayed_ack = 40ms;  ///< RFC 9293 §3.8.6.3 (MUST-40): below 500 ms
  Duration msl = 30s;           ///< TIME-WAIT lasts twice this; RFC 9293 §3.4.2 says 2 min (declared deviation)
  Duration fin_wait_2 = 60s;    ///< how long FIN-WAIT-2 waits once the caller let the connection go
  Duration timestamp_memory = 24h * 24;        ///< age at which a remembered timestamp stops counting (RFC 7323 §5.5)
  std::uint8_t r1 = 3;                         ///< retransmissions before the caller is told (RFC 9293 §3.8.3, SHLD-10)
  Duration r2 = 100s;                          ///< how long text may stay unacknowledged (SHLD-11)
  bool user_timeout_option = false;            ///< tell R2 to the peer, and listen to what it tells (RFC 5482)
  Duration user_timeout_lower = 100s;          ///< what a peer tells makes R2 no shorter than this (RFC 5482 §3.1)
  Duration user_timeout_upper = 1h;            ///< and no longer than this
  Duration r2_syn = 180s;                      ///< the same for a SYN (MUST-23: at least 3 minutes)
  std::uint8_t syn_ack_retries = 5;            ///< how often a passive open repeats its SYN-ACK (RFC 4987 §3.3)
  std::uint8_t syn_ack_retries_pressed = 2;    ///< the same while the SYN queue is more than half full
  std::uint16_t challenge_acks = 10;           ///< challenge ACKs of one connection in each interval (RFC 5961 §7)
  Duration challenge_interval = 1s;            ///< that interval
  Duration invalid_ack_interval = 500ms;       ///< pause between ACKs that answer segments outside the window
  std::uint32_t receive_buffer = 256 * 1024;   ///< bytes of text held for the caller; also the largest window offered
  std::uint32_t receive_buffer_max = 0;        ///< what it may grow to with what the caller takes; 0: it does not grow
  std::uint32_t send_buffer = 256 * 1024;      ///< bytes of text taken from the caller and not yet acknowledged
  std::uint32_t send_buffer_max = 0;           ///< what it may grow to, at twice the congestion window; 0: not at all
  std::uint16_t out_of_order_ranges = 256;     ///< separate ranges held out of order
  std::uint32_t initial_window_segments = 10;  ///< RFC 6928 (declared deviation from RFC 5681 §3.1)
  std::uint8_t slow_start_segments = 8;        ///< an acknowledgment counts for no more (RFC 9406 §4.3); 0: for all
  std::uint8_t conservative_rounds = 5;        ///< how long slow start goes on slowly (RFC 9406 §4.3); 0: it ends
  bool restart_after_idle = true;              ///< after a pause of an RTO, no more than that (RFC 5681 §4.1)
  std::uint16_t min_peer_mss = 88;             ///< an MSS offer below this counts as this
  std::uint16_t max_mss = 0;  ///< the largest MSS that is offered, and used (RFC 9293 §3.7.1); 0: the interface's
  CongestionControl congestion_control = CongestionControl::kCubic;
  Ecn ecn = Ecn::kAccept;  ///< RFC 3168 §6.1.1: a peer that asks knows its path; ours may be another
  PathMtuProbing path_mtu_probing = PathMtuProbing::kOnBlackHole;
  /// IP packets that no report and no timeout makes us cut smaller. RFC 1191 §3 lets a report go down to 68, which
  /// would let a forger have a packet for every few bytes of text; 552 holds the segment of 512 bytes that every host
  /// has to take, and is what Linux has. An interface with a smaller MTU counts as it is.
  std::uint16_t min_path_mtu = 552;
  /// Where a black hole leads, and probing starts: the BASE_PLPMTU of RFC 8899 §5.1.2, small enough for every tunnel.
  std::uint16_t base_path_mtu = 1200;
  Duration path_mtu_memory = 10min;    ///< age at which larger packets are tried again (RFC 1191 §6.3: 5 min at least)
  bool keep_alive = false;             ///< RFC 9293 §3.8.4 (MUST-24, MUST-25); set_keep_alive changes it later
  Duration keep_alive_idle = 2h;       ///< quiet time before the first (MUST-27, MUST-28)
  Duration keep_alive_interval = 75s;  ///< between those that are not answered
  std::uint8_t keep_alive_probes = 9;  ///< unanswered ones before the connection ends (MUST-29)
  Duration cork_limit = 200ms;         ///< how long a cork holds a segment that is not full
  std::uint8_t quick_acks = 0;         ///< texts at the start whose acknowledgment is not delayed (RFC 5681 §4.2)
  bool nagle = true;                   ///< RFC 9293 §3.7.4 (SHLD-7)
  bool nagle_minshall = false;         ///< it waits only for text in segments that were not full (RFC 9293 §A.3)
  bool push_bursts = false;            ///< PSH on every super-segment, not only on the last of what is queued
  std::uint8_t burst_segments = 0;     ///< a super-segment lasts a millisecond, or this many; 0: as the device takes it
  bool fast_open_experimental = false;  ///< the option in its form before RFC 7413 too, kind 254
  bool window_scale = true;             ///< offer and accept RFC 7323 §2
  bool timestamps = true;               ///< offer and accept RFC 7323 §3
  bool require_timestamps = true;       ///< once they are agreed, segments without are dropped (RFC 7323 §3.2, SHOULD)
  /// Text that the caller has not taken stays readable after a reset or a timeout, and only then the error is told.
  /// RFC 9293 §3.10.7.4 flushes the queue; Linux does not.
  bool failure_keeps_text = false;
  bool sack = true;  ///< offer and accept RFC 2018
  LinuxHabits linux_habits;

  friend bool operator==(const TcpConfig&, const TcpConfig&) = default;
};

/// What a whole Host may hold. Every limit holds under any input.
struct Limits {
  std::uint32_t connections = 65536;  ///< established connections, closing ones included
  std::uint32_t listeners = 256;
  std::uint32_t syn_queue = 4096;             ///< half-open connections of all listeners
  std::uint32_t time_wait = 16384;            ///< TIME-WAIT entries; beyond it the oldest goes
  std::uint32_t neighbors = 1024;             ///< ARP entries of an interface
  std::uint32_t neighbor_queue = 16;          ///< packets that wait for one neighbor
  std::uint32_t paths = 1024;                 ///< peers whose path MTU is remembered; beyond it the oldest goes
  std::size_t memory = 1024u * 1024 * 1024;   ///< bytes of buffers, connections and tables together
  std::uint32_t reply_queue = 256;            ///< stateless replies (resets, ICMP, ARP) that wait to be sent
  std::uint32_t icmp_errors_per_second = 50;  ///< rate at which ICMP errors about the segments of one peer are heeded
  std::uint32_t icmp_error_burst = 100;
  std::uint32_t replies_per_second = 10000;  ///< rate of stateless replies
  std::uint32_t reply_burst = 1000;
  /// Rate of SYN cookies, apart from other replies. A spoofed SYN and an honest one look the same, so beyond the rate
  /// honest peers wait for their next SYN: set it to what the link carries, not to what is expected.
  std::uint32_t cookies_per_second = 500'000;
  std::uint32_t cookie_burst = 100'000;
  /// Rate at which ACKs are looked at for a cookie. A forged one passes once in 2^28, so this rate bounds the forged
  /// connections: at the default, one in three quarters of an hour of a flood that uses all of it.
  std::uint32_t cookie_checks_per_second = 100'000;
  std::uint32_t cookie_check_burst = 20'000;
  std::uint32_t fast_open_peers = 256;    ///< whose fast open cookies are remembered (RFC 7413 §4.1.3)
  std::uint32_t fast_open_pending = 256;  ///< connections in use before their handshake is complete (§4.2, 7413-5)
};

struct Config {
  TcpConfig tcp;
  Limits limits;
  std::uint8_t ttl = 64;                       ///< RFC 9293 §3.9.2 (MUST-49)
  std::uint16_t first_ephemeral_port = 32768;  ///< RFC 6056 §3.2
  std::uint16_t last_ephemeral_port = 65535;
  bool answer_echo = true;  ///< RFC 1122 §3.2.2.6
  SynCookies syn_cookies = SynCookies::kOnOverflow;
  /// How long a peer that refused TCP Fast Open, or answered only without it, is not asked again (RFC 7413 §4.1.3);
  /// zero: it is asked each time, as by Linux.
  Duration fast_open_refusal = 1h;
  std::uint32_t host_number = 0;  ///< names this Host in traces

  /// The name of the first field that is out of its range and why, or nothing.
  struct Problem {
    std::string_view field;
    std::string_view why;
  };
  std::optional<Problem> validate() const;
};

/// A 128-bit key.
using SecretKey = std::array<std::uint8_t, 16>;

/// The keys of a Host, one for each purpose (RFC 6528 §3, 6528-4): a leak of one tells nothing of the others. They come
/// from Random when a Host is made, unless the embedder hands them in, so that sequence numbers stay monotonic over a
/// restart (U-12, 6528-3).
struct Secrets {
  SecretKey initial_sequence{};
  SecretKey timestamp_offset{};
  SecretKey port_choice{};
  SecretKey hash_table{};
  SecretKey flow_label{};
  SecretKey syn_cookie{};
  SecretKey fast_open{};
};

enum class LinkKind : std::uint8_t {
  kIp,        ///< bare IP packets of both versions: TUN
  kEthernet,  ///< Ethernet II frames with ARP and neighbor discovery: TAP
};

struct InterfaceConfig {
  std::string_view name = "hf0";
  LinkKind link = LinkKind::kIp;
  std::uint16_t mtu = 1500;  ///< largest IP packet, at least 68 (RFC 791 §3.2), with IPv6 at least 1280 (RFC 8200 §5)
  MacAddress mac;            ///< kEthernet only
  std::vector<Prefix> addresses;          ///< ours, of either version, with their on-link networks
  std::optional<IpAddress> gateway;       ///< default route of IPv4 through this interface
  std::optional<IpAddress> ipv6_gateway;  ///< the same for IPv6
  std::uint32_t super_segment = 0;        ///< largest text the driver segments itself (GSO); 0: none
  bool checksum_offload = false;          ///< the driver completes kPartial checksums
};

}  // namespace handfast

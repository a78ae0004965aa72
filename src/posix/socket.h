#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "handfast/host.h"
#include "posix/call_values.h"

// What stands behind a descriptor: a socket, or an epoll instance. Plain state; the calls change it.

namespace handfast::posix {

/// What the caller set by options, in the numbers in which it reads them back.
struct SocketOptions {
  bool reuse_address = false;
  bool reuse_port = false;
  bool keep_alive = false;
  bool oob_inline = false;
  bool zero_copy = false;
  bool linger_on = false;
  std::int32_t linger_seconds = 0;
  std::int32_t priority = 0;
  std::int32_t mark = 0;
  std::int32_t receive_low = 1;
  Duration receive_timeout = Duration::max();
  Duration send_timeout = Duration::max();
  std::uint32_t send_buffer = 0;     ///< as Linux counts: twice what was asked for; 0: the default, which grows
  std::uint32_t receive_buffer = 0;  ///< the same

  std::int32_t tos = 0;
  std::int32_t ttl = -1;  ///< -1: the sysctl's
  std::int32_t mtu_discover = 1;
  bool receive_errors = false;
  bool free_bind = false;
  bool v6_only = false;

  bool no_delay = false;
  bool cork = false;
  bool quick_ack = true;
  bool fast_open_connect = false;
  bool fast_open_no_cookie = false;
  bool tells_queue = false;      ///< TCP_INQ
  std::uint8_t syn_retries = 0;  ///< 0, here and below: the sysctl's
  std::uint8_t keep_count = 0;
  std::uint16_t keep_idle = 0;  ///< seconds
  std::uint16_t keep_interval = 0;
  std::uint16_t user_mss = 0;
  std::int32_t linger2 = 0;  ///< seconds
  std::int32_t defer_accept = 0;
  std::int32_t fast_open_queue = 0;         ///< TCP_FASTOPEN of a listener
  std::vector<SecretKey> fast_open_keys{};  ///< TCP_FASTOPEN_KEY: one, or one and the one before it
  std::uint32_t window_clamp = 0;
  std::uint32_t user_timeout_ms = 0;
  std::uint32_t not_sent_low = 0;
  std::optional<CongestionControl> congestion;
};

struct Socket {
  /// How far its connection is; what Linux calls sk_state, as far as the calls ask.
  enum class Phase : std::uint8_t {
    kClosed,  ///< new, or its connection has ended
    kListening,
    kDeferred,    ///< connect was called, and the SYN waits for the first text (TCP_FASTOPEN_CONNECT)
    kConnecting,  ///< the SYN is on its way
    kConnected,   ///< and all that follows until the Host says that it ended
  };
  /// What connect answers when it is called again; what Linux calls the state of a struct socket.
  enum class Stage : std::uint8_t { kUnconnected, kConnecting, kConnected };

  int family = 0;
  bool nonblocking = false;
  bool close_on_exec = false;
  Phase phase = Phase::kClosed;
  Stage stage = Stage::kUnconnected;
  TcpHandle connection;
  ListenerHandle listener;
  std::uint32_t backlog = 0;

  TcpConfig tcp;  ///< the settings', when it was opened

  std::optional<Endpoint> bound;  ///< by bind, or by listen without it
  Endpoint peer;                  ///< that connect named

  int error = 0;                   ///< sk_err: told once
  bool peer_closed = false;        ///< a FIN was reached
  bool no_more_in = false;         ///< RCV_SHUTDOWN
  bool no_more_out = false;        ///< SEND_SHUTDOWN
  bool hears_urgent = false;       ///< a new urgent pointer came, and nothing was read since
  bool wants_space = false;        ///< SOCK_NOSPACE: somebody met a full send buffer and is to be woken
  bool corked = false;             ///< as the Host has it
  bool unpushed = false;           ///< likewise: text goes without PSH, for MSG_MORE
  bool pushed = false;             ///< TCP_NODELAY let go what TCP_CORK held, until the next text
  bool more_follows = false;       ///< MSG_MORE corked the last text, until an acknowledgment comes
  std::uint32_t more_una = 0;      ///< SND.UNA then
  std::uint64_t since_push = 0;    ///< bytes taken behind the last PUSH
  std::uint32_t max_window = 0;    ///< the largest window that the peer has offered
  std::uint64_t grown_buffer = 0;  ///< SO_SNDBUF, where it grows by itself

  SocketOptions options;

  bool has_connection() const { return !connection.is_none(); }
};

/// A descriptor that an epoll instance watches.
struct EpollItem {
  std::uint32_t events = 0;  ///< that were asked for, and how: EPOLLET, EPOLLONESHOT
  std::uint64_t data = 0;
  std::uint64_t turn = 0;  ///< its place among those to look at; 0: it is none of them
};

struct Epoll {
  std::map<int, EpollItem> items;  // in the order of descriptors: nothing depends on addresses
  std::uint64_t last_turn = 0;

  void make_ready(EpollItem& item) {
    if (item.turn == 0) item.turn = ++last_turn;
  }
};

}  // namespace handfast::posix

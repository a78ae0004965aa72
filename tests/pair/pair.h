#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/tcp_socket.h"

// Two Hosts in one program, joined by a queue for each direction, in virtual time and driven by hand: for what only two
// ends together show. Nothing moves by itself. `a.says()` lets an end speak and tells what it said; what was said lies
// in `a.wire` until the test delivers it, loses it, or keeps it for later. Where the order of single segments does not
// matter, `settle` carries everything both ways until neither end has anything more to say, and `pass` does so while
// time goes by, deadline after deadline.

namespace handfast::pair {

using namespace std::chrono_literals;

/// A frame as it lies on the wire.
using Bytes = std::vector<std::byte>;

class Pair;

/// One of the two: a Host with one address, its caller, and what it has put on the wire.
class End {
 public:
  End(Pair& pair, std::uint8_t number, const Config& config);

  // --- its caller ---
  TcpListener listens(std::uint16_t port, const ListenOptions& options = {});
  /// Source port 0: the Host chooses.
  TcpSocket connects(const End& peer, std::uint16_t port, std::uint16_t source_port = 0);
  /// The oldest connection that waits, which must be there.
  TcpSocket accepts(TcpListener& listener);
  /// True: no connection waits.
  bool has_none_to_accept(TcpListener& listener);
  /// What this socket's events said since the last time, as bits of Readiness.
  std::uint16_t hears(const TcpSocket& socket);

  // --- its side of the wire ---
  /// Puts everything that the Host has to say on the wire, and tells what that was: "SYN", "ACK 100, FIN+ACK", "".
  std::string says();
  /// The oldest frame on the wire, which must be there: the test keeps it.
  Bytes keeps();
  /// What lies on the wire never arrives.
  void loses() { wire.clear(); }

  std::unique_ptr<Host> host;
  IpAddress address;
  std::deque<Bytes> wire;

 private:
  friend class Pair;
  Pair* pair_;
  std::map<std::uint64_t, std::uint16_t> heard_;  // by TcpHandle::number()
};

class Pair : private Random {
 public:
  explicit Pair(const Config& both = {}) : Pair(both, both) {}
  Pair(const Config& of_a, const Config& of_b);

  Instant now() const { return now_; }

  // --- the wire ---
  /// Hands what lies on `from`'s wire to the other end.
  void deliver(End& from);
  /// Hands a frame that was kept, or made up, to an end.
  void give(End& to, const Bytes& frame);
  /// Everything both ways until both ends are silent. No time passes.
  void settle();
  /// Time goes by; both ends serve their deadlines and everything is carried.
  void pass(Duration time);
  /// From now on settle and pass lose every frame, until the wire is mended.
  void cut(bool is_cut = true) { is_cut_ = is_cut; }
  void mend() { cut(false); }

  // --- text ---
  /// Hands over as much as the send queue takes; tells how much that was.
  std::size_t sends(TcpSocket& socket, std::string_view text);
  /// All text that can be taken now.
  std::string takes(TcpSocket& socket);
  /// True: everything was taken, and the peer's end of text is reached.
  bool is_at_end(TcpSocket& socket);
  /// Hands all of `text` to `from` and takes all of it from `to`, while time passes; returns what arrived.
  std::string carries(TcpSocket& from, std::string_view text, TcpSocket& to);

  End a;
  End b;

 private:
  friend class End;
  void fill(std::span<std::byte> bytes) override;
  End& other(const End& end) { return &end == &a ? b : a; }
  void serve_deadlines();

  Instant now_{1s};
  std::uint8_t drawn_ = 1;
  bool is_cut_ = false;
};

/// Two Hosts with one connection between them, which `a` opened; neither end has heard anything that is not read yet.
struct Connected {
  explicit Connected(const Config& config = {});

  Pair p;
  TcpListener listener;
  TcpSocket of_a;
  TcpSocket of_b;
};

/// "ESTABLISHED"; "no connection" for a handle that is stale.
std::string_view state_of(const TcpSocket& socket);
/// Why the connection ended; nothing where it did not, or ended in good order.
std::error_code error_of(const TcpSocket& socket);
/// Why a verb was refused; nothing where it was not.
template <typename T>
std::error_code error_of(const Result<T>& result) {
  return result ? std::error_code() : result.error();
}
/// Text that repeats only after a long while, so that text out of place is seen.
std::string text_of(std::size_t length);

}  // namespace handfast::pair

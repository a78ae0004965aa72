#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "drivers/byte_stream.h"
#include "drivers/event_loop.h"
#include "handfast/exit_codes.h"

namespace handfast::tool {

/// The files at the caller's end of a connection.
struct Streams {
  drivers::ByteStream input;
  drivers::ByteStream output;
};

/// Opens the named files; an empty name, or "-", means standard input and output.
std::expected<Streams, Failure> open_streams(const std::string& input, const std::string& output);

/// Joins one connection to two files, byte for byte: what nc does.
///
/// Neither side may run ahead of the other. Input is read only while the send queue has room, and received text is
/// taken from the Host only while the output takes it; then the receive window closes and the peer waits. When the
/// input ends a FIN follows its last byte, and the other direction goes on (half-close, RFC 9293 §3.6). The relay is
/// over when both directions are and the peer acknowledged everything, or when either side failed.
class Relay {
 public:
  /// Called once, when it is over: what went wrong, or nothing. The relay may be destroyed afterwards, not within.
  using Over = std::function<void(const std::optional<Failure>& failure)>;

  /// `connection` is established; `streams` and the loop must outlive the relay.
  static std::expected<std::unique_ptr<Relay>, Failure> start(drivers::EventLoop& loop, TcpHandle connection,
                                                              const Streams& streams, Over over);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  /// To be called with each event of the connection.
  void on_event(const Event& event);
  /// To be called in each turn of the loop: that our FIN was acknowledged has no event of its own.
  void look_whether_over();
  /// From now on what the input gives is sent as urgent text (RFC 9293 §3.8.5).
  void send_urgently() { urgently_ = true; }
  const Endpoint& peer() const { return peer_; }
  std::uint64_t bytes_sent() const { return sent_; }
  std::uint64_t bytes_received() const { return received_; }
  /// What the Host knew of the connection when the relay let it go; nothing while it goes on.
  const std::optional<TcpInfo>& last_info() const { return last_info_; }

 private:
  Relay(drivers::EventLoop& loop, TcpHandle connection, const Streams& streams, Over over);
  std::expected<void, Failure> watch();
  void pump_input();
  bool fill_staged();
  bool send_staged();
  void pump_output();
  bool take_text();
  void fail(std::error_code error);
  void break_off(const drivers::Trouble& trouble);
  void note_info();
  void end(const std::optional<Failure>& failure);

  drivers::EventLoop* loop_;
  TcpHandle connection_;
  const Streams* streams_;
  Over over_;
  Endpoint peer_;
  drivers::Poller::Watch input_watch_ = 0;
  drivers::Poller::Watch output_watch_ = 0;
  std::vector<std::byte> staging_;
  std::span<const std::byte> staged_;  // Read from the input, not yet taken by the Host.
  Slice held_;                         // Taken from the Host, not yet taken by the output.
  std::optional<TcpInfo> last_info_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  bool urgently_ = false;
  bool input_ended_ = false;
  bool fin_queued_ = false;
  bool peer_ended_ = false;
  bool is_over_ = false;
};

}  // namespace handfast::tool

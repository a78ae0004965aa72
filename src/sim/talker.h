#pragma once

#include <cstdint>
#include <string>
#include <system_error>
#include <vector>

#include "handfast/host.h"
#include "sim/keyed_stream.h"
#include "sim/ledger.h"
#include "sim/seeded_random.h"

// One end of a conversation: a caller with a script. It opens or is given a connection, sends its keyed stream in
// random pieces, takes the peer's and checks every byte, and closes in its own way. Its clock is the Host's.

namespace handfast::sim {

enum class CloseStyle : std::uint8_t {
  kWhenSent,   ///< half-closes as soon as everything is sent, then waits for the peer's end
  kWhenHeard,  ///< waits for the peer's end first
  kLetGo,      ///< closes when everything is sent and listens no more
  kAbort,      ///< aborts after a number of bytes
};

struct TalkerPlan {
  std::uint64_t bytes = 0;            ///< to send
  std::uint32_t write_chunk = 16384;  ///< up to this much in one call
  std::uint32_t read_chunk = 16384;
  Duration write_pause{};  ///< between two calls
  Duration read_pause{};
  Duration first_read{};  ///< after the start of the connection: the window may close until then
  CloseStyle close = CloseStyle::kWhenSent;
  std::uint64_t abort_after = 0;  ///< kAbort: bytes sent and received together
  bool slices = false;            ///< send_slice and receive_slice instead of the copying calls
};

class Talker {
 public:
  enum class Stage : std::uint8_t { kIdle, kConnecting, kTalking, kDone };

  Talker(TalkerPlan plan, Generator random, std::uint64_t number);

  void set_plan(const TalkerPlan& plan) { plan_ = plan; }
  const TalkerPlan& plan() const { return plan_; }
  /// Active OPEN. `now` is the Host's time everywhere here.
  std::error_code open(Host& host, const ConnectOptions& options, Instant now);
  /// Takes over an accepted connection.
  void adopt(Host& host, TcpHandle connection, const TcpInfo& info, Instant now);
  void on_readiness(std::uint16_t readiness, Instant now);
  void on_wake(Instant now);
  /// When on_wake is wanted; kNever: not.
  Instant next_wake() const;
  /// Aborts, because the peer's caller has gone.
  void give_up(Instant now);
  /// Forgets the last connection, to open the next.
  void reset();
  void attach(Ledger& ledger, Complaints& complaints) {
    ledger_ = &ledger;
    complaints_ = &complaints;
  }

  Stage stage() const { return stage_; }
  std::error_code error() const { return error_; }
  const EndRecord* record() const { return record_; }
  Instant connected_at() const { return connected_at_; }
  Instant done_at() const { return done_at_; }
  std::string summary() const;

 private:
  void enter(const FourTuple& tuple, std::uint32_t iss);
  void start(Instant now);
  void pump(Instant now);
  void write(Instant now);
  bool write_once(std::size_t count, Instant now);
  void read(Instant now);
  bool read_once(Instant now);
  bool check(std::span<const std::byte> text);
  bool find_peer();
  void close_up(Instant now);
  void end(Instant now);
  void fail(std::error_code error, Instant now);
  void complain(const std::string& what);
  bool wants_abort() const;

  TalkerPlan plan_;
  Generator random_;
  std::uint64_t number_;
  std::uint64_t generation_ = 0;
  Ledger* ledger_ = nullptr;
  Complaints* complaints_ = nullptr;
  Host* host_ = nullptr;
  TcpHandle connection_;
  EndRecord* record_ = nullptr;
  EndRecord* peer_ = nullptr;
  Stage stage_ = Stage::kIdle;
  Instant write_at_ = kNever;  ///< set while a pause lasts
  Instant read_at_ = kNever;
  Instant connected_at_ = kNever;
  Instant done_at_ = kNever;
  std::error_code error_;
  std::vector<std::byte> room_;
};

}  // namespace handfast::sim

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "script/assertions.h"
#include "script/calls.h"
#include "script/linux_profile.h"
#include "script/match.h"
#include "script/numbers.h"
#include "script/run_options.h"
#include "script/testbed.h"
#include "script/verdict.h"

// Runs a script: each line at its time, in exact virtual time. What the stack sends has to be what the lines say, in
// their order and at their times, and nothing else: a segment that no line expects fails the script.

namespace handfast::script {

/// Runs `script` on a Host that looks like Linux (linux_profile.h) and tells how it ended.
Verdict run(const Script& script, const RunOptions& options);

/// One run. The parts: lines and their times (interpreter.cc), packets (packet_lines.cc), calls (call_lines.cc).
class Interpreter {
 public:
  Interpreter(const Script& script, const RunOptions& options, Plan plan);
  Verdict run();

 private:
  /// A socket of the script, and what its packets are.
  struct Track {
    enum class Phase : std::uint8_t {
      kNew,
      kListening,
      kConnecting,  ///< connect() was called, and the SYN is to come
      kOpened,      ///< packets have shown its addresses and numbers
    };
    Phase phase = Phase::kNew;
    bool passive = false;
    bool knows_host_start = false;
    int descriptor = -1;  ///< of the SocketCalls, for TCP_INFO
    FourTuple tuple;
    Numbers numbers;
    bool owns(const FourTuple& other) const { return phase == Phase::kOpened && tuple == other; }
  };
  /// A call that has not come back.
  struct Running {
    const ScriptLine* line = nullptr;
    posix::Progress progress{};
    Instant started{};
    Instant until = kNever;  ///< when the line says that it returns
    std::optional<Answer> answer{};
    Instant ended{};
  };
  /// When a line is to happen: from `at` to `until`.
  struct Due {
    Instant base;  ///< what its times count from
    Instant at;
    Instant until;
  };
  using Failure = std::optional<Verdict>;

  // interpreter.cc
  Failure run_lines();
  Failure start();
  Failure run_commands(const std::string& text, Position at);
  Failure run_line(const ScriptLine& line);
  Failure wait_for(const ScriptLine& line);
  Failure check_end();
  Failure check_health(const ScriptLine& line) const;
  Failure run_code(const ScriptLine& line, const CodeLine& code);
  Due due(const ScriptLine& line) const;
  Duration tolerance_at(Instant when) const;
  Duration script_time(Instant when) const { return when - begin_; }
  void settle();
  bool call_is_due(Instant limit);
  bool is_out_of_time();
  Verdict fail(const ScriptLine& line, std::string what) const;
  static Verdict broken(const Trouble& trouble);

  // packet_lines.cc
  Failure run_inbound(const ScriptLine& line, const PacketLine& packet);
  Failure run_outbound(const ScriptLine& line, const PacketLine& packet);
  Failure inject_tcp(const ScriptLine& line, const PacketLine& packet, const TcpWords& words);
  Failure inject_icmp(const ScriptLine& line, const PacketLine& packet, const IcmpWords& words);
  std::optional<LivePacket> take_sent(Instant limit);
  void gather(const PacketLine& packet, LivePacket& whole, Instant limit);
  bool is_under_test(const LivePacket& packet);
  void drop_foreign();
  void learn_start(const TcpWords& words, const LivePacket& live);
  LivePacket in_script_numbers(const LivePacket& live) const;
  Failure check_packet_time(const ScriptLine& line, const LivePacket& seen) const;
  Verdict differ(const ScriptLine& line, const PacketLine& packet, std::string what, const LivePacket& seen) const;
  Failure nothing_came(const ScriptLine& line) const;

  // call_lines.cc
  Failure run_call(const ScriptLine& line, const CallLine& call);
  Failure begin_call(const ScriptLine& line, const CallLine& call);
  Failure finish_call();
  void retry_call();
  void note_call(const CallLine& call);
  void note_answer(const CallLine& call, const Answer& answer);
  Failure check_call(const Running& running) const;
  std::optional<std::int64_t> info_value(std::string_view name);

  const Script& script_;
  const RunOptions& options_;
  const Plan plan_;
  Profile profile_ = linux_profile();
  std::unique_ptr<Testbed> testbed_;
  std::unique_ptr<posix::SocketCalls> sockets_;
  std::unique_ptr<ScriptCalls> calls_;
  Instant begin_{};
  Due due_{};
  const ScriptLine* last_ = nullptr;
  Instant last_at_{};                             ///< when the line before was to happen
  std::map<int, std::shared_ptr<Track>> tracks_;  ///< by descriptor of the script
  std::shared_ptr<Track> under_test_;
  std::uint16_t next_peer_port_ = 40000;
  std::optional<Running> running_;
  std::optional<Trouble> call_trouble_;
  Variables variables_;
  std::vector<std::string> printed_;
  std::uint32_t steps_ = 0;
};

}  // namespace handfast::script

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>

#include "handfast/counters.h"
#include "handfast/trace_event.h"
#include "sim/ledger.h"
#include "sim/wire_oracle.h"

// The omniscient checks of a simulation. The wire oracle judges what is sent; the state oracle here judges what each
// Host says of itself in its trace; the Talkers judge what is delivered; and at the end everything must balance.
//
//   I-G1, I-G2, I-G5  delivered streams        talker.cc, wire_oracle.cc
//   I-G3, I-G4        agreement on identity    on_state below, with WireOracle::agreed
//   I-S               per segment and step     on_event below, wire_oracle.cc
//   I-E1 .. I-E5      liveness, nothing left over, counters, hash   runner.cc

namespace handfast::sim {

/// Folds bytes and numbers into one 64-bit value that depends on their order, the same on every machine.
class TraceHash {
 public:
  void add(std::uint64_t number) {
    value_ = (value_ ^ number) * 0x9E3779B97F4A7C15;
    value_ ^= value_ >> 29;
  }
  void add(std::span<const std::byte> bytes);
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x48616E6466617374;
};

/// The edges of RFC 9293 figure 5 with those that the text adds, written down apart from src/tcp.
bool is_legal_transition(TcpState from, TcpState to);

/// Judges the trace of one Host.
class StateOracle {
 public:
  StateOracle(const WireOracle& wire, Complaints& complaints) : wire_(wire), complaints_(complaints) {}

  void on_event(const trace::Event& event);
  std::uint64_t state_changes() const { return state_changes_; }
  std::uint64_t established() const { return established_; }
  std::uint64_t visits(TcpState state) const { return visits_[static_cast<std::size_t>(state)]; }

 private:
  void on_state(const trace::Event& event);
  void on_sent(const trace::Event& event);
  void judge_numbers(const trace::Event& event);
  void complain(const trace::Event& event, const std::string& what);

  const WireOracle& wire_;
  Complaints& complaints_;
  std::map<std::uint64_t, trace::TcbView> last_;  ///< by connection
  std::array<std::uint64_t, kTcpStateCount> visits_{};
  std::uint64_t state_changes_ = 0;
  std::uint64_t established_ = 0;
};

/// Whether a reason drops a whole frame, before it counts as a segment, ARP or ICMP message that was processed.
bool drops_frame(DropReason reason);

/// I-E4: says what does not add up, or nothing.
std::string unbalanced(const Counters& counters);

}  // namespace handfast::sim

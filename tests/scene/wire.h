#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/test_random.h"
#include "scene/endpoint.h"

// Two lone ends and a wire between them that may lose, repeat, delay and reorder segments, all of it drawn from a seed.
// Each end has a caller that sends a text as fast as it can, takes whatever arrives, and closes when it has sent all.

namespace handfast::scene {

struct Faults {
  std::uint32_t loss = 0;  ///< of 1,000 segments
  std::uint32_t duplicate = 0;
  std::uint32_t late = 0;  ///< so many are delayed by up to 30 ms more
  Duration delay = 5ms;
};

class Wire {
 public:
  Wire(const LoneEndOptions& a_options, const LoneEndOptions& b_options, std::uint64_t seed, const Faults& faults = {})
      : a(a_options), b(b_options), faults_(faults), random_(seed) {}

  /// Runs until both callers are through or `limit` has passed; true: both are through.
  bool run(Duration limit);
  /// Both have sent everything, closed, and seen the other's end.
  bool is_done() const { return a_caller.is_done() && b_caller.is_done(); }

  struct Caller {
    std::string to_send;
    std::size_t sent = 0;
    std::string received;
    bool closed = false;
    bool saw_end = false;
    std::error_code failure{};
    bool is_done() const { return closed && saw_end; }
  };

  LoneEnd a;
  LoneEnd b;
  Caller a_caller;
  Caller b_caller;

 private:
  struct Flight {
    Instant at;
    bool to_b = false;
    Sent sent;
  };
  static void act(LoneEnd& end, Caller& caller);
  void carry(const std::vector<Sent>& sent, bool to_b);
  void arrive();
  Instant next_event() const;

  Faults faults_;
  base::TestRandom random_;
  std::vector<Flight> flights_;  // in the order of their arrival
};

}  // namespace handfast::scene

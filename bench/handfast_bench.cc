#include "one_core.h"

// Two Hosts in one thread on one core, through the public API alone (pair.h). Figures are per second, or nanoseconds,
// of that thread's CPU time.

int main(int argc, char** argv) {
  return handfast::bench::run(argc, argv,
                              "two Hosts in memory, one thread on one core, public API; each frame copied once between "
                              "them; all IP and TCP checksums made and verified; tracing compiled in and off; "
                              "invariant checks compiled out; IPv4, timestamps, SACK and window scaling on");
}

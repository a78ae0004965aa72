#include "sim/ledger.h"

namespace handfast::sim {

std::string describe(const FourTuple& tuple) { return tuple.host.to_string() + " > " + tuple.peer.to_string(); }

}  // namespace handfast::sim

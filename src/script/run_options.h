#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "handfast/trace_event.h"
#include "posix/call_values.h"
#include "script/calls.h"
#include "script/lexer.h"
#include "script/script.h"
#include "script/testbed.h"

// How a script is to be run: what its --options and the caller say, and what follows from that.

namespace handfast::script {

enum class IpForm : std::uint8_t {
  kV4,
  kMapped,  ///< sockets of IPv6 with addresses that stand for IPv4 ones
  kV6,
};

/// What becomes of a segment that no line has claimed when the script is over.
enum class Unclaimed : std::uint8_t {
  kFails,       ///< it fails the script
  kMayBeLast,   ///< likewise, but for what is sent in the very instant in which the script ends
  kIsNotHeeded  ///< nothing, as in packetdrill
};

/// What the caller of run() decides.
struct RunOptions {
  IpForm form = IpForm::kV4;             ///< where the script does not say
  Duration virtual_limit = 4h;           ///< script time after which a run is given up
  std::function<bool()> is_out_of_time;  ///< asked now and then; true: the run is given up. May be empty
  trace::Sink* sink = nullptr;
  Unclaimed unclaimed = Unclaimed::kMayBeLast;
};

/// What holds for one run.
struct Plan {
  IpForm form = IpForm::kV4;
  Addresses addresses{};
  std::uint16_t host_port = 8080;  ///< that bind() gives and inbound packets go to
  std::uint16_t peer_port = 8080;  ///< that connect() goes to
  Duration tolerance = std::chrono::microseconds(4000);
  std::uint32_t tolerance_per_mille = 125;  ///< of the time since the event before, where that is more
  std::uint32_t timestamp_tick_us = 0;
  bool scale_echoes = false;
  bool strict_segments = false;
};

/// The script's options over the caller's. A Trouble names the option that is not known or not good.
std::expected<Plan, Trouble> plan_of(const Script& script, const RunOptions& options);

Ellipses ellipses_of(const Plan& plan);

/// The words that packetdrill's runner defines: TFO_COOKIE and TFO_COOKIE_ZERO, the fast open cookies that the
/// profile's key and one of zeros make for the addresses of a script, and CODE, CMSG_LEVEL_IP and CMSG_TYPE_RECVERR by
/// version.
Definitions default_definitions(IpForm form);

}  // namespace handfast::script

#pragma once

#include <algorithm>
#include <cstdint>

#include "handfast/drop_reason.h"
#include "tcp/path_mtu_search.h"
#include "tcp/sequence_number.h"

// Path MTU as a connection sees it. All sizes here are those of an MSS: text and TCP options of one segment, without
// the headers. What is known of the path (`limit`) bounds segments beside the peer's MSS. Three things move it: reports
// of ICMP, judged by RFC 5927 §7.2 below; timeouts of large segments, where no report comes (RFC 4821 §7.7); and
// probes, which alone may raise it before it has aged (path_mtu_search.h).
//
// A report proves nothing about its sender. It must quote a number in flight, claim less than what is in flight, and
// not less than we ever go down to. While no segment of more than the claimed size was acknowledged, it is believed at
// once: that is how a connection learns of its path in the first place. Later it contradicts what was seen, so it is
// held back until the very segment that it quotes meets a retransmission timeout; an acknowledgment of that segment
// refutes it.

namespace handfast::tcp {

/// What a connection remembers of its path while it is idle too.
struct PathSize {
  std::uint32_t settled_at =
      0;  ///< when the size was last settled, in seconds from 1 on; 0: it is not, a search may begin
  std::uint16_t limit = 0xFFFF;  ///< no segment is larger
  std::uint16_t proven = 0;      ///< the largest segment that was acknowledged
};

/// "Too big", from ICMP.
struct PathReport {
  SeqNum seq;                ///< of the segment that it quotes
  std::uint32_t mtu = 0;     ///< what it says fits, in a packet; 0: it does not say (routers older than RFC 1191)
  std::uint32_t length = 0;  ///< of the packet that it quotes, as far as the quote can be trusted
};

/// A report that waits for evidence.
struct HeldReport {
  SeqNum seq;
  std::uint16_t size = 0;  ///< 0: there is none

  bool waits() const { return size != 0; }
  /// Keeps the one of two that a timeout can confirm first, and of equals the one that costs less.
  void hold(SeqNum quoted, std::uint16_t claimed);
};

/// What a connection needs of all this only while text is in flight.
struct PathWork {
  PathMtuSearch search;
  HeldReport held;
  std::uint16_t largest_sent = 0;  ///< since the last believed report
};

/// RFC 1191 §7: the next plateau below `length`, where the router gave no MTU.
std::uint32_t plateau_below(std::uint32_t length);

/// RFC 5927 §7.2 (5927-5).
struct ReportFacts {
  std::uint32_t claimed = 0;
  std::uint32_t floor = 0;
  std::uint32_t largest_sent = 0;
  std::uint32_t proven = 0;
};
enum class ReportJudgement : std::uint8_t { kNotSmaller, kTooSmall, kHold, kBelieve };
ReportJudgement judge_report(const ReportFacts& facts);

}  // namespace handfast::tcp

#pragma once

#include <array>
#include <cstdint>

#include "handfast/drop_reason.h"

namespace handfast {

/// What a Host counted since it was made. Frames received = segments, ARP and ICMP processed + the sum of all drops of
/// whole frames; every drop has exactly one reason.
struct Counters {
  std::uint64_t frames_received = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t segments_received = 0;  ///< TCP segments that parsed and had a good checksum
  std::uint64_t segments_sent = 0;
  std::uint64_t segments_retransmitted = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t challenge_acks = 0;
  std::uint64_t connections_opened = 0;  ///< reached ESTABLISHED
  std::uint64_t connections_failed = 0;  ///< ended by an error
  std::uint64_t connections_closed = 0;  ///< ended in good order
  std::uint64_t arp_processed = 0;
  std::uint64_t icmp_processed = 0;
  std::uint64_t clock_went_backward = 0;
  std::uint64_t allocation_failures = 0;
  std::uint64_t cookies_sent = 0;           ///< SYN-ACKs whose number is a SYN cookie (RFC 4987 §3.6)
  std::uint64_t cookies_accepted = 0;       ///< ACKs that brought one back
  std::uint64_t cookies_rejected = 0;       ///< ACKs to a listener that expects cookies, with none of ours
  std::uint64_t fast_opens_accepted = 0;    ///< SYNs whose text was taken at once (RFC 7413)
  std::uint64_t fast_opens_rejected = 0;    ///< SYNs with text and a cookie that is not, or no longer, ours
  std::uint64_t fast_opens_limited = 0;     ///< SYNs with text and a good cookie that found no room
  std::uint64_t path_reports = 0;           ///< ICMP said "too big" of a segment in flight; refused ones are drops too
  std::uint64_t path_reports_believed = 0;  ///< and made segments smaller
  std::uint64_t path_reports_refuted = 0;   ///< held back until what they quoted was acknowledged after all
  std::uint64_t path_black_holes = 0;       ///< timeouts of large segments that led to smaller ones
  std::uint64_t path_probes_sent = 0;       ///< these and the next: RFC 4821
  std::uint64_t path_probes_delivered = 0;
  std::uint64_t path_probes_lost = 0;
  std::array<std::uint64_t, kDropReasonCount> drops{};

  std::uint64_t& drop(DropReason reason) { return drops[static_cast<std::size_t>(reason)]; }
  std::uint64_t dropped(DropReason reason) const { return drops[static_cast<std::size_t>(reason)]; }
};

}  // namespace handfast

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace handfast {

/// Why a frame, packet or segment was not processed further. The list only grows; names are stable.
/// X(enumerator, text for people, the rule behind it)
#define HANDFAST_DROP_REASONS(X)                                                                               \
  X(kNone, "not dropped", "")                                                                                  \
  X(kTruncatedFrame, "frame shorter than its header", "RFC 894")                                               \
  X(kNotForUs, "link address of another station", "RFC 894")                                                   \
  X(kUnknownEtherType, "EtherType not spoken here", "RFC 894")                                                 \
  X(kBadArp, "ARP packet malformed", "RFC 826")                                                                \
  X(kArpNotForUs, "ARP packet or neighbor discovery about another host", "RFC 826")                            \
  X(kArpCacheFull, "neighbor table at its limit", "RFC 1122 §2.3.2")                                           \
  X(kArpQueueFull, "too many packets wait for this neighbor", "RFC 1122 §2.3.2.2")                             \
  X(kArpTimeout, "the neighbor did not answer", "RFC 1122 §2.3.2")                                             \
  X(kBadIpVersion, "neither IPv4 nor IPv6", "RFC 1122 §3.2.1.1")                                               \
  X(kIpv4Truncated, "shorter than an IPv4 header", "RFC 791 §3.1")                                             \
  X(kIpv4BadHeaderLength, "IPv4 header length impossible", "RFC 791 §3.1")                                     \
  X(kIpv4BadTotalLength, "IPv4 total length does not fit", "RFC 791 §3.1")                                     \
  X(kIpv4BadChecksum, "IPv4 header checksum wrong", "RFC 1122 §3.2.1.2")                                       \
  X(kIpv4BadOption, "IPv4 option length impossible", "RFC 791 §3.1")                                           \
  X(kIpv4SourceRoute, "IPv4 source route refused", "RFC 7126 §4.3")                                            \
  X(kIpv4Fragment, "IPv4 fragment; reassembly is not built", "RFC 791 §3.2")                                   \
  X(kIpv4BadSource, "IPv4 source address cannot be a sender", "RFC 1122 §3.2.1.3")                             \
  X(kIpv4NotForUs, "IPv4 destination is another host", "RFC 1122 §3.2.1.3")                                    \
  X(kIpv4UnknownProtocol, "IPv4 protocol not spoken here", "RFC 1122 §3.2.2.1")                                \
  X(kIpv6Truncated, "shorter than an IPv6 header", "RFC 8200 §3")                                              \
  X(kIpv6BadPayloadLength, "IPv6 payload length does not fit", "RFC 8200 §3")                                  \
  X(kIpv6NotSupported, "IPv6 data path is not built; nothing says so any more", "RFC 8200")                    \
  X(kIcmpTruncated, "ICMP message shorter than its header", "RFC 792")                                         \
  X(kIcmpBadChecksum, "ICMP checksum wrong", "RFC 792")                                                        \
  X(kIcmpUnknownType, "ICMP type not processed", "RFC 1122 §3.2.2")                                            \
  X(kIcmpBadQuote, "ICMP error quotes nothing usable", "RFC 1122 §3.2.2")                                      \
  X(kIcmpNoConnection, "ICMP error quotes no connection of ours", "RFC 5927 §4.1")                             \
  X(kIcmpOutsideWindow, "ICMP error quotes a sequence number not in flight", "RFC 5927 §4.1")                  \
  X(kIcmpSourceQuench, "Source Quench is ignored", "RFC 6633 §3")                                              \
  X(kIcmpToBroadcast, "echo to a broadcast or multicast address", "RFC 1122 §3.2.2.6")                         \
  X(kTcpTruncated, "shorter than a TCP header", "RFC 9293 §3.1")                                               \
  X(kTcpBadDataOffset, "TCP data offset impossible", "RFC 9293 §3.1")                                          \
  X(kTcpBadChecksum, "TCP checksum wrong", "RFC 9293 §3.1 (MUST-3)")                                           \
  X(kTcpBadOptionLength, "TCP option length impossible", "RFC 9293 §3.1 (MUST-7)")                             \
  X(kTcpToBroadcast, "TCP segment to or from a broadcast or multicast address", "RFC 9293 §3.9.2.3 (MUST-57)") \
  X(kTcpBadSourcePort, "TCP port zero", "RFC 6335 §6")                                                         \
  X(kTcpClosed, "no connection: answered with a reset", "RFC 9293 §3.10.7.1")                                  \
  X(kTcpClosedReset, "no connection: a reset is never answered", "RFC 9293 §3.10.7.1")                         \
  X(kTcpListenReset, "reset to a listener", "RFC 9293 §3.10.7.2 first")                                        \
  X(kTcpListenAck, "acknowledgment to a listener: answered with a reset", "RFC 9293 §3.10.7.2 second")         \
  X(kTcpListenNoSyn, "neither SYN, ACK nor RST to a listener", "RFC 9293 §3.10.7.2 fourth")                    \
  X(kTcpSynSentBadAck, "the SYN is not what this acknowledges", "RFC 9293 §3.10.7.3 first")                    \
  X(kTcpSynSentBadEcho, "SYN-ACK echoes a timestamp of no SYN of ours", "RFC 7323 §3.2")                       \
  X(kTcpSynSentBadReset, "reset that acknowledges no SYN of ours", "RFC 9293 §3.10.7.3 second")                \
  X(kTcpSynSentNoSyn, "no SYN in answer to our SYN", "RFC 9293 §3.10.7.3 fifth")                               \
  X(kTcpOutsideWindow, "sequence number outside the window", "RFC 9293 §3.10.7.4 first")                       \
  X(kTcpDuplicateSyn, "the peer's SYN again: the SYN-ACK is sent again", "RFC 9293 §3.8.1")                    \
  X(kTcpResetOutsideWindow, "reset outside the window", "RFC 5961 §3.2")                                       \
  X(kTcpResetChallenged, "reset in the window but not at its edge: challenged", "RFC 5961 §3.2")               \
  X(kTcpResetInTimeWait, "reset in TIME-WAIT is ignored", "RFC 1337 §3")                                       \
  X(kTcpSynChallenged, "SYN in a synchronized state: challenged", "RFC 5961 §4.2")                             \
  X(kTcpNoAck, "no ACK bit in a synchronized state", "RFC 9293 §3.10.7.4 fifth")                               \
  X(kTcpAckOutOfRange, "acknowledgment outside the acceptable range", "RFC 5961 §5.2")                         \
  X(kTcpAckBad, "acknowledgment is not of our SYN: answered with a reset", "RFC 9293 §3.10.7.4 fifth")         \
  X(kTcpPaws, "timestamp older than the last one", "RFC 7323 §5.3")                                            \
  X(kTcpNoTimestamp, "agreed timestamp missing", "RFC 7323 §3.2")                                              \
  X(kTcpTextAfterFin, "text after the peer's FIN", "RFC 9293 §3.10.7.4 seventh")                               \
  X(kTcpTextAfterClose, "text after the caller let the connection go: reset", "RFC 9293 §3.6.1 (SHLD-3)")      \
  X(kTcpOutOfOrderLimit, "too many separate ranges out of order", "RFC 9293 §3.10.7.4 (SHLD-31)")              \
  X(kTcpMemory, "memory budget used up", "RFC 9293 §3.8.6")                                                    \
  X(kTcpSynQueueFull, "SYN queue at its limit", "RFC 4987 §3.5")                                               \
  X(kTcpAcceptQueueFull, "accept queue at its limit", "RFC 4987 §3.5")                                         \
  X(kTcpConnectionLimit, "connection limit reached", "RFC 4987 §3.5")                                          \
  X(kReplyRateLimited, "stateless reply withheld by its rate limit", "RFC 1122 §3.2.2")                        \
  X(kReplyQueueFull, "stateless reply queue at its limit", "RFC 1122 §3.2.2")                                  \
  X(kNoRoute, "no route to the destination", "RFC 1122 §3.3.1")                                                \
  X(kInterfaceDown, "interface removed or down", "RFC 1122 §3.3.4")                                            \
  X(kUdpNotSupported, "UDP is not built", "RFC 768")                                                           \
  X(kFrameTooLarge, "frame larger than 65,535 bytes or the interface allows", "RFC 791 §3.1")                  \
  X(kBadOffload, "offload fields of a received frame do not fit it", "virtio 1.2 §5.1.6")                      \
  X(kWrongShard, "flow of another shard: handed back", "")                                                     \
  X(kShutdown, "host is shutting down", "")                                                                    \
  X(kTcpCookieRateLimited, "SYN cookie withheld by its rate limit", "RFC 4987 §3.6")                           \
  X(kTcpCookieCheckRateLimited, "check of a SYN cookie withheld by its rate limit", "RFC 4987 §3.6")           \
  X(kTcpCookieBad, "acknowledgment to a listener that brings back no SYN cookie of ours", "RFC 4987 §3.6")     \
  X(kIcmpMtuNotSmaller, "ICMP says too big of what is no larger than it says fits", "RFC 5927 §7.2")           \
  X(kIcmpMtuTooSmall, "ICMP says that less fits than we ever go down to", "RFC 5927 §7.2")                     \
  X(kIcmpRateLimited, "more ICMP errors about one peer than its rate limit lets in", "RFC 5927 §4")            \
  X(kTcpEcnForms, "SYNs that ask for two forms of ECN feedback: reset", "RFC 9768 §3.1.5")                     \
  X(kIpv6BadSource, "IPv6 source address cannot be a sender", "RFC 4291 §2.5")                                 \
  X(kIpv6NotForUs, "IPv6 destination is another host", "RFC 8200 §3")                                          \
  X(kIpv6UnknownProtocol, "IPv6 next header not spoken here", "RFC 8200 §4")                                   \
  X(kIpv6NoNextHeader, "IPv6 packet that carries nothing", "RFC 8200 §4.7")                                    \
  X(kIpv6Fragment, "IPv6 fragment; reassembly is not built", "RFC 8200 §4.5")                                  \
  X(kIpv6RoutingHeader, "IPv6 routing header that leads elsewhere", "RFC 8200 §4.4")                           \
  X(kIpv6BadExtension, "IPv6 extension header impossible or out of place", "RFC 8200 §4.1")                    \
  X(kIpv6BadOption, "IPv6 option that may not be passed over", "RFC 8200 §4.2")                                \
  X(kIpv6ExtensionLimit, "more IPv6 extension headers, options or padding than are read", "RFC 8504 §5.3")     \
  X(kBadNeighbor, "neighbor discovery message malformed or not of this link", "RFC 4861 §7.1")

enum class DropReason : std::uint8_t {
#define HANDFAST_DROP_ENUM(name, text, rule) name,
  HANDFAST_DROP_REASONS(HANDFAST_DROP_ENUM)
#undef HANDFAST_DROP_ENUM
      kCount
};

inline constexpr std::size_t kDropReasonCount = static_cast<std::size_t>(DropReason::kCount);

struct DropReasonInfo {
  std::string_view name;  ///< the enumerator without its k, stable
  std::string_view text;  ///< a phrase for people
  std::string_view rule;  ///< the RFC section behind it
};

/// The names of a reason; a value outside the list reads as "Unknown".
constexpr DropReasonInfo describe(DropReason reason) {
  constexpr DropReasonInfo kTable[] = {
#define HANDFAST_DROP_INFO(name, text, rule) {std::string_view(#name).substr(1), text, rule},
      HANDFAST_DROP_REASONS(HANDFAST_DROP_INFO)
#undef HANDFAST_DROP_INFO
  };
  const auto index = static_cast<std::size_t>(reason);
  return index < kDropReasonCount ? kTable[index] : DropReasonInfo{"Unknown", "unknown reason", ""};
}

}  // namespace handfast

#pragma once

#include <cstdint>

// The numbers of TCP's options, as IANA lists them (RFC 9293 §3.2, RFC 7323, RFC 2018, RFC 5482, RFC 7413, RFC 9768).

namespace handfast::wire {

inline constexpr std::uint8_t kKindEnd = 0;
inline constexpr std::uint8_t kKindNop = 1;
inline constexpr std::uint8_t kKindMss = 2;
inline constexpr std::uint8_t kKindWindowScale = 3;
inline constexpr std::uint8_t kKindSackPermitted = 4;
inline constexpr std::uint8_t kKindSack = 5;
inline constexpr std::uint8_t kKindTimestamps = 8;
inline constexpr std::uint8_t kKindUserTimeout = 28;
inline constexpr std::uint8_t kKindFastOpen = 34;
inline constexpr std::uint8_t kKindAccurateEcn0 = 172;
inline constexpr std::uint8_t kKindAccurateEcn1 = 174;
/// RFC 4727: an experiment, told by the number behind the length (RFC 6994).
inline constexpr std::uint8_t kKindExperimental = 254;
inline constexpr std::uint16_t kFastOpenMagic = 0xF989;

}  // namespace handfast::wire

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The grid: every state meets each of the 512 sets of flags at five places of SEG.SEQ and four of SEG.ACK, which makes
// 11 x 512 x 5 x 4 = 112,640 cases; each is played without text and with four bytes of it. SYN-RECEIVED has a second
// table for the connection that both ends opened, because what becomes of that differs (MUST-11).
//
// Nothing here knows the stack or the model: the places are counted from the variables that the caller of these
// functions observed, so that the same cases can be put to the kernel (tests/interop/linux_matrix.cc).

namespace handfast::matrix {

/// The bits as a header has them.
enum Flag : std::uint16_t {
  kFinBit = 0x001,
  kSynBit = 0x002,
  kRstBit = 0x004,
  kPshBit = 0x008,
  kAckBit = 0x010,
  kUrgBit = 0x020,
  kEceBit = 0x040,
  kCwrBit = 0x080,
  kAeBit = 0x100,
};

/// Where SEG.SEQ lies. kLeft is one before RCV.NXT: text there overlaps the left edge, and the number is that of the
/// peer's SYN in SYN-RECEIVED and of its FIN after that.
enum class SeqPlace : std::uint8_t { kBelow, kLeft, kNext, kInside, kBeyond };

/// Where SEG.ACK lies, also where the ACK bit is not set. kFar is the first number below the range of RFC 5961 §5.2.
enum class AckPlace : std::uint8_t { kFar, kOld, kNew, kBeyond };

inline constexpr std::size_t kFlagSets = 512;
inline constexpr std::size_t kSeqPlaces = 5;
inline constexpr std::size_t kAckPlaces = 4;
inline constexpr std::size_t kTexts = 2;
/// Cases of one table. Case number = ((flags * 5 + seq) * 4 + ack) * 2 + text.
inline constexpr std::size_t kCases = kFlagSets * kSeqPlaces * kAckPlaces * kTexts;

inline constexpr std::uint32_t kTextLength = 4;     ///< of a case with text
inline constexpr std::uint16_t kUrgentPointer = 2;  ///< of every case; read only where URG is set
inline constexpr std::uint16_t kCaseWindow = 5555;  ///< SEG.WND of every case; what went before announces another

struct Case {
  std::uint16_t flags = 0;
  SeqPlace seq = SeqPlace::kNext;
  AckPlace ack = AckPlace::kNew;
  bool text = false;

  bool has(Flag flag) const { return (flags & flag) != 0; }
  std::uint32_t length() const {
    return (text ? kTextLength : 0) + (has(kSynBit) ? 1u : 0u) + (has(kFinBit) ? 1u : 0u);
  }
};

Case case_at(std::size_t number);
std::size_t number_of(const Case& one);
/// Such as "SYN+ACK+ECE seq=left ack=new text=4".
std::string describe(const Case& one);

std::string_view name_of(SeqPlace place);
std::string_view name_of(AckPlace place);

/// The names of the twelve tables, in the order of the RFC's states; the first word is the state.
inline constexpr std::array<std::string_view, 12> kTables = {
    "CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED", "SYN-RECEIVED-both-opened",
    "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",   "CLOSING",
    "LAST-ACK",    "TIME-WAIT"};

/// The variables from which the places are counted, as they are before the segment arrives. Where a state has no
/// RCV.NXT or SND.NXT, they are what they would be once the peer's SYN, or ours, had gone out.
struct Variables {
  std::uint32_t snd_una = 0, snd_nxt = 0, max_snd_wnd = 0;
  std::uint32_t rcv_nxt = 0, rcv_wnd = 0;
  bool peer_known = true;  ///< false: the peer's SYN has not come, and the segment's may be it
};

std::uint32_t seq_at(SeqPlace place, const Variables& at);
/// kOld is SND.UNA, a duplicate, and one below it where nothing is outstanding, so that it is never kNew.
std::uint32_t ack_at(AckPlace place, const Variables& at);

/// A segment of the host in answer to a case.
struct Answer {
  std::uint16_t flags = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint32_t text = 0;
};

/// Its kind and where its numbers lie: "ACK", "ACK+4" (RCV.NXT moved by four), "SYN-ACK", "RST seq=SEG.ACK",
/// "RST seq=0 ack=SEG.SEQ+SEG.LEN". Numbers that are in no such place are shown as distances and end with a '?'.
std::string name_of(const Answer& answer, const Case& one, const Variables& at, std::uint32_t iss);

}  // namespace handfast::matrix

#include "matrix/grid.h"

namespace handfast::matrix {

Case case_at(std::size_t number) {
  Case one;
  one.text = number % kTexts != 0;
  number /= kTexts;
  one.ack = static_cast<AckPlace>(number % kAckPlaces);
  number /= kAckPlaces;
  one.seq = static_cast<SeqPlace>(number % kSeqPlaces);
  one.flags = static_cast<std::uint16_t>(number / kSeqPlaces);
  return one;
}

std::size_t number_of(const Case& one) {
  const std::size_t place = std::size_t{one.flags} * kSeqPlaces + static_cast<std::size_t>(one.seq);
  return (place * kAckPlaces + static_cast<std::size_t>(one.ack)) * kTexts + (one.text ? 1 : 0);
}

std::string describe(const Case& one) {
  static constexpr struct {
    Flag flag;
    const char* name;
  } kNames[] = {{kRstBit, "RST"}, {kSynBit, "SYN"}, {kAckBit, "ACK"}, {kFinBit, "FIN"}, {kUrgBit, "URG"},
                {kPshBit, "PSH"}, {kEceBit, "ECE"}, {kCwrBit, "CWR"}, {kAeBit, "AE"}};
  std::string text;
  for (const auto& [flag, name] : kNames) {
    if (one.has(flag)) text += (text.empty() ? "" : "+") + std::string(name);
  }
  if (text.empty()) text = "(no flags)";
  text += " seq=" + std::string(name_of(one.seq)) + " ack=" + std::string(name_of(one.ack));
  return text + " text=" + (one.text ? std::to_string(kTextLength) : "0");
}

std::string_view name_of(SeqPlace place) {
  static constexpr std::string_view kNames[] = {"below", "left", "next", "inside", "beyond"};
  return kNames[static_cast<std::size_t>(place)];
}

std::string_view name_of(AckPlace place) {
  static constexpr std::string_view kNames[] = {"far", "old", "new", "beyond"};
  return kNames[static_cast<std::size_t>(place)];
}

std::uint32_t seq_at(SeqPlace place, const Variables& at) {
  switch (place) {
    case SeqPlace::kBelow:
      return at.rcv_nxt - 1000;
    case SeqPlace::kLeft:
      return at.rcv_nxt - 1;
    case SeqPlace::kNext:
      return at.rcv_nxt;
    case SeqPlace::kInside:
      return at.rcv_nxt + at.rcv_wnd / 2;
    case SeqPlace::kBeyond:
      return at.rcv_nxt + at.rcv_wnd;
  }
  return 0;
}

std::uint32_t ack_at(AckPlace place, const Variables& at) {
  switch (place) {
    case AckPlace::kFar:
      // Two below where the peer has announced no window yet, so that it is not kOld.
      return at.snd_una - at.max_snd_wnd - (at.max_snd_wnd == 0 ? 2 : 1);
    case AckPlace::kOld:
      return at.snd_una - (at.snd_una == at.snd_nxt ? 1 : 0);
    case AckPlace::kNew:
      return at.snd_nxt;
    case AckPlace::kBeyond:
      return at.snd_nxt + 1;
  }
  return 0;
}

namespace {

std::string distance(std::uint32_t number, std::uint32_t from) {
  const auto steps = static_cast<std::int32_t>(number - from);
  return (steps < 0 ? "" : "+") + std::to_string(steps);
}

std::string name_of_reset(const Answer& answer, const Case& one, const Variables& at) {
  const std::uint32_t after = seq_at(one.seq, at) + one.length();
  if ((answer.flags & kAckBit) == 0) {
    if (answer.seq == ack_at(one.ack, at)) return "RST seq=SEG.ACK";
    return "RST seq=SEG.ACK" + distance(answer.seq, ack_at(one.ack, at)) + "?";
  }
  if (answer.seq == 0 && answer.ack == after) return "RST seq=0 ack=SEG.SEQ+SEG.LEN";
  return "RST seq=SND.NXT" + distance(answer.seq, at.snd_nxt) + " ack=RCV.NXT" + distance(answer.ack, at.rcv_nxt) + "?";
}

std::string ecn_bits(std::uint16_t flags) {
  std::string text;
  if ((flags & kEceBit) != 0) text += " ECE";
  if ((flags & kCwrBit) != 0) text += " CWR";
  if ((flags & kAeBit) != 0) text += " AE";
  return text;
}

}  // namespace

std::string name_of(const Answer& answer, const Case& one, const Variables& at, std::uint32_t iss) {
  if ((answer.flags & kRstBit) != 0) return name_of_reset(answer, one, at);
  if ((answer.flags & kSynBit) != 0) {
    const bool is_answer = (answer.flags & kAckBit) != 0;
    // It acknowledges the SYN that arrived, or in SYN-RECEIVED the one that came before.
    const bool new_one = answer.ack == seq_at(one.seq, at) + 1;
    const bool in_place = answer.seq == iss && (!is_answer || new_one || answer.ack == at.rcv_nxt);
    return std::string(is_answer ? "SYN-ACK" : "SYN") + (in_place ? "" : "?") + ecn_bits(answer.flags);
  }
  std::string text = (answer.flags & kFinBit) != 0 ? "FIN-ACK" : "ACK";
  if (answer.text > 0) text += "(text " + std::to_string(answer.text) + ")";
  if (answer.seq != at.snd_nxt) text += " seq=SND.NXT" + distance(answer.seq, at.snd_nxt) + "?";
  const std::uint32_t rcv_nxt = at.peer_known ? at.rcv_nxt : seq_at(one.seq, at) + 1;
  if (answer.ack != rcv_nxt) text += distance(answer.ack, rcv_nxt);
  return text + ecn_bits(answer.flags);
}

}  // namespace handfast::matrix

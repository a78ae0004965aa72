#include "script/numbers.h"

#include <algorithm>

namespace handfast::script {

namespace {

void shift_sack(TcpWords& segment, std::uint32_t offset) {
  for (OptionWords& option : segment.options) {
    for (auto& [left, right] : option.blocks) {
      left += offset;
      right += offset;
    }
  }
}

// The timestamps option, or null. `Words` is TcpWords or a constant one.
template <typename Words>
auto* timestamps_in(Words& segment) {
  const auto found = std::ranges::find(segment.options, OptionWords::Kind::kTimestamps, &OptionWords::kind);
  return found == segment.options.end() ? nullptr : &*found;
}

}  // namespace

bool has(const TcpWords& words, wire::TcpFlags flags) { return wire::TcpFlags(words.flags).has(flags); }

std::optional<TcpWords> Numbers::to_live(const TcpWords& line) const {
  TcpWords live = line;
  const bool syn = has(line, wire::kSyn);
  live.sequence = line.sequence + (syn ? 0 : peer_);
  const std::uint32_t host_offset = host_to_live(0, syn);
  if (has(line, wire::kAck)) live.acknowledgment = line.acknowledgment + host_offset;
  shift_sack(live, host_offset);
  OptionWords* timestamps = timestamps_in(live);
  if (timestamps == nullptr || !has(line, wire::kAck)) return live;
  const std::optional<std::uint32_t> echo = echo_to_live(timestamps->echo);
  if (!echo) return std::nullopt;
  timestamps->echo = *echo;
  return live;
}

std::optional<std::uint32_t> Numbers::echo_to_live(std::uint32_t scripted) const {
  if (const auto known = timestamps_.find(scripted); known != timestamps_.end()) return known->second;
  if (scale_echoes_ && first_timestamp_) return scripted - first_timestamp_->scripted + first_timestamp_->live;
  return std::nullopt;
}

TcpWords Numbers::to_script(const TcpWords& live) const {
  TcpWords words = live;
  const bool syn = has(live, wire::kSyn);
  words.sequence = live.sequence - host_to_live(0, syn);
  const std::uint32_t peer_offset = syn ? 0 : peer_;
  if (has(live, wire::kAck)) words.acknowledgment = live.acknowledgment - peer_offset;
  shift_sack(words, 0 - peer_offset);
  OptionWords* timestamps = timestamps_in(words);
  if (timestamps != nullptr && first_timestamp_) {
    timestamps->value = timestamps->value - first_timestamp_->live + first_timestamp_->scripted;
  }
  return words;
}

void Numbers::learn_timestamp(const TcpWords& line, const TcpWords& live) {
  const OptionWords* scripted = timestamps_in(line);
  const OptionWords* seen = timestamps_in(live);
  if (scripted == nullptr || seen == nullptr) return;
  timestamps_[scripted->value] = seen->value;
  if (!first_timestamp_) first_timestamp_ = First{.live = seen->value, .scripted = scripted->value};
}

}  // namespace handfast::script

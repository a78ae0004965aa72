#include "tcp/handshake.h"

#include <algorithm>
#include <cstring>

#include "tcp/buffer_tuning.h"
#include "tcp/user_timeout.h"

namespace handfast::tcp {

namespace {

// The address is padded to 16 bytes, so that an IPv4 and an IPv6 4-tuple never hash the same input: the version is
// part of the last word.
std::uint64_t hash_tuple(const base::SipKey& key, const FourTuple& tuple) {
  std::uint64_t words[4] = {};
  std::memcpy(&words[0], tuple.host.address.bytes().data(), tuple.host.address.bytes().size());
  std::memcpy(&words[2], tuple.peer.address.bytes().data(), tuple.peer.address.bytes().size());
  const std::uint64_t last = std::uint64_t{tuple.host.port} << 48 | std::uint64_t{tuple.peer.port} << 32 |
                             static_cast<std::uint64_t>(tuple.host.address.version());
  if (tuple.host.address.is_v4()) return base::siphash_words(key, words[0] << 32 | words[2], last);
  return base::siphash_words(key, words[0], words[1], words[2], words[3], last);
}

}  // namespace

SeqNum initial_sequence_number(const base::SipKey& key, const FourTuple& tuple, Instant now) {
  const auto clock = static_cast<std::uint32_t>(now.time_since_epoch().count() / 4000);
  return SeqNum(clock + static_cast<std::uint32_t>(hash_tuple(key, tuple)));
}

std::uint32_t timestamp_offset(const base::SipKey& key, const FourTuple& tuple) {
  return static_cast<std::uint32_t>(hash_tuple(key, tuple));
}

std::uint8_t scale_for(std::uint32_t buffer) {
  std::uint8_t scale = 0;
  while (scale < wire::kMaxWindowScale && (buffer >> scale) > 0xFFFF) ++scale;
  return scale;
}

std::uint16_t default_mss(IpVersion version) { return version == IpVersion::kV6 ? 1220 : 536; }

std::uint16_t own_mss(const TcpConfig& config, std::uint16_t interface_mss) {
  return config.max_mss == 0 ? interface_mss : std::min(config.max_mss, interface_mss);
}

TcpOptions offered_options(const TcpConfig& config, std::uint16_t receive_mss) {
  TcpOptions options;
  options.mss = receive_mss;
  options.sack_permitted = config.sack;
  if (config.timestamps) options.timestamps.emplace();
  if (config.window_scale) options.window_scale = scale_for(largest_receive_buffer(config));
  if (config.user_timeout_option) options.user_timeout = user_timeout_option(config.r2);
  return options;
}

Agreed agree(const TcpConfig& config, const TcpOptions& theirs, std::uint16_t path_mss, IpVersion version) {
  Agreed agreed;
  // An offer of a few bytes would let a peer make us send a packet for each of them (CVE-2019-11479).
  const std::uint16_t offer = std::max(theirs.mss.value_or(default_mss(version)), config.min_peer_mss);
  agreed.send_mss = std::min(offer, path_mss);
  agreed.timestamps = config.timestamps && theirs.timestamps.has_value();
  agreed.sack = config.sack && theirs.sack_permitted;
  if (config.window_scale && theirs.window_scale.has_value()) {
    agreed.window_scale = true;
    agreed.send_scale = std::min(*theirs.window_scale, wire::kMaxWindowScale);
    agreed.receive_scale = scale_for(largest_receive_buffer(config));
  }
  return agreed;
}

TcpOptions answered_options(const TcpConfig& config, const Agreed& agreed, std::uint16_t receive_mss) {
  TcpOptions options = offered_options(config, receive_mss);
  if (!agreed.window_scale) options.window_scale.reset();
  if (!agreed.timestamps) options.timestamps.reset();
  options.sack_permitted = agreed.sack;
  return options;
}

}  // namespace handfast::tcp

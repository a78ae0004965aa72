#include "tcp/syn_cookie.h"

#include <algorithm>

#include "base/address_words.h"
#include "tcp/accurate_ecn.h"
#include "tcp/ecn.h"

namespace handfast::tcp {

namespace {

constexpr std::uint32_t kHashMask = (1u << kCookieHashBits) - 1;
constexpr std::uint32_t kOptionBits = 0x3F;
constexpr std::uint32_t kScaleBits = 0x0F;
constexpr std::uint32_t kNoScale = 0x0F;  // above every shift that RFC 7323 §2.3 allows
constexpr std::uint32_t kSackBit = 0x10;
constexpr std::uint32_t kEcnBit = 0x20;

// Ethernet, PPPoE and tunnels around 1,460; the default of a peer that offers nothing; and jumbo frames.
constexpr MssTable kMssV4 = {48, 536, 1220, 1360, 1400, 1440, 1460, 8960};
constexpr MssTable kMssV6 = {48, 536, 1220, 1340, 1380, 1420, 1440, 8940};

// Each slot hashes under a key of its own, so that nothing learned from one says anything of another.
std::uint64_t slot_of(Instant now) { return static_cast<std::uint64_t>(now.time_since_epoch() / kCookieSlot); }

std::uint32_t cookie_hash(const base::SipKey& key, const FourTuple& tuple, SeqNum irs, std::uint8_t mss_index) {
  const auto host = base::address_words(tuple.host.address);
  const auto peer = base::address_words(tuple.peer.address);
  const std::uint64_t ports = std::uint64_t{tuple.host.port} << 48 | std::uint64_t{tuple.peer.port} << 32 |
                              static_cast<std::uint64_t>(tuple.host.address.version()) << 8 | mss_index;
  const std::uint64_t hash =
      base::siphash_words(key, host[0], host[1], peer[0], peer[1], ports, std::uint64_t{irs.value()});
  return static_cast<std::uint32_t>(hash) & kHashMask;
}

// A SYN as a cookie can keep it: with one of eight sizes and, unless timestamps carry more, nothing else.
TcpOptions kept_options(MssTable::value_type mss, const std::optional<wire::TcpTimestamps>& timestamps,
                        const CookieOptions& carried) {
  TcpOptions kept;
  kept.mss = mss;
  if (!timestamps) return kept;
  kept.timestamps = timestamps;
  kept.window_scale = carried.window_scale;
  kept.sack_permitted = carried.sack;
  return kept;
}

}  // namespace

const MssTable& cookie_mss_table(IpVersion version) { return version == IpVersion::kV6 ? kMssV6 : kMssV4; }

std::uint8_t cookie_mss_index(IpVersion version, std::uint16_t mss) {
  const MssTable& table = cookie_mss_table(version);
  std::uint8_t index = 0;
  while (index + 1u < table.size() && table[index + 1u] <= mss) ++index;
  return index;
}

SeqNum make_cookie(const base::SipKey& secret, const FourTuple& tuple, SeqNum irs, std::uint8_t mss_index,
                   Instant now) {
  const std::uint64_t slot = slot_of(now);
  const auto parity = static_cast<std::uint32_t>(slot & 1);
  return SeqNum(parity << 31 | std::uint32_t{mss_index} << kCookieHashBits |
                cookie_hash(base::derived_key(secret, slot), tuple, irs, mss_index));
}

std::optional<std::uint8_t> check_cookie(const base::SipKey& secret, const FourTuple& tuple, SeqNum irs, SeqNum cookie,
                                         Instant now) {
  // The parity names one of the two slots; an older cookie meets the key of a slot that did not make it.
  const std::uint64_t current = slot_of(now);
  const std::uint64_t slot = (current & 1) == cookie.value() >> 31 ? current : current - 1;
  const auto index = static_cast<std::uint8_t>(cookie.value() >> kCookieHashBits & 7);
  if ((cookie.value() & kHashMask) != cookie_hash(base::derived_key(secret, slot), tuple, irs, index))
    return std::nullopt;
  return index;
}

std::uint32_t cookie_timestamp(std::uint32_t clock, const CookieOptions& options) {
  const std::uint32_t bits =
      options.window_scale.value_or(kNoScale) | (options.sack ? kSackBit : 0) | (options.ecn ? kEcnBit : 0);
  const std::uint32_t stamp = (clock & ~kOptionBits) | bits;
  return bits > (clock & kOptionBits) ? stamp - (kOptionBits + 1) : stamp;
}

CookieOptions cookie_options(std::uint32_t echo) {
  CookieOptions options{.sack = (echo & kSackBit) != 0, .ecn = (echo & kEcnBit) != 0};
  if ((echo & kScaleBits) != kNoScale) options.window_scale = static_cast<std::uint8_t>(echo & kScaleBits);
  return options;
}

Segment cookie_syn_ack(const base::SipKey& secret, const Opening& opening, const Segment& syn, const TcpConfig& config,
                       Instant now) {
  const IpVersion version = opening.tuple.peer.address.version();
  const std::uint16_t offer = std::max(syn.options.mss.value_or(default_mss(version)), config.min_peer_mss);
  const std::uint8_t index = cookie_mss_index(version, offer);
  const EcnFeedback granted = ecn_granted(config.ecn, syn.flags);
  const CookieOptions carried{.window_scale = syn.options.window_scale,
                              .sack = syn.options.sack_permitted,
                              .ecn = granted == EcnFeedback::kClassic};
  const auto timestamps = config.timestamps ? syn.options.timestamps : std::nullopt;
  const TcpOptions theirs = kept_options(cookie_mss_table(version)[index], timestamps, carried);
  Segment answer;
  answer.flags = wire::kSyn | wire::kAck;
  answer.seq = make_cookie(secret, opening.tuple, syn.seq, index, now);
  answer.ack = syn.seq + 1;
  answer.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(config.receive_buffer, 0xFFFF));
  answer.options = answered_options(config, agree(config, theirs, opening.mss, version), opening.mss);
  if (granted == EcnFeedback::kAccurate) answer.flags |= ecn_grant(granted, syn.ecn);
  if (timestamps && answer.options.timestamps) {
    if (carried.ecn) answer.flags |= ecn_grant(EcnFeedback::kClassic, syn.ecn);
    const std::uint32_t clock = timestamp_now(opening.timestamp_offset, now);
    answer.options.timestamps =
        wire::TcpTimestamps{.value = cookie_timestamp(clock, carried), .echo = timestamps->value};
  }
  return answer;
}

std::optional<SynEntry> entry_from_cookie(const base::SipKey& secret, const Opening& opening, const Segment& ack,
                                          const TcpConfig& config, Instant now) {
  const IpVersion version = opening.tuple.peer.address.version();
  SynEntry entry;
  entry.iss = ack.ack - 1;
  entry.irs = ack.seq - 1;
  const auto index = check_cookie(secret, opening.tuple, entry.irs, entry.iss, now);
  if (!index) return std::nullopt;
  const auto timestamps = config.timestamps ? ack.options.timestamps : std::nullopt;
  const CookieOptions carried = timestamps ? cookie_options(timestamps->echo) : CookieOptions{};
  const Agreed agreed =
      agree(config, kept_options(cookie_mss_table(version)[*index], timestamps, carried), opening.mss, version);
  entry.tuple = opening.tuple;
  entry.timestamp_offset = opening.timestamp_offset;
  entry.ts_recent = timestamps ? timestamps->value : 0;
  entry.mss = opening.mss;
  entry.profile = opening.profile;
  entry.send_mss = agreed.send_mss;
  entry.send_scale = agreed.send_scale & 0xF;
  entry.receive_scale = agreed.receive_scale & 0xF;
  entry.window_scale = agreed.window_scale;
  entry.timestamps = agreed.timestamps;
  entry.sack = agreed.sack;
  if (carried.ecn && config.ecn != Ecn::kOff) {
    entry.ecn = EcnFeedback::kClassic;
  } else if (config.ecn == Ecn::kAccurate && says_that_it_was_granted(ace_of(ack.flags))) {
    entry.ecn = EcnFeedback::kAccurate;
  }
  entry.sent = true;
  // Nobody noted when the SYN-ACK left: the round trip is not measured by it.
  entry.untimed = true;
  entry.deadline = now + config.initial_rto;
  return entry;
}

}  // namespace handfast::tcp

#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "base/flat_array.h"
#include "tcp/fast_open.h"

// What an opener remembers of those it connects to: the cookie each gave it, and who wants none of it (RFC 7413 §4.1.3,
// 7413-4). A few hundred at most, looked through one by one: this is asked once for a connection that wants it, and
// never by what a peer sends. Whoever was used least recently makes room.

namespace handfast::host {

class FastOpenPeers {
 public:
  /// Remembers at most `limit` peers, charged to `memory` as they come.
  FastOpenPeers(std::uint32_t limit, base::MemoryBudget* memory) : peers_(memory), limit_(limit) {}

  /// What a SYN to `peer` may carry, `bare` of any cookie perhaps; nothing where it refused not long ago.
  std::optional<tcp::FastOpenOffer> offer_for(const IpAddress& peer, bool bare, Instant now);
  /// The same for somebody who only wants to know.
  std::optional<tcp::FastOpenOffer> known(const IpAddress& peer, bool bare, Instant now) const;
  /// `peer` gave this cookie, and takes segments of `mss`.
  void learned(const IpAddress& peer, const wire::FastOpenCookie& cookie, std::uint16_t mss, Instant now);
  /// `peer` answered such a SYN with this MSS and no cookie; one that it gave before stays.
  void took(const IpAddress& peer, std::uint16_t mss, Instant now);
  /// `peer` gave no cookie when it was asked in that form. After the form of RFC 7413 the experimental one is tried
  /// once, then it is the first again for good.
  void asked(const IpAddress& peer, bool experimental, Instant now);
  /// `peer`, or something on the way to it, does without, and is not asked again for so long.
  void refused(const IpAddress& peer, Instant now, Duration time);
  void forget_all() { peers_.release(); }

 private:
  struct Peer {
    IpAddress address;
    tcp::FastOpenOffer offer;
    Instant used_at;
    Instant refused_until;
    std::uint8_t forms_asked = 0;  ///< in vain: none, that of RFC 7413, both
  };
  const Peer* find(const IpAddress& address) const;
  Peer* find(const IpAddress& address) { return const_cast<Peer*>(std::as_const(*this).find(address)); }
  /// Where what is known of `address` stands from now on; null where memory is refused.
  Peer* place_for(const IpAddress& address, Instant now);
  /// The same, with what is known already.
  Peer* known_or_new(const IpAddress& address, Instant now);

  base::FlatArray<Peer> peers_;
  std::uint32_t limit_;
};

}  // namespace handfast::host

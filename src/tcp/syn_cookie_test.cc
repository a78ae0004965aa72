#include "tcp/syn_cookie.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "base/test_random.h"
#include "tcp/accurate_ecn.h"

namespace handfast::tcp {
namespace {

constexpr base::SipKey kSecret{0x0123456789ABCDEF, 0x0FEDCBA987654321};
constexpr Instant kNow{1000s};
constexpr SeqNum kIrs{0xFFFFFF80};
constexpr std::uint16_t kMssOfEthernet = 1460;

FourTuple tuple_of(std::uint16_t port) {
  return {.host = {IpAddress::v4(192, 0, 2, 1), 80}, .peer = {IpAddress::v4(198, 51, 100, 7), port}};
}

IpAddress v6_address(std::uint8_t last) {
  std::array<std::uint8_t, 16> bytes{0x20, 0x01, 0x0D, 0xB8};
  bytes[15] = last;
  return IpAddress::v6(bytes);
}

Segment syn_with(const TcpOptions& options) {
  return {.seq = kIrs, .ack = {}, .flags = wire::kSyn, .window = 1000, .options = options};
}

// The third segment of the handshake, as an honest peer makes it.
Segment ack_of(const Segment& syn_ack, std::uint32_t clock) {
  Segment ack{.seq = syn_ack.ack, .ack = syn_ack.seq + 1, .flags = wire::kAck, .window = 2000, .options = {}};
  if (syn_ack.options.timestamps) ack.options.timestamps = {clock, syn_ack.options.timestamps->value};
  return ack;
}

TEST(SynCookie, IsGoodInItsSlotAndInTheNextOne) {
  const Instant slot_start = Instant{} + 20 * kCookieSlot;
  for (const Duration into : {Duration(0), Duration(1s), kCookieSlot - 1ns}) {
    const Instant made = slot_start + into;
    for (std::uint8_t index = 0; index < 8; ++index) {
      const SeqNum cookie = make_cookie(kSecret, tuple_of(1), kIrs, index, made);
      EXPECT_EQ(check_cookie(kSecret, tuple_of(1), kIrs, cookie, made), index);
      EXPECT_EQ(check_cookie(kSecret, tuple_of(1), kIrs, cookie, slot_start + kCookieLife - 1ns), index);
    }
  }
}

TEST(SynCookie, ReplayedAfterTwoSlotsIsRefusedForEver) {
  const Instant slot_start = Instant{} + 20 * kCookieSlot;
  const SeqNum cookie = make_cookie(kSecret, tuple_of(1), kIrs, 3, slot_start);
  for (int slots = 2; slots < 2000; ++slots) {
    EXPECT_FALSE(check_cookie(kSecret, tuple_of(1), kIrs, cookie, slot_start + slots * kCookieSlot)) << slots;
  }
}

TEST(SynCookie, IsNoGoodBeforeItsSlot) {
  const Instant slot_start = Instant{} + 20 * kCookieSlot;
  const SeqNum cookie = make_cookie(kSecret, tuple_of(1), kIrs, 3, slot_start);
  EXPECT_FALSE(check_cookie(kSecret, tuple_of(1), kIrs, cookie, slot_start - 1ns));
  EXPECT_FALSE(check_cookie(kSecret, tuple_of(1), kIrs, cookie, slot_start - kCookieSlot - 1ns));
}

TEST(SynCookie, IsOfOneTupleOneSynAndOneSecret) {  // 4987-2
  const SeqNum cookie = make_cookie(kSecret, tuple_of(1), kIrs, 3, kNow);
  FourTuple host_port = tuple_of(1);
  host_port.host.port = 81;
  FourTuple host_address = tuple_of(1);
  host_address.host.address = IpAddress::v4(192, 0, 2, 2);
  FourTuple peer_address = tuple_of(1);
  peer_address.peer.address = IpAddress::v4(198, 51, 100, 8);
  for (const FourTuple& other : {tuple_of(2), host_port, host_address, peer_address}) {
    EXPECT_FALSE(check_cookie(kSecret, other, kIrs, cookie, kNow));
  }
  EXPECT_FALSE(check_cookie(kSecret, tuple_of(1), kIrs + 1, cookie, kNow));
  EXPECT_FALSE(check_cookie({kSecret.k0, kSecret.k1 + 1}, tuple_of(1), kIrs, cookie, kNow));
  EXPECT_FALSE(check_cookie({kSecret.k0 + 1, kSecret.k1}, tuple_of(1), kIrs, cookie, kNow));
}

TEST(SynCookie, V6AddressesCountInFull) {
  FourTuple tuple{.host = {v6_address(1), 80}, .peer = {v6_address(2), 1000}};
  const SeqNum cookie = make_cookie(kSecret, tuple, kIrs, 1, kNow);
  EXPECT_EQ(check_cookie(kSecret, tuple, kIrs, cookie, kNow), 1);
  tuple.peer.address = v6_address(3);
  EXPECT_FALSE(check_cookie(kSecret, tuple, kIrs, cookie, kNow));
}

// Every bit but the parity of the slot counts: 31 bits name a size and its hash, so one guess in 2^28 is right.
TEST(SynCookie, NoChangedBitIsForgiven) {
  for (std::uint16_t port = 1; port <= 200; ++port) {
    const SeqNum cookie = make_cookie(kSecret, tuple_of(port), kIrs, static_cast<std::uint8_t>(port % 8), kNow);
    for (int bit = 0; bit < 32; ++bit) {
      EXPECT_FALSE(check_cookie(kSecret, tuple_of(port), kIrs, SeqNum(cookie.value() ^ 1u << bit), kNow)) << bit;
    }
  }
}

TEST(SynCookie, GuessesAreNotAccepted) {
  // 2^20 of them: with 28 bits of hash one is right by chance in 256 such tests, with 20 bits in nearly each.
  base::TestRandom random(7);
  int accepted = 0;
  for (int i = 0; i < 1 << 20; ++i) {
    const SeqNum guess(static_cast<std::uint32_t>(random.next()));
    accepted += check_cookie(kSecret, tuple_of(static_cast<std::uint16_t>(i)), kIrs, guess, kNow).has_value() ? 1 : 0;
  }
  EXPECT_EQ(accepted, 0);
}

TEST(SynCookie, TheHashIsEvenInEveryBit) {
  std::array<int, 32> set{};
  for (std::uint32_t i = 0; i < 20000; ++i) {
    const std::uint32_t cookie = make_cookie(kSecret, tuple_of(1), kIrs + i, 0, kNow).value();
    for (std::size_t bit = 0; bit < 32; ++bit) set[bit] += static_cast<int>(cookie >> bit & 1);
  }
  for (std::size_t bit = 0; bit < static_cast<std::size_t>(kCookieHashBits); ++bit) {
    EXPECT_NEAR(set[bit], 10000, 400) << bit;  // 5.6 standard deviations
  }
}

TEST(SynCookie, TwoSlotsHaveNothingInCommon) {
  int equal = 0;
  const std::uint32_t mask = (1u << kCookieHashBits) - 1;
  for (int slot = 0; slot < 1000; ++slot) {
    const Instant now = Instant{} + slot * kCookieSlot;
    const auto bits = make_cookie(kSecret, tuple_of(1), kIrs, 0, now).value() ^
                      make_cookie(kSecret, tuple_of(1), kIrs, 0, now + kCookieSlot).value();
    equal += std::popcount(bits & mask) < 4 ? 1 : 0;
  }
  EXPECT_EQ(equal, 0);
}

TEST(SynCookieMss, IsTheLargestThatTheOfferAllows) {
  for (const IpVersion version : {IpVersion::kV4, IpVersion::kV6}) {
    const MssTable& table = cookie_mss_table(version);
    EXPECT_LE(table[0], 48);  // Config::validate lets min_peer_mss go down to this
    EXPECT_TRUE(std::ranges::is_sorted(table));
    for (std::uint32_t offer = 48; offer <= 0xFFFF; ++offer) {
      const std::uint8_t index = cookie_mss_index(version, static_cast<std::uint16_t>(offer));
      ASSERT_LE(table[index], offer);
      ASSERT_TRUE(index == 7 || table[index + 1u] > offer);
    }
    EXPECT_EQ(table[cookie_mss_index(version, default_mss(version))], default_mss(version));
  }
  EXPECT_EQ(kMssOfEthernet, cookie_mss_table(IpVersion::kV4)[cookie_mss_index(IpVersion::kV4, kMssOfEthernet)]);
  EXPECT_EQ(kMssOfEthernet - 20, cookie_mss_table(IpVersion::kV6)[cookie_mss_index(IpVersion::kV6, 1440)]);
}

TEST(SynCookieTimestamp, CarriesTheOptionsAndIsNeverAheadOfTheClock) {  // 4987-2
  for (std::uint32_t scale = 0; scale <= 15; ++scale) {
    for (const bool sack : {false, true}) {
      for (const bool ecn : {false, true}) {
        CookieOptions options{.sack = sack, .ecn = ecn};
        if (scale < 15) options.window_scale = static_cast<std::uint8_t>(scale);
        for (std::uint32_t step = 0; step < 200; ++step) {
          const std::uint32_t clock = 0xFFFFFFA0u + step;  // across the wrap
          const std::uint32_t stamp = cookie_timestamp(clock, options);
          ASSERT_LT(clock - stamp, 64u);
          ASSERT_EQ(cookie_options(stamp), options);
        }
      }
    }
  }
}

TEST(SynCookieHandshake, ComesOutAsTheSynQueueWouldHaveIt) {
  const Opening opening{.tuple = tuple_of(1), .timestamp_offset = 0xFFFFF000, .mss = 1460};
  TcpOptions offer;
  offer.mss = 1460;
  offer.window_scale = 9;
  offer.sack_permitted = true;
  offer.timestamps = {555, 0};
  const TcpConfig config;
  const Segment syn_ack = cookie_syn_ack(kSecret, opening, syn_with(offer), config, kNow);
  EXPECT_EQ(syn_ack.flags, wire::kSyn | wire::kAck);
  EXPECT_EQ(syn_ack.ack, kIrs + 1);
  EXPECT_EQ(syn_ack.options.mss, 1460);
  EXPECT_EQ(syn_ack.options.window_scale, scale_for(config.receive_buffer));
  EXPECT_TRUE(syn_ack.options.sack_permitted);
  EXPECT_EQ(syn_ack.options.timestamps->echo, 555u);

  const auto entry = entry_from_cookie(kSecret, opening, ack_of(syn_ack, 600), config, kNow + 30s);
  ASSERT_TRUE(entry);
  const Agreed wanted = agree(config, offer, opening.mss, IpVersion::kV4);
  EXPECT_EQ(entry->send_mss, wanted.send_mss);
  EXPECT_EQ(entry->send_scale, 9);
  EXPECT_EQ(entry->receive_scale, wanted.receive_scale);
  EXPECT_TRUE(entry->window_scale && entry->sack && entry->timestamps && entry->sent);
  EXPECT_EQ(entry->iss, syn_ack.seq);
  EXPECT_EQ(entry->irs, kIrs);
  EXPECT_EQ(entry->ts_recent, 600u);
  EXPECT_EQ(entry->timestamp_offset, 0xFFFFF000);
}

TEST(SynCookieHandshake, WithoutTimestampsOnlyTheSizeIsAgreed) {
  const Opening opening{.tuple = tuple_of(1), .mss = 1400};
  TcpOptions offer;
  offer.mss = 1430;
  offer.window_scale = 9;
  offer.sack_permitted = true;
  for (const bool ours : {false, true}) {
    TcpConfig config;
    config.timestamps = !ours;
    if (ours) offer.timestamps = {555, 0};
    const Segment syn_ack = cookie_syn_ack(kSecret, opening, syn_with(offer), config, kNow);
    EXPECT_FALSE(syn_ack.options.window_scale);
    EXPECT_FALSE(syn_ack.options.sack_permitted);
    EXPECT_FALSE(syn_ack.options.timestamps);
    const auto entry = entry_from_cookie(kSecret, opening, ack_of(syn_ack, 0), config, kNow);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->send_mss, 1400);
    EXPECT_EQ(entry->send_scale, 0);
    EXPECT_EQ(entry->receive_scale, 0);
    EXPECT_FALSE(entry->window_scale || entry->sack || entry->timestamps);
  }
}

TEST(SynCookieHandshake, ThePathBoundsTheSizeAndATinyOfferIsRaised) {
  const TcpConfig config;
  for (const auto& [offer, path, agreed] :
       {std::tuple{9000, 1452, 1452}, {1455, 1460, 1440}, {0, 1460, 88}, {600, 28, 28}}) {
    const Opening opening{.tuple = tuple_of(1), .mss = static_cast<std::uint16_t>(path)};
    TcpOptions options;
    options.mss = static_cast<std::uint16_t>(offer);
    const Segment syn_ack = cookie_syn_ack(kSecret, opening, syn_with(options), config, kNow);
    const auto entry = entry_from_cookie(kSecret, opening, ack_of(syn_ack, 0), config, kNow);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->send_mss, agreed);
  }
}

// RFC 9768 §5.1: what was granted shows in the acknowledgment, with timestamps or without.
TEST(SynCookieHandshake, AccurateEcnIsGrantedAndKnownAgain) {  // 9768-17
  const Opening opening{.tuple = tuple_of(1), .mss = 1460};
  TcpConfig config;
  config.ecn = Ecn::kAccurate;
  for (const bool stamps : {false, true}) {
    TcpOptions offer;
    if (stamps) offer.timestamps = {555, 0};
    for (unsigned field = 0; field < 4; ++field) {
      Segment syn = syn_with(offer);
      syn.flags |= wire::kAe | wire::kCwr | wire::kEce;
      syn.ecn = static_cast<wire::EcnCodepoint>(field);
      const Segment syn_ack = cookie_syn_ack(kSecret, opening, syn, config, kNow);
      EXPECT_EQ(ace_of(syn_ack.flags), handshake_ace(syn.ecn));
      EXPECT_FALSE(syn_ack.options.accurate_ecn);
      for (std::uint8_t ace = 0; ace < 8; ++ace) {
        Segment ack = ack_of(syn_ack, 600);
        ack.flags |= flags_of(ace);
        const auto entry = entry_from_cookie(kSecret, opening, ack, config, kNow);
        ASSERT_TRUE(entry);
        EXPECT_EQ(entry->ecn, ace >= 2 ? EcnFeedback::kAccurate : EcnFeedback::kNone);
        TcpConfig classic = config;
        classic.ecn = Ecn::kAccept;
        EXPECT_EQ(entry_from_cookie(kSecret, opening, ack, classic, kNow)->ecn, EcnFeedback::kNone);
      }
    }
  }
}

TEST(SynCookieHandshake, WhoAsksForClassicEcnIsNotTakenForMore) {  // 9768-17
  const Opening opening{.tuple = tuple_of(1), .mss = 1460};
  TcpConfig config;
  config.ecn = Ecn::kAccurate;
  for (const bool stamps : {false, true}) {
    TcpOptions offer;
    if (stamps) offer.timestamps = {555, 0};
    Segment syn = syn_with(offer);
    syn.flags |= wire::kCwr | wire::kEce;
    const Segment syn_ack = cookie_syn_ack(kSecret, opening, syn, config, kNow);
    EXPECT_EQ(syn_ack.flags.has(wire::kEce), stamps);
    const auto entry = entry_from_cookie(kSecret, opening, ack_of(syn_ack, 600), config, kNow);
    EXPECT_EQ(entry->ecn, stamps ? EcnFeedback::kClassic : EcnFeedback::kNone);
  }
}

TEST(SynCookieHandshake, AnAckBesideTheNumberIsNone) {
  const Opening opening{.tuple = tuple_of(1), .mss = 1460};
  const TcpConfig config;
  const Segment ack = ack_of(cookie_syn_ack(kSecret, opening, syn_with({}), config, kNow), 0);
  ASSERT_TRUE(entry_from_cookie(kSecret, opening, ack, config, kNow));
  for (const std::uint32_t off : {1u, 0xFFFFFFFFu, 1000u}) {
    Segment wrong = ack;
    wrong.ack += off;
    EXPECT_FALSE(entry_from_cookie(kSecret, opening, wrong, config, kNow));
    wrong = ack;
    wrong.seq += off;
    EXPECT_FALSE(entry_from_cookie(kSecret, opening, wrong, config, kNow));
  }
}

}  // namespace
}  // namespace handfast::tcp

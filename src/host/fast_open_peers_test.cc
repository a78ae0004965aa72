#include "host/fast_open_peers.h"

#include <gtest/gtest.h>

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

IpAddress peer(std::uint8_t number) { return IpAddress::v4(192, 0, 2, number); }
Instant at(Duration since_start) { return Instant(since_start); }

wire::FastOpenCookie cookie(std::uint8_t value) {
  const std::array<std::byte, 8> bytes{std::byte{value}};
  return *wire::FastOpenCookie::of(bytes);
}

TEST(FastOpenPeers, AStrangerIsAskedForACookie) {
  FastOpenPeers peers(2, nullptr);
  const auto offer = peers.offer_for(peer(1), false, at(0s));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->cookie.length, 0);
}

TEST(FastOpenPeers, TheCookieAndTheSegmentOfEachAreRemembered) {  // 7413-4
  FastOpenPeers peers(2, nullptr);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  peers.learned(peer(2), cookie(2), 536, at(0s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(1s))->cookie, cookie(1));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(1s))->mss, 1400);
  EXPECT_EQ(peers.offer_for(peer(2), false, at(1s))->cookie, cookie(2));
  peers.learned(peer(1), cookie(3), 1400, at(2s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(3s))->cookie, cookie(3));
}

TEST(FastOpenPeers, ThePeersSegmentIsThatOfItsLastAnswer) {  // 7413-4
  FastOpenPeers peers(2, nullptr);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  peers.took(peer(1), 1460, at(0s));
  peers.took(peer(2), 1460, at(0s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(1s))->mss, 1460);
  EXPECT_EQ(peers.offer_for(peer(1), false, at(1s))->cookie, cookie(1));
  EXPECT_EQ(peers.offer_for(peer(2), false, at(1s))->cookie.length, 0);
}

TEST(FastOpenPeers, ARefusalCountsForTheTimeThatIsSaid) {  // 7413-4
  FastOpenPeers peers(2, nullptr);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  peers.refused(peer(1), at(1s), 1h);
  EXPECT_FALSE(peers.offer_for(peer(1), false, at(1h)));
  const auto later = peers.offer_for(peer(1), false, at(1h + 1s));
  ASSERT_TRUE(later);
  EXPECT_EQ(later->cookie.length, 0) << "what it gave before it refused is no good";
}

TEST(FastOpenPeers, AnAnswerWithoutACookieTellsTheSegmentAndTakesNothingAway) {
  FastOpenPeers peers(2, nullptr);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  peers.took(peer(1), 940, at(1s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(2s))->cookie, cookie(1));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(2s))->mss, 940);
}

TEST(FastOpenPeers, AfterOneFormTheOtherIsTriedOnce) {
  FastOpenPeers peers(2, nullptr);
  EXPECT_FALSE(peers.offer_for(peer(1), false, at(0s))->cookie.experimental);
  peers.asked(peer(1), false, at(0s));
  EXPECT_TRUE(peers.offer_for(peer(1), false, at(1s))->cookie.experimental);
  peers.asked(peer(1), true, at(1s));
  EXPECT_FALSE(peers.offer_for(peer(1), false, at(2s))->cookie.experimental);
  peers.asked(peer(1), false, at(2s));
  EXPECT_FALSE(peers.offer_for(peer(1), false, at(3s))->cookie.experimental);
}

TEST(FastOpenPeers, WithoutACookieTheSegmentIsTheOneThatWasTold) {
  FastOpenPeers peers(2, nullptr);
  EXPECT_EQ(peers.known(peer(1), true, at(0s))->mss, 0xFFFF) << "a stranger's: ours is the limit";
  peers.took(peer(1), 940, at(0s));
  const auto offer = peers.known(peer(1), true, at(1s));
  EXPECT_TRUE(offer->bare);
  EXPECT_EQ(offer->mss, 940);
}

TEST(FastOpenPeers, WhoeverWasUsedLeastRecentlyMakesRoom) {
  FastOpenPeers peers(2, nullptr);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  peers.learned(peer(2), cookie(2), 1400, at(1s));
  (void)peers.offer_for(peer(1), false, at(2s));
  peers.learned(peer(3), cookie(3), 1400, at(3s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(4s))->cookie, cookie(1));
  EXPECT_EQ(peers.offer_for(peer(2), false, at(4s))->cookie.length, 0);
  EXPECT_EQ(peers.offer_for(peer(3), false, at(4s))->cookie, cookie(3));
}

TEST(FastOpenPeers, WithoutMemoryNothingIsRemembered) {
  base::MemoryBudget none(0);
  FastOpenPeers peers(2, &none);
  peers.learned(peer(1), cookie(1), 1400, at(0s));
  EXPECT_EQ(peers.offer_for(peer(1), false, at(1s))->cookie.length, 0);
}

}  // namespace
}  // namespace handfast::host

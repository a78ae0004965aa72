#pragma once

#include <cstdint>

// Sequence numbers live on a circle: RFC 9293 §3.4. "Before" means "less than half the circle ahead", which is the one
// reading under which SND.UNA < SEG.ACK =< SND.NXT stays true while the numbers wrap. It is no order: three numbers can
// each be before the next, all around the circle, so nothing here sorts and nothing converts by itself. The width is a
// parameter only so that a test can walk through every case of a small circle; the stack uses 32 bits.

namespace handfast::tcp {

template <unsigned Bits>
class CircularNumber {
 public:
  static constexpr std::uint32_t kMask = Bits == 32 ? 0xFFFFFFFFu : (1u << Bits) - 1;
  static constexpr std::uint32_t kHalf = 1u << (Bits - 1);

  constexpr CircularNumber() = default;
  constexpr explicit CircularNumber(std::uint32_t value) : value_(value & kMask) {}

  constexpr std::uint32_t value() const { return value_; }

  friend constexpr bool operator==(CircularNumber, CircularNumber) = default;
  friend constexpr CircularNumber operator+(CircularNumber a, std::uint32_t count) {
    return CircularNumber(a.value_ + count);
  }
  friend constexpr CircularNumber operator-(CircularNumber a, std::uint32_t count) {
    return CircularNumber(a.value_ - count);
  }
  constexpr CircularNumber& operator+=(std::uint32_t count) { return *this = *this + count; }

  /// How far to walk forward from `from` to reach this number.
  constexpr std::uint32_t since(CircularNumber from) const { return (value_ - from.value_) & kMask; }

  /// a < b: b lies in the half of the circle ahead of a. Two numbers exactly half a circle apart are each after the
  /// other's start only from one side: the test is "1 <= b - a <= half", so exactly one of a < b, a == b, a > b holds
  /// except at that distance, where both a < b and b < a hold; windows stay below it (RFC 7323 §2.3).
  friend constexpr bool operator<(CircularNumber a, CircularNumber b) { return a != b && b.since(a) <= kHalf; }
  friend constexpr bool operator>(CircularNumber a, CircularNumber b) { return b < a; }
  friend constexpr bool operator<=(CircularNumber a, CircularNumber b) { return b.since(a) <= kHalf; }
  friend constexpr bool operator>=(CircularNumber a, CircularNumber b) { return b <= a; }

  /// start =< this < start + length, exact for every length up to the whole circle.
  constexpr bool in(CircularNumber start, std::uint32_t length) const { return since(start) < length; }

 private:
  std::uint32_t value_ = 0;
};

using SeqNum = CircularNumber<32>;

template <unsigned Bits>
constexpr CircularNumber<Bits> later(CircularNumber<Bits> a, CircularNumber<Bits> b) {
  return a < b ? b : a;
}

template <unsigned Bits>
constexpr CircularNumber<Bits> earlier(CircularNumber<Bits> a, CircularNumber<Bits> b) {
  return a < b ? a : b;
}

}  // namespace handfast::tcp

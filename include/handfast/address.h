#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace handfast {

enum class IpVersion : std::uint8_t { kNone = 0, kV4 = 4, kV6 = 6 };

/// An IPv4 or IPv6 address, or none at all (the default). A value of 17 bytes without alignment.
class IpAddress {
 public:
  constexpr IpAddress() = default;
  static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    IpAddress address;
    address.version_ = IpVersion::kV4;
    address.bytes_ = {a, b, c, d};
    return address;
  }
  /// From a number in host byte order: 0xC0000201 is 192.0.2.1.
  static constexpr IpAddress v4(std::uint32_t number) {
    return v4(static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
              static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number));
  }
  static constexpr IpAddress v6(std::span<const std::uint8_t, 16> bytes) {
    IpAddress address;
    address.version_ = IpVersion::kV6;
    for (std::size_t i = 0; i < 16; ++i) address.bytes_[i] = bytes[i];
    return address;
  }
  /// The unspecified address of a version: 0.0.0.0 or ::.
  static constexpr IpAddress any(IpVersion version) {
    IpAddress address;
    address.version_ = version;
    return address;
  }
  /// Reads the usual text forms (dotted quad; RFC 4291 §2.2). Nothing else is accepted: no zone, no leading zeros.
  static std::optional<IpAddress> parse(std::string_view text);

  constexpr IpVersion version() const { return version_; }
  constexpr bool is_none() const { return version_ == IpVersion::kNone; }
  constexpr bool is_v4() const { return version_ == IpVersion::kV4; }
  constexpr bool is_v6() const { return version_ == IpVersion::kV6; }
  /// 4 or 16 bytes in network order, or none.
  constexpr std::span<const std::uint8_t> bytes() const {
    return std::span<const std::uint8_t>(bytes_).first(is_v4() ? 4 : is_v6() ? 16 : 0);
  }
  /// The IPv4 address as a number in host byte order; 0 for any other version.
  constexpr std::uint32_t v4_number() const {
    if (!is_v4()) return 0;
    return std::uint32_t{bytes_[0]} << 24 | std::uint32_t{bytes_[1]} << 16 | std::uint32_t{bytes_[2]} << 8 | bytes_[3];
  }
  constexpr bool is_unspecified() const { return !is_none() && bytes_ == std::array<std::uint8_t, 16>{}; }
  constexpr bool is_loopback() const { return is_v4() ? bytes_[0] == 127 : is_v6() && *this == loopback_v6(); }
  /// Of one link alone: fe80::/10, 169.254.0.0/16.
  constexpr bool is_link_local() const {
    return is_v4() ? bytes_[0] == 169 && bytes_[1] == 254 : is_v6() && bytes_[0] == 0xFE && bytes_[1] >> 6 == 2;
  }
  /// An IPv6 address that stands for an IPv4 one: ::ffff:0:0/96 (RFC 4291 §2.5.5.2). It never belongs on the wire.
  constexpr bool is_v4_mapped() const {
    if (!is_v6() || bytes_[10] != 0xFF || bytes_[11] != 0xFF) return false;
    for (std::size_t i = 0; i < 10; ++i) {
      if (bytes_[i] != 0) return false;
    }
    return true;
  }
  constexpr bool is_multicast() const { return is_v4() ? (bytes_[0] & 0xF0) == 0xE0 : is_v6() && bytes_[0] == 0xFF; }
  /// 255.255.255.255. A subnet's own broadcast address is known to the interface alone.
  constexpr bool is_limited_broadcast() const { return is_v4() && v4_number() == 0xFFFFFFFF; }
  /// The same address with every bit beyond `length` cleared.
  IpAddress masked(unsigned length) const;
  /// RFC 5952 text for IPv6, dotted quad for IPv4, "none" for no address.
  std::string to_string() const;

  friend constexpr bool operator==(const IpAddress&, const IpAddress&) = default;
  friend constexpr std::strong_ordering operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  static constexpr IpAddress loopback_v6() {
    IpAddress address = any(IpVersion::kV6);
    address.bytes_[15] = 1;
    return address;
  }

  std::array<std::uint8_t, 16> bytes_{};
  IpVersion version_ = IpVersion::kNone;
};

/// An address and a port: one end of a connection.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  /// Reads "192.0.2.1:80" and "[2001:db8::1]:80".
  static std::optional<Endpoint> parse(std::string_view text);
  std::string to_string() const;
  friend constexpr bool operator==(const Endpoint&, const Endpoint&) = default;
  friend constexpr std::strong_ordering operator<=>(const Endpoint&, const Endpoint&) = default;
};

/// The two ends that name a connection: ours and the peer's.
struct FourTuple {
  Endpoint host;
  Endpoint peer;
  friend constexpr bool operator==(const FourTuple&, const FourTuple&) = default;
  friend constexpr std::strong_ordering operator<=>(const FourTuple&, const FourTuple&) = default;
};

/// An address and the length of the network part: 192.0.2.1/24.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;

  static std::optional<Prefix> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  /// The subnet's directed broadcast address; none for IPv6 and for prefixes longer than 30 bits.
  IpAddress broadcast() const;
  std::string to_string() const;
  friend constexpr bool operator==(const Prefix&, const Prefix&) = default;
};

/// An Ethernet (EUI-48) address.
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  static constexpr MacAddress broadcast() { return {{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}}; }
  static std::optional<MacAddress> parse(std::string_view text);
  constexpr bool is_multicast() const { return (bytes[0] & 1) != 0; }
  std::string to_string() const;
  friend constexpr bool operator==(const MacAddress&, const MacAddress&) = default;
};

}  // namespace handfast

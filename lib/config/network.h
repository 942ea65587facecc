#pragma once
// IP addresses and networks, as [api] trusted_proxies names them. Pure.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vote {

/// The sixteen bytes of IPv6; an IPv4 address is mapped (::ffff:a.b.c.d, RFC 4291 §2.5.5.2), so
/// that it is the same address however it is written.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const IpAddress&) const = default;

  /// "192.0.2.7", "2001:db8::7": without brackets, port or zone. Nothing where it is anything else.
  static std::optional<IpAddress> parse(std::string_view text);
  bool is_ipv4() const;
  /// IPv4 with dots, IPv6 as RFC 5952 writes it.
  std::string text() const;
  /// With all bits behind the first `bits` (of 128) cleared.
  IpAddress prefix(unsigned bits) const;
};

/// A network by its prefix (CIDR, RFC 4632 §3.1).
struct Network {
  IpAddress address;
  unsigned bits = 128;  // of the sixteen bytes: 120 for an IPv4 network's /24

  /// "10.0.0.0/8", "fd00::/8", or one address; bits behind the prefix do not matter. Nothing where
  /// it is anything else.
  static std::optional<Network> parse(std::string_view text);
  bool contains(const IpAddress& other) const { return other.prefix(bits) == address; }
};

}  // namespace vote

#include "config/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace vote {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  std::copy(text.begin(), text.end(), terminated.begin());
  IpAddress address;
  int read = 0;
  if (text.find(':') != std::string_view::npos) {
    read = inet_pton(AF_INET6, terminated.data(), address.bytes.data());
  } else {
    std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
    read = inet_pton(AF_INET, terminated.data(), &address.bytes[kMapped.size()]);
  }
  return read == 1 ? std::optional(address) : std::nullopt;
}

bool IpAddress::is_ipv4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (is_ipv4())
    inet_ntop(AF_INET, &bytes[kMapped.size()], text.data(), text.size());
  else
    inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::prefix(unsigned bits) const {
  IpAddress network;
  const unsigned whole = bits / 8;
  std::copy_n(bytes.begin(), whole, network.bytes.begin());
  if (bits % 8 != 0)
    network.bytes.at(whole) = static_cast<std::uint8_t>(bytes.at(whole) & (0xFF00U >> bits % 8));
  return network;
}

std::optional<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network{*address, 128};
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  const unsigned before = address->is_ipv4() ? kMappedBits : 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), network.bits);
  if (error != std::errc() || end != digits.data() + digits.size() || network.bits > 128 - before)
    return std::nullopt;
  network.bits += before;
  network.address = address->prefix(network.bits);
  return network;
}

}  // namespace vote

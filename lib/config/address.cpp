#include "config/address.h"

#include <charconv>

namespace vote {
namespace {

bool is_host(std::string_view host, bool bracketed) {
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  constexpr std::string_view kIpv6Characters = "0123456789abcdefABCDEF:.%";
  const std::string_view allowed = bracketed ? kIpv6Characters : kNameCharacters;
  return !host.empty() && host.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace

std::optional<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_host(host, bracketed)) return std::nullopt;
  Address address{std::string(host), 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return address;
}

}  // namespace vote

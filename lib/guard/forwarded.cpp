#include "guard/forwarded.h"

#include <algorithm>
#include <string>

namespace vote {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

/// Takes what stands in front of the next `mark` off the front of `rest`, and the mark. One in a
/// quoted string (RFC 9110 §5.6.4) is none.
std::string_view take_until(std::string_view& rest, char mark) {
  std::size_t end = 0;
  for (bool quoted = false; end < rest.size() && (quoted || rest[end] != mark); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (quoted && rest[end] == '\\') ++end;
  }
  const std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(taken);
}

/// Nothing where a quoted string does not end.
std::optional<std::string> unquoted(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string text;
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '"') return i + 1 == value.size() ? std::optional(text) : std::nullopt;
    if (value[i] == '\\') ++i;
    if (i < value.size()) text += value[i];
  }
  return std::nullopt;
}

/// An address, maybe in brackets and with a port behind a colon (RFC 7239 §6).
std::optional<IpAddress> address_of(std::string_view node) {
  if (node.starts_with('[')) {
    const auto bracket = node.find(']');
    if (bracket == std::string_view::npos) return std::nullopt;
    const std::string_view behind = node.substr(bracket + 1);
    if (!behind.empty() && (behind.size() == 1 || behind.front() != ':')) return std::nullopt;
    return IpAddress::parse(node.substr(1, bracket - 1));
  }
  const auto colon = node.find(':');
  const bool has_port = colon != std::string_view::npos && colon == node.rfind(':');
  return IpAddress::parse(has_port ? node.substr(0, colon) : node);
}

bool is_for(std::string_view name) {
  return name.size() == 3 && (name[0] | 0x20) == 'f' && (name[1] | 0x20) == 'o' &&
         (name[2] | 0x20) == 'r';
}

std::optional<IpAddress> hop_of(std::string_view element) {
  std::optional<std::string> node;
  while (!element.empty()) {
    std::string_view value = take_until(element, ';');
    if (!is_for(take_until(value, '='))) continue;
    if (node) return std::nullopt;
    node = unquoted(trimmed(value));
    if (!node) return std::nullopt;
  }
  return node ? address_of(*node) : std::nullopt;
}

}  // namespace

Hops hops_of_forwarded(std::string_view list) {
  Hops hops;
  while (!list.empty()) hops.push_back(hop_of(take_until(list, ',')));
  return hops;
}

Hops hops_of_x_forwarded_for(std::string_view list) {
  Hops hops;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    hops.push_back(address_of(trimmed(list.substr(0, comma))));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return hops;
}

}  // namespace vote

#include "http/message.h"

#include <algorithm>

#include "http/target.h"

namespace vote::http {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace

std::optional<std::string_view> find(const Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields)
    if (same_name(field, name)) return value;
  return std::nullopt;
}

std::optional<std::string> find_all(const Fields& fields, std::string_view name) {
  std::optional<std::string> joined;
  for (const auto& [field, value] : fields)
    if (same_name(field, name)) joined = joined ? *joined + ", " + value : value;
  return joined;
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (percent_decoded(pair.substr(0, equals)) != name) continue;
    return percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
  }
  return std::nullopt;
}

}  // namespace vote::http

#include "api/prefer.h"

#include <algorithm>
#include <charconv>

#include "ingest/ballots.h"

namespace vote::api {
namespace {

constexpr auto kWaitMax =
    static_cast<std::uint32_t>(std::chrono::floor<std::chrono::seconds>(kPreferWaitMax).count());

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(std::string_view text, std::string_view lower_case) {
  return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) { return lower(a) == b; });
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes what stands before `end` off the front.
std::string_view take_until(std::string_view& rest, char end) {
  const auto at = std::min(rest.find(end), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

std::optional<std::uint32_t> seconds_of(std::string_view text) {
  if (text.size() > 1 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  std::uint32_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (rest != end) return std::nullopt;
  if (error == std::errc::result_out_of_range) return kWaitMax;
  return error == std::errc() ? std::optional(std::min(seconds, kWaitMax)) : std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> preferred_wait_s(const http::Request& request) {
  for (const auto& [field, value] : request.fields) {
    if (!is_same(field, "prefer")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      std::string_view preference = take_until(rest, ',');
      preference = take_until(preference, ';');
      const std::string_view name = trimmed(take_until(preference, '='));
      if (is_same(name, "wait")) return seconds_of(trimmed(preference));
    }
  }
  return std::nullopt;
}

}  // namespace vote::api

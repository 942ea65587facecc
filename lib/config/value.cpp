#include "config/value.h"

#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "config/url.h"

namespace vote {
namespace {

template <class T>
std::optional<T> read_number(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < 0) return std::nullopt;
    if (static_cast<std::uint64_t>(*number) > std::numeric_limits<T>::max()) return std::nullopt;
    return static_cast<T>(*number);
  }
  const auto* plain = std::get_if<Plain>(&value);
  if (plain == nullptr) return std::nullopt;
  T number = 0;
  const char* const last = plain->text.data() + plain->text.size();
  const auto [end, error] = std::from_chars(plain->text.data(), last, number);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

/// "a, b" as the environment and flags write lists.
std::vector<std::string> split(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    part.remove_prefix(std::min(part.find_first_not_of(kBlanks), part.size()));
    part = part.substr(0, part.find_last_not_of(kBlanks) + 1);
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

std::string escaped(unsigned char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return std::string("\\u00") + kHex[c >> 4U] + kHex[c & 0x0FU];
}

}  // namespace

template <>
std::optional<std::string> read_value(const Value& value) {
  if (const auto* plain = std::get_if<Plain>(&value)) return plain->text;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return std::nullopt;
}

template <>
std::optional<std::vector<std::string>> read_value(const Value& value) {
  if (const auto* plain = std::get_if<Plain>(&value)) return split(plain->text);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
  return std::nullopt;
}

template <>
std::optional<bool> read_value(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  const auto* plain = std::get_if<Plain>(&value);
  if (plain != nullptr && plain->text == "true") return true;
  if (plain != nullptr && plain->text == "false") return false;
  return std::nullopt;
}

template <>
std::optional<std::uint32_t> read_value(const Value& value) {
  return read_number<std::uint32_t>(value);
}

template <>
std::optional<std::uint64_t> read_value(const Value& value) {
  return read_number<std::uint64_t>(value);
}

template <>
std::optional<Duration> read_value(const Value& value) {
  const auto text = read_value<std::string>(value);
  return text ? parse_duration(*text) : std::nullopt;
}

template <>
std::string kind_of_value<std::string>() {
  return "text";
}
template <>
std::string kind_of_value<std::vector<std::string>>() {
  return "a list of texts";
}
template <>
std::string kind_of_value<bool>() {
  return "true or false";
}
template <>
std::string kind_of_value<std::uint32_t>() {
  return "a whole number";
}
template <>
std::string kind_of_value<std::uint64_t>() {
  return "a whole number";
}
template <>
std::string kind_of_value<Duration>() {
  return "a length of time such as \"10ms\", \"5s\", \"10min\" or \"1h\"";
}

std::string to_toml(const std::string& text) {
  std::string out = "\"";
  for (const char c : without_password(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\';
    if (byte < 0x20 || byte == 0x7F)
      out += escaped(byte);
    else
      out += c;
  }
  return out + '"';
}

std::string to_toml(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& text : list) out += (out.empty() ? "" : ", ") + to_toml(text);
  return '[' + out + ']';
}

std::string to_toml(bool value) {
  return value ? "true" : "false";
}
std::string to_toml(std::uint32_t value) {
  return std::to_string(value);
}
std::string to_toml(std::uint64_t value) {
  return std::to_string(value);
}
std::string to_toml(Duration value) {
  return '"' + to_text(value) + '"';
}

}  // namespace vote

// Characters of UTF-8: what people may write in titles, options and names (text_defect in
// vote/poll.h), and what is made of any bytes.
#include "vote/text.h"

#include <simdjson.h>

#include "vote/poll.h"

namespace vote {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Takes one character off the front (RFC 3629: no overlong forms, no surrogates).
char32_t next_character(std::string_view& rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  std::size_t length = 1;
  char32_t value = first;
  char32_t least = 0;
  if (first >= 0xF0 && first <= 0xF4) {
    length = 4, value = first & 0x07U, least = 0x10000;
  } else if (first >= 0xE0) {
    length = 3, value = first & 0x0FU, least = 0x800;
  } else if (first >= 0xC0) {
    length = 2, value = first & 0x1FU, least = 0x80;
  } else if (first >= 0x80) {
    return kInvalid;
  }
  if (first > 0xF4 || rest.size() < length) return kInvalid;
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(rest[i]);
    if ((next & 0xC0U) != 0x80U) return kInvalid;
    value = value << 6U | (next & 0x3FU);
  }
  rest.remove_prefix(length);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return value < least || surrogate || value > 0x10FFFF ? kInvalid : value;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

// Characters that change the direction of what stands around them (Unicode UAX #9 §2).
bool is_bidi_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes);
}

std::string as_utf8(std::string_view bytes, std::size_t bytes_max) {
  if (bytes.size() <= bytes_max && is_utf8(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    std::string_view rest = bytes;
    const bool valid = next_character(rest) != kInvalid;
    const std::size_t length = valid ? bytes.size() - rest.size() : 1;
    const std::string_view character = valid ? bytes.substr(0, length) : kReplacement;
    if (text.size() + character.size() > bytes_max) break;
    text += character;
    bytes.remove_prefix(length);
  }
  return text;
}

std::optional<std::string> text_defect(std::string_view text, std::size_t characters_max,
                                       bool multi_line) {
  std::size_t characters = 0;
  while (!text.empty()) {
    const char32_t c = next_character(text);
    if (c == kInvalid) return "is not valid UTF-8";
    if (is_control(c) && !(multi_line && (c == '\n' || c == '\t')))
      return "contains a control character";
    if (is_bidi_control(c)) return "contains a character that changes the direction of text";
    if (++characters > characters_max)
      return "is longer than " + std::to_string(characters_max) + " characters";
  }
  return std::nullopt;
}

}  // namespace vote

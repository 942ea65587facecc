#include "command/display.h"

#include <locale.h>
#include <wchar.h>
#include <wctype.h>

#include <array>
#include <cstdio>

namespace vote::command {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

/// Widths and letter cases come from the C library, which knows them per locale only; C.UTF-8 is
/// part of it and needs no installed one.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr))) {}
  ~Utf8Locale() {
    if (locale_ != nullptr) freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  locale_t get() const { return locale_; }

 private:
  locale_t locale_;
};

/// This thread speaks UTF-8 while it lives.
class SpeakUtf8 {
 public:
  SpeakUtf8() {
    static const Utf8Locale locale;
    before_ = locale.get() == nullptr ? nullptr : uselocale(locale.get());
  }
  ~SpeakUtf8() {
    if (before_ != nullptr) uselocale(before_);
  }
  SpeakUtf8(const SpeakUtf8&) = delete;

 private:
  locale_t before_ = nullptr;
};

struct Character {
  char32_t value = kInvalid;
  std::string_view bytes;
};

/// Takes one character off the front; an invalid byte alone (RFC 3629).
Character take(std::string_view& rest) {
  const auto byte = [&rest](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned first = byte(0);
  std::size_t length = 1;
  if (first >= 0xC2 && first <= 0xDF) length = 2;
  if (first >= 0xE0 && first <= 0xEF) length = 3;
  if (first >= 0xF0 && first <= 0xF4) length = 4;
  bool good = first < 0x80 || length > 1;
  good = good && rest.size() >= length;
  char32_t value = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0U) == 0x80U;
    value = value << 6U | (byte(i) & 0x3FU);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  if (overlong || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) good = false;
  if (!good) {
    length = 1;
    value = kInvalid;
  }
  const Character character{value, rest.substr(0, length)};
  rest.remove_prefix(length);
  return character;
}

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029;
}

bool is_bidi_control(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

std::string escape(const Character& character) {
  if (character.value == '\n') return "\\n";
  if (character.value == '\t') return "\\t";
  std::array<char, 16> out{};
  const bool single = character.value == kInvalid || character.value < 0x80;
  const unsigned value = single ? static_cast<unsigned char>(character.bytes.front())
                                : static_cast<unsigned>(character.value);
  std::snprintf(out.data(), out.size(), single ? "\\x%02x" : "\\u%04x", value);
  return out.data();
}

std::size_t width_of(char32_t c) {
  if (c == kInvalid) return 1;
  const int width = wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = take(text);
    const bool shown = character.value == kInvalid || is_control(character.value) ||
                       is_bidi_control(character.value);
    if (shown)
      out += escape(character);
    else
      out += character.bytes;
  }
  return out;
}

std::string column_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\\':
        out += "\\\\";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  const SpeakUtf8 utf8;
  std::size_t width = 0;
  while (!text.empty()) width += width_of(take(text).value);
  return width;
}

std::string cut_to(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  const SpeakUtf8 utf8;
  std::string out;
  for (std::size_t used = 0; !text.empty();) {
    const Character character = take(text);
    used += width_of(character.value);
    if (used > width - 1) break;
    out += character.bytes;
  }
  return out + "…";
}

std::string padded(std::string_view text, std::size_t width, Side text_at) {
  const std::size_t own = display_width(text);
  const std::string space(own < width ? width - own : 0, ' ');
  return text_at == Side::left ? std::string(text) + space : space + std::string(text);
}

std::string lower_case(std::string_view text) {
  const SpeakUtf8 utf8;
  std::string out;
  while (!text.empty()) {
    const Character character = take(text);
    const auto lower = character.value == kInvalid ? static_cast<wint_t>(WEOF)
                                                   : towlower(static_cast<wint_t>(character.value));
    std::array<char, 16> bytes{};  // MB_LEN_MAX
    std::mbstate_t state{};
    const std::size_t length = lower == static_cast<wint_t>(WEOF)
                                   ? static_cast<std::size_t>(-1)
                                   : wcrtomb(bytes.data(), static_cast<wchar_t>(lower), &state);
    if (length == static_cast<std::size_t>(-1))
      out += character.bytes;
    else
      out.append(bytes.data(), length);
  }
  return out;
}

}  // namespace vote::command

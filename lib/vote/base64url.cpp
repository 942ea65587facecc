#include "vote/base64url.h"

#include <array>

namespace vote {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> values_of_characters() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr auto kValues = values_of_characters();

}  // namespace

void append_base64url(std::string& out, std::span<const std::uint8_t> bytes) {
  const std::size_t begin = out.size();
  out.resize(begin + (bytes.size() * 8 + 5) / 6);
  char* next = out.data() + begin;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8U | byte;
    for (count += 8; count >= 6; *next++ = kAlphabet[bits >> count & 0x3FU]) count -= 6;
  }
  if (count > 0) *next = kAlphabet[bits << (6 - count) & 0x3FU];
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  std::string text;
  append_base64url(text, bytes);
  return text;
}

std::string to_base64url(std::string_view bytes) {
  return to_base64url({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::optional<std::string> of_base64url(std::string_view text) {
  std::string bytes(text.size() * 6 / 8, '\0');
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t filled = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = bits << 6U | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[filled++] = static_cast<char>(bits >> count & 0xFFU);
  }
  // A lone character holds no byte; bits left over must be zero.
  if (count == 6 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace vote

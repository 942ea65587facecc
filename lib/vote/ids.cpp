#include "vote/ids.h"

namespace vote {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::size_t kTextLength = 36;

bool is_dash_position(std::size_t index) {
  return index == 8 || index == 13 || index == 18 || index == 23;
}

int nibble_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid uuid;
  std::size_t filled = 0;
  for (std::size_t i = 0; i < kTextLength;) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      ++i;
      continue;
    }
    const int high = nibble_of(text[i]);
    const int low = nibble_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    uuid.bytes[filled++] = static_cast<std::uint8_t>(high * 16 + low);
    i += 2;
  }
  return uuid;
}

std::optional<Uuid> Uuid::of_bytes(std::string_view raw) {
  Uuid uuid;
  if (raw.size() != uuid.bytes.size()) return std::nullopt;
  std::memcpy(uuid.bytes.data(), raw.data(), raw.size());
  return uuid;
}

Uuid Uuid::version7(Time time, std::span<const std::uint8_t, 10> random) {
  Uuid uuid;
  const auto milliseconds = static_cast<std::uint64_t>(microseconds_of(time) / 1000);
  for (std::size_t i = 0; i < 6; ++i)
    uuid.bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
  std::memcpy(uuid.bytes.data() + 6, random.data(), random.size());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0FU) | 0x70U);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3FU) | 0x80U);
  return uuid;
}

std::string Uuid::text() const {
  std::string out(kTextLength, '-');
  std::size_t at = 0;
  for (const std::uint8_t byte : bytes) {
    if (is_dash_position(at)) ++at;
    out[at++] = kHex[byte >> 4U];
    out[at++] = kHex[byte & 0x0FU];
  }
  return out;
}

}  // namespace vote

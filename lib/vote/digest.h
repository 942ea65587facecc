#pragma once
// FNV-1a, 64 bits: equal bytes have equal digests in every process and version. Not cryptographic:
// it tells apart what one client sends, and stands against nobody who wants two to be equal. Pure.
#include <cstdint>
#include <string_view>

namespace vote {

inline constexpr std::uint64_t kDigestOfNothing = 0xCBF29CE484222325U;

/// `before`: the digest of what stands in front of these bytes.
constexpr std::uint64_t digest_of(std::string_view bytes, std::uint64_t before = kDigestOfNothing) {
  std::uint64_t hash = before;
  for (const char c : bytes) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3U;
  return hash;
}

}  // namespace vote

#pragma once
// Base64url without padding (RFC 4648 §5, RFC 7515 §2), strict: no other character, no padding, no
// bits left over, so that a text has one form only. By tables, not in constant time: for what its
// bearer may see. Pure.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vote {

void append_base64url(std::string& out, std::span<const std::uint8_t> bytes);
std::string to_base64url(std::span<const std::uint8_t> bytes);
std::string to_base64url(std::string_view bytes);
/// Nothing where the text is anything else.
std::optional<std::string> of_base64url(std::string_view text);

}  // namespace vote

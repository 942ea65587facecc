#pragma once
// Texts of strangers, who may send any bytes. What people may write: text_defect in vote/poll.h.
// Pure.
#include <cstddef>
#include <string>
#include <string_view>

namespace vote {

/// Whether it is valid UTF-8 (RFC 3629).
bool is_utf8(std::string_view bytes);

/// The text as valid UTF-8 of at most `bytes_max` bytes: each byte that belongs to no
/// character becomes U+FFFD, and what does not fit is cut where a character ends.
std::string as_utf8(std::string_view bytes, std::size_t bytes_max = std::string_view::npos);

}  // namespace vote

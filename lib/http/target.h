#pragma once
// The request-target (RFC 9112 §3.2): the origin-form, decoded once and never ambiguous; an
// absolute-form counts as its path and query.
#include <optional>
#include <string>
#include <string_view>

namespace vote::http {

/// "/a?b" of "http://host/a?b" (RFC 9112 §3.2.2); any other target as it is.
std::string_view without_origin(std::string_view target);

/// Nothing where a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

/// The path, decoded. Nothing where it does not start with '/', holds a broken escape, a control
/// character, a fragment, an escaped '/' or '\', or a segment "." or "..".
std::optional<std::string> decoded_path(std::string_view path);

}  // namespace vote::http

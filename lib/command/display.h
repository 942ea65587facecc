#pragma once
// Text on its way to a person's terminal: made harmless, measured in columns, padded and cut.
// Pure; any thread. Text is UTF-8; bytes that are none count as characters to be escaped.
#include <cstddef>
#include <string>
#include <string_view>

namespace vote::command {

/// The same text, with what could steer a terminal or turn the direction of its neighbours shown
/// instead of done: control characters as \n, \t or \x1b, bidi controls as \u202e, invalid bytes
/// as \xff.
std::string harmless(std::string_view text);

/// For a column in a pipe: tab, newline, carriage return and backslash as \t, \n, \r and \\, so
/// that a row stays a row; every other byte as it is.
std::string column_text(std::string_view text);

/// How many columns of a terminal `text` takes (wide characters two, combining marks none).
std::size_t display_width(std::string_view text);

/// Cut to `width` columns, with "…" at the end where something was cut.
std::string cut_to(std::string_view text, std::size_t width);

enum class Side { left, right };
/// Padded with spaces to `width` columns; longer texts stay whole.
std::string padded(std::string_view text, std::size_t width, Side text_at);

/// Lower case by Unicode's simple mapping, for comparing names without regard to case.
std::string lower_case(std::string_view text);

}  // namespace vote::command

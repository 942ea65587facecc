#pragma once
// Where in a file something is wrong, and what.
#include <cstdint>
#include <string>
#include <string_view>

namespace vote::command {

/// Both count from 1; columns count characters.
struct Place {
  std::uint64_t line = 1;
  std::uint64_t column = 1;
};

/// What is wrong at a place. `fatal`: what follows cannot be made out.
struct Complaint {
  Place place;
  std::string text;
  bool fatal = false;
};

/// How many characters of UTF-8 begin in `text`.
std::uint64_t characters_in(std::string_view text);

/// Of one line, or one row of cells; longer ones are refused, and never held whole.
inline constexpr std::size_t kRecordBytesMax = 1'048'576;

}  // namespace vote::command

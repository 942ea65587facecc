#include "command/exchange/place.h"

#include <algorithm>

namespace vote::command {

std::uint64_t characters_in(std::string_view text) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace vote::command

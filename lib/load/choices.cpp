#include "load/choices.h"

#include <algorithm>
#include <charconv>

namespace vote::load {

Choices::Choices() {
  number_of(Positions{});
}

ChoiceNumber Choices::number_of(Positions positions) {
  std::sort(positions.begin(), positions.end());
  const auto [at, added] =
      numbers_.try_emplace(std::move(positions), static_cast<ChoiceNumber>(known_.size()));
  if (added) known_.push_back(at->first);
  return at->second;
}

std::optional<ChoiceNumber> Choices::number_of(std::string_view json) {
  if (json.size() < 2 || json.front() != '[' || json.back() != ']') return std::nullopt;
  const char* at = json.data() + 1;
  const char* const end = json.data() + json.size() - 1;
  Positions positions;
  while (at != end) {
    std::uint16_t position = 0;
    const auto read = std::from_chars(at, end, position);
    if (read.ec != std::errc() || position == 0) return std::nullopt;
    positions.push_back(position);
    at = read.ptr;
    if (at != end && (*at != ',' || ++at == end)) return std::nullopt;
  }
  return number_of(std::move(positions));
}

std::string Choices::text(ChoiceNumber number) const {
  std::string text = "[";
  for (const std::uint16_t position : positions(number)) {
    if (text.size() > 1) text += ',';
    text += std::to_string(position);
  }
  return text += ']';
}

}  // namespace vote::load

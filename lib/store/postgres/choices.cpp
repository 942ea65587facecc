// Choices as the store keeps them: a byte for each option's position, here as hex digits.
#include <algorithm>
#include <charconv>

#include "store/postgres/session.h"

namespace vote::postgres {

static_assert(kOptionsMax <= 255, "a position is a byte");

std::optional<std::string> choices_of(const Poll& poll, const std::vector<OptionId>& options) {
  std::vector<std::size_t> positions;
  positions.reserve(options.size());
  for (const OptionId& option : options) {
    const auto index = poll.index_of(option);
    if (!index) return std::nullopt;
    positions.push_back(*index + 1);
  }
  std::sort(positions.begin(), positions.end());
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::size_t position : positions) {
    hex += kDigits[position >> 4U];
    hex += kDigits[position & 15U];
  }
  return hex;
}

std::vector<std::size_t> indices_of(std::string_view choices) {
  std::vector<std::size_t> indices;
  for (; choices.size() >= 2; choices.remove_prefix(2)) {
    std::size_t position = 0;
    std::from_chars(choices.data(), choices.data() + 2, position, 16);
    if (position > 0) indices.push_back(position - 1);
  }
  return indices;
}

std::vector<OptionId> options_of(const Poll& poll, std::string_view choices) {
  std::vector<OptionId> options;
  for (const std::size_t index : indices_of(choices))
    if (index < poll.options.size()) options.push_back(poll.options[index].id);
  std::sort(options.begin(), options.end());
  return options;
}

}  // namespace vote::postgres

// Choices as the store keeps them: a JSON array of option positions, readable by any SQL tool.
#include <algorithm>
#include <charconv>

#include "store/sqlite/connection.h"

namespace vote {

std::string choices_text(const Poll& poll, const std::vector<OptionId>& options) {
  std::vector<std::size_t> positions;
  positions.reserve(options.size());
  for (const OptionId& option : options) {
    const auto index = poll.index_of(option);
    positions.push_back(index ? *index + 1 : 0);
  }
  std::sort(positions.begin(), positions.end());
  std::string text = "[";
  for (const std::size_t position : positions) {
    if (text.size() > 1) text += ',';
    text += std::to_string(position);
  }
  return text += ']';
}

std::vector<std::size_t> indices_of(std::string_view choices) {
  std::vector<std::size_t> indices;
  const char* at = choices.data();
  const char* const end = at + choices.size();
  while (at != end) {
    std::size_t position = 0;
    const auto [rest, error] = std::from_chars(at, end, position);
    if (error == std::errc() && position > 0) indices.push_back(position - 1);
    at = rest == at ? at + 1 : rest;
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

}  // namespace vote

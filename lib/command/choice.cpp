#include "command/choice.h"

#include <algorithm>
#include <charconv>

#include "command/display.h"

namespace vote::command {
namespace {

constexpr std::size_t kShownMax = 10;  // options named in an error

std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Choices::Choices(std::vector<PollOption> options) : options_(std::move(options)) {
  for (const PollOption& option : options_) lower_.push_back(lower_case(option.text));
}

Result<OptionId> Choices::find(std::string_view name) const {
  for (const PollOption& option : options_)
    if (option.text == name) return option.id;
  const std::string lower = lower_case(name);
  const auto alike = std::count(lower_.begin(), lower_.end(), lower);
  if (alike == 1) {
    const auto at = std::find(lower_.begin(), lower_.end(), lower) - lower_.begin();
    return options_[static_cast<std::size_t>(at)].id;
  }
  if (alike > 1)
    return Error{Code::invalid_option, "'" + std::string(name) + "' is the text of " +
                                           std::to_string(alike) +
                                           " options: write it exactly, or its number"};
  if (const auto position = number(name);
      position && *position >= 1 && *position <= options_.size())
    return options_[*position - 1].id;
  if (const auto id = OptionId::parse(name))
    for (const PollOption& option : options_)
      if (option.id == *id) return *id;
  return Error{Code::invalid_option,
               "'" + std::string(name) + "' is no option of this poll; its options are " + known()};
}

Result<std::vector<OptionId>> Choices::find_all(const std::vector<std::string>& names) const {
  std::vector<OptionId> ids;
  for (const std::string& name : names) {
    const auto id = find(name);
    if (!id) return id.error();
    ids.push_back(*id);
  }
  return ids;
}

std::string Choices::text_of(std::string_view id) const {
  const auto wanted = OptionId::parse(id);
  for (const PollOption& option : options_)
    if (wanted && option.id == *wanted) return option.text;
  return std::string(id);
}

std::string Choices::known() const {
  std::string out;
  for (std::size_t i = 0; i < std::min(options_.size(), kShownMax); ++i)
    out += (i == 0 ? "" : ", ") + std::to_string(i + 1) + " '" + options_[i].text + "'";
  if (options_.size() > kShownMax)
    out += " and " + std::to_string(options_.size() - kShownMax) + " more";
  return out;
}

}  // namespace vote::command

#pragma once
// How a person names an option: by its text, its number on the poll, or its id. Pure.
#include <string_view>
#include <vector>

#include "vote/error.h"
#include "vote/poll.h"

namespace vote::command {

/// The options as a poll has them, looked up by what people write.
class Choices {
 public:
  explicit Choices(std::vector<PollOption> options);

  /// By exact text, else by text without regard to case if only one option has it, else by number
  /// (from 1), else by id. So an option whose text is "2" is meant by "2", wherever it stands.
  /// invalid_option says what there is to choose from.
  Result<OptionId> find(std::string_view name) const;
  Result<std::vector<OptionId>> find_all(const std::vector<std::string>& names) const;
  /// The text of an option by its id; the id itself where the poll has no such option.
  std::string text_of(std::string_view id) const;

 private:
  std::string known() const;

  std::vector<PollOption> options_;
  std::vector<std::string> lower_;
};

}  // namespace vote::command

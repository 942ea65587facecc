#pragma once
// A dead letter as people and pipes see it. Its bytes are whatever somebody sent.
#include <string>

#include "command/console.h"
#include "process/dead_letters.h"

namespace vote::command {

/// One line: id, stamp, reason, error, the ids, where it came from. What it does not say is null.
std::string summary_json(const BuriedVote& vote);
/// The same with its headers and its message; one that is not UTF-8 is "message_base64" instead.
std::string whole_json(const BuriedVote& vote);
/// All of it, a name and a value a row.
Record whole_record(const BuriedVote& vote);

/// Rows of a list, handed to the console a few at a time.
class DeadLetterRows {
 public:
  explicit DeadLetterRows(Console& console);
  void add(const BuriedVote& vote);
  void flush();

 private:
  static constexpr std::size_t kHeldMax = 500;  // whose columns are aligned on a terminal

  Console& console_;
  Table table_;
  std::size_t held_ = 0;
};

}  // namespace vote::command

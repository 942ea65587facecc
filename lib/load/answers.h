#pragma once
// What the bodies of answers say, as far as journal and judge need it. One thread.
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "load/journal.h"

namespace vote::load {

class Answers {
 public:
  Answers();
  ~Answers();
  Answers(const Answers&) = delete;

  /// A results page; nothing where it is none of this poll.
  std::optional<Shown> shown(std::string_view body, const Target& poll);
  /// The code of a problem; empty where there is none.
  std::string code(std::string_view body);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace vote::load

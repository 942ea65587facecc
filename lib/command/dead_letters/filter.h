#pragma once
// Which dead letters a verb is about, as flags say it.
#include <optional>
#include <string>

#include "command/verb.h"
#include "process/dead_letters.h"

namespace vote::command {

struct FilterWish {
  std::optional<std::string> reason;
  std::optional<std::string> poll;
  std::optional<std::string> since;
  std::optional<std::string> until;

  bool says_something() const { return reason || poll || since || until; }
};

/// --reason, --poll, --since and --until.
void add_filter(Verb& verb, FilterWish& wish);

/// Throws Failure (usage) for what is no poll or no time. `now`: what "2h" is counted back from.
BuriedVoteFilter filter_of(const FilterWish& wish, Time now);

}  // namespace vote::command

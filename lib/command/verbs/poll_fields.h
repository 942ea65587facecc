#pragma once
// The flags for what a poll is, shared by `poll create` and `poll edit`.
#include <nlohmann/json_fwd.hpp>

#include "command/verb.h"

namespace vote::command {

struct PollFields {
  std::optional<std::string> description;
  std::vector<std::string> options;
  std::optional<std::string> options_from;
  std::optional<std::string> start;
  std::optional<std::string> end;
  std::optional<std::string> length;
  std::optional<bool> allow_anonymous;
  std::optional<bool> hide_results;
  std::optional<bool> allow_vote_change;
  std::optional<std::uint32_t> multiple;

  void add_to(Verb& verb);
  /// The members of the request that were given, and those alone. `now` is where `length` counts
  /// from without a start. Throws Failure (times that are none, a file that cannot be read).
  nlohmann::json members(Time now) const;
};

}  // namespace vote::command

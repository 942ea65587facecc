#pragma once
// The dead letters that somebody chose, to be shown or decided on: by their ids, as lines of what
// `vote-dlq list --json` printed, or by what they have in common.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command/dead_letters/filter.h"

namespace vote::command {

inline constexpr std::size_t kChosenMax = 1'000'000;  // at once

struct Chosen {
  std::int64_t id = 0;
  std::optional<Time> stamp;  // as the line said, by which another queue's letter is recognised
  std::uint64_t line = 0;     // of the input; 0: there was none
};

/// Throws Failure (usage) for what is no id.
std::vector<Chosen> chosen_by_ids(const std::vector<std::string>& ids);

/// An object with the member "id" (and perhaps "stamp"), or an id alone. malformed says what is
/// wrong with it.
Result<Chosen> parse_chosen_line(std::string_view line);

/// What flags and arguments say.
struct Selection {
  std::vector<std::string> ids;  // "-" alone: lines of stdin
  FilterWish filter;
  bool all = false;

  bool by_lines() const { return ids.size() == 1 && ids.front() == "-"; }
};
void add_selection(Verb& verb, Selection& selection);

/// Each once. What is wrong with a line of stdin goes to `refuse` with its number; the others are
/// chosen all the same, and empty ones are passed over. Throws Failure (usage: nothing or too many
/// are chosen, or in two ways).
std::vector<Chosen> choose(
    const Selection& selection, Queue& queue, Time now,
    const std::function<void(std::uint64_t line, const Error& error)>& refuse);

}  // namespace vote::command

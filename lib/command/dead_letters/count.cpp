#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "command/dead_letters/filter.h"
#include "command/dead_letters/verbs.h"
#include "command/failure.h"

namespace vote::command {
namespace {

struct Wish {
  FilterWish filter;
  std::optional<std::string> by;
};

using Group = std::pair<std::string, std::uint64_t>;

/// The greatest first.
std::vector<Group> groups_of(Queue& queue, const BuriedVoteFilter& filter, bool by_poll) {
  std::map<std::string, std::uint64_t> counts;
  value_of(each_dead_letter(queue, filter, [&](const BuriedVote& vote) {
    const std::string poll = vote.ids.poll ? vote.ids.poll->text() : "";
    ++counts[by_poll ? poll : vote.reason];
    return true;
  }));
  std::vector<Group> groups(counts.begin(), counts.end());
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Group& a, const Group& b) { return a.second > b.second; });
  return groups;
}

ExitCode count_groups(Console& console, const std::vector<Group>& groups, const std::string& by) {
  Table table({{by == "poll" ? "POLL" : "REASON"}, {"COUNT", Side::right}});
  for (const auto& [name, count] : groups) {
    if (console.json())
      console.print_json(nlohmann::ordered_json{
          {by == "poll" ? "poll_id" : "reason", name},
          {"count", count}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    else
      table.add({name, std::to_string(count)});
  }
  console.print(table);
  return ExitCode::ok;
}

ExitCode count(Context& context, const Wish& wish) {
  const BuriedVoteFilter filter = filter_of(wish.filter, context.clock.now());
  if (wish.by && *wish.by != "reason" && *wish.by != "poll")
    throw Failure(ExitCode::usage, "--by " + *wish.by + ": must be reason or poll");
  const auto queue = context.backends.queue();
  Console& console = context.console;
  if (wish.by)
    return count_groups(console, groups_of(*queue, filter, *wish.by == "poll"), *wish.by);
  std::uint64_t found = 0;
  value_of(each_dead_letter(*queue, filter, [&found](const BuriedVote&) { return ++found > 0; }));
  if (console.json())
    console.print_json(nlohmann::json({{"count", found}}).dump());
  else
    console.print(std::to_string(found) + '\n');
  return ExitCode::ok;
}

}  // namespace

void add_dead_letter_count(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("count", "count dead letters, all of them or by reason or poll",
                      "vote-dlq count\n"
                      "vote-dlq count --by reason --since 1d\n"
                      "test $(vote-dlq count) = 0 || mail -s 'dead letters' ops@example.org");
  add_filter(verb, wish->filter);
  verb.option("--by", wish->by, "reason|poll", "a row for each reason, or poll");
  verb.runs([wish](Context& context) { return count(context, *wish); });
}

}  // namespace vote::command

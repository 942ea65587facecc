#include "command/dead_letters/filter.h"
#include "command/dead_letters/verbs.h"
#include "command/dead_letters/view.h"
#include "command/failure.h"

namespace vote::command {
namespace {

struct Wish {
  FilterWish filter;
  std::optional<std::uint32_t> limit;
};

ExitCode list(Context& context, const Wish& wish) {
  const BuriedVoteFilter filter = filter_of(wish.filter, context.clock.now());
  const auto queue = context.backends.queue();
  Console& console = context.console;
  DeadLetterRows rows(console);
  std::uint32_t left = wish.limit.value_or(std::numeric_limits<std::uint32_t>::max());
  value_of(each_dead_letter(*queue, filter, [&](const BuriedVote& vote) {
    if (left == 0) return false;
    --left;
    if (console.json())
      console.print_json(summary_json(vote));
    else
      rows.add(vote);
    return left > 0 && !console.reader_is_gone();
  }));
  rows.flush();
  return ExitCode::ok;
}

}  // namespace

void add_dead_letter_list(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("list", "list dead letters, the oldest first",
                      "vote-dlq list --since 2h\n"
                      "vote-dlq list --reason unknown_poll | cut -f1,4\n"
                      "vote-dlq list --json | jq 'select(.reason == \"unknown_poll\")'"
                      " | vote-dlq requeue -");
  add_filter(verb, wish->filter);
  verb.option("--limit", wish->limit, "N", "no more than so many");
  verb.runs([wish](Context& context) { return list(context, *wish); });
}

}  // namespace vote::command

#include "command/dead_letters/selection.h"
#include "command/dead_letters/verbs.h"
#include "command/dead_letters/view.h"
#include "command/failure.h"

namespace vote::command {
namespace {

ExitCode show(Context& context, const std::vector<std::string>& ids) {
  const std::vector<Chosen> chosen = chosen_by_ids(ids);
  const auto queue = context.backends.queue();
  Console& console = context.console;
  ExitCode code = ExitCode::ok;
  bool first = true;
  for (const Chosen& each : chosen) {
    const auto vote = find_dead_letter(*queue, each.id);
    if (!vote) {
      const Failure failure = failure_of(vote.error());
      if (failure.code() != ExitCode::not_found) throw failure;
      console.complain(failure.what());
      code = failure.code();
      continue;
    }
    if (console.json()) {
      console.print_json(whole_json(*vote));
      continue;
    }
    if (!std::exchange(first, false)) console.print("\n");
    console.print(whole_record(*vote));
  }
  return code;
}

}  // namespace

void add_dead_letter_show(Verbs& top) {
  auto ids = std::make_shared<std::vector<std::string>>();
  Verb verb = top.add("show", "show all of some dead letters: reason, headers, message",
                      "vote-dlq show 17\n"
                      "vote-dlq show 17 18 --json | jq -r .message");
  verb.arguments("ID", *ids, "as list shows it; several may follow");
  verb.runs([ids](Context& context) { return show(context, *ids); });
}

}  // namespace vote::command

#include <array>
#include <nlohmann/json.hpp>

#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

constexpr std::array kFields{"poll_id",
                             "title",
                             "description",
                             "status",
                             "start_time",
                             "end_time",
                             "allow_anonymous",
                             "show_results_during_voting",
                             "allow_multiple_options",
                             "max_votes_per_user",
                             "allow_vote_change",
                             "creator_id",
                             "created_at",
                             "updated_at"};

ExitCode show(Context& context, const std::string& id) {
  const client::Answer answer = context.server().get(poll_path(id));
  if (context.console.json()) {
    context.console.print_json(answer.body);
    return ExitCode::ok;
  }
  const nlohmann::json poll = answer.json();
  Record record;
  for (const char* name : kFields)
    if (poll.contains(name)) record.add(name, member_text(poll, name));
  std::size_t number = 0;
  for (const PollOption& option : options_of(poll))
    record.add("option " + std::to_string(++number), option.text);
  context.console.print(record);
  return ExitCode::ok;
}

}  // namespace

void add_poll_show(Verbs& poll) {
  auto id = std::make_shared<std::string>();
  Verb verb = poll.add("show", "show a poll: its times, rules and options",
                       "votectl poll show $poll\n"
                       "votectl poll show $poll --json | jq -r '.options[].text'");
  verb.argument("POLL", *id, "the poll's id");
  verb.runs([id](Context& context) { return show(context, *id); });
}

}  // namespace vote::command

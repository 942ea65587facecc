#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/verbs/poll_fields.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  std::string poll;
  std::optional<std::string> title;
  bool publish = false;
  PollFields fields;
};

ExitCode edit(Context& context, const Wish& wish) {
  Server server = context.server();
  nlohmann::json body = wish.fields.members(context.clock.now());
  if (wish.title) body["title"] = *wish.title;
  if (wish.publish) body["status"] = "active";
  if (body.empty())
    throw Failure(ExitCode::usage, "nothing to change is named", "votectl poll edit --help");
  const client::Answer answer = server.send("PATCH", poll_path(wish.poll), body);
  if (context.console.json()) context.console.print_json(answer.body);
  context.console.say("edited '" + member_text(answer.json(), "title") + "'");
  return ExitCode::ok;
}

}  // namespace

void add_poll_edit(Verbs& poll) {
  auto wish = std::make_shared<Wish>();
  Verb verb = poll.add("edit", "change what its status allows: all of a draft",
                       "votectl poll edit $poll --title Dinner -o rice -o fish\n"
                       "votectl poll edit $poll --for 3h --hide-results --publish");
  verb.argument("POLL", wish->poll, "the poll's id");
  verb.option("--title", wish->title, "TEXT", "what is asked");
  verb.flag("--publish", wish->publish, "a draft no more: it opens at its start");
  wish->fields.add_to(verb);
  verb.runs([wish](Context& context) { return edit(context, *wish); });
}

}  // namespace vote::command

#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/verbs/poll_fields.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  std::string title;
  bool draft = false;
  PollFields fields;
};

ExitCode create(Context& context, const Wish& wish) {
  Server server = context.server();
  nlohmann::json body = wish.fields.members(context.clock.now());
  if (!body.contains("end_time"))
    throw Failure(ExitCode::usage, "nothing says when the poll closes",
                  "--for 2h, or --end 2030-01-31T18:00:00Z");
  if (!body.contains("options"))
    throw Failure(ExitCode::usage, "the poll has no options",
                  "-o TEXT for each, or --options-from");
  body["title"] = wish.title;
  body["status"] = wish.draft ? "draft" : "active";
  const client::Answer answer = server.send("POST", "/v1/polls", body);
  if (context.console.json()) {
    context.console.print_json(answer.body);
    return ExitCode::ok;
  }
  const nlohmann::json poll = answer.json();
  context.console.print(poll.at("poll_id").get<std::string>() + "\n");
  context.console.say("created '" + wish.title + "', " + member_text(poll, "status") + ", until " +
                      member_text(poll, "end_time"));
  return ExitCode::ok;
}

}  // namespace

void add_poll_create(Verbs& poll) {
  auto wish = std::make_shared<Wish>();
  Verb verb = poll.add("create", "create a poll and print its id",
                       "votectl poll create 'Lunch?' -o soup -o bread --for 2h\n"
                       "votectl poll create Mayor --options-from names --end 2030-11-05T20:00:00Z\n"
                       "votectl poll create 'Lunch?' -o soup -o bread --for 2h --json | "
                       "jq -r .poll_id");
  verb.argument("TITLE", wish->title, "what is asked, in 1 to 255 characters");
  verb.flag("--draft", wish->draft, "do not open it: poll open does");
  wish->fields.add_to(verb);
  verb.runs([wish](Context& context) { return create(context, *wish); });
}

}  // namespace vote::command

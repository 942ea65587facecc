#include <nlohmann/json.hpp>

#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

/// `words`: what to say before the poll's title.
ExitCode step(Context& context, const std::string& path, const std::string& words) {
  const client::Answer answer = context.server().send("POST", path, nullptr);
  if (context.console.json()) context.console.print_json(answer.body);
  context.console.say(words + "'" + member_text(answer.json(), "title") + "'");
  return ExitCode::ok;
}

ExitCode remove(Context& context, const std::string& id) {
  context.server().send("DELETE", poll_path(id), nullptr);
  context.console.say("deleted the draft " + id);
  return ExitCode::ok;
}

void add(Verbs& poll, const std::string& name, const std::string& summary,
         std::function<ExitCode(Context&, const std::string&)> run) {
  auto id = std::make_shared<std::string>();
  Verb verb = poll.add(name, summary, "votectl poll " + name + " $poll");
  verb.argument("POLL", *id, "the poll's id");
  verb.runs([id, run = std::move(run)](Context& context) { return run(context, *id); });
}

}  // namespace

void add_poll_steps(Verbs& poll) {
  add(poll, "open", "open a draft or scheduled poll now", [](Context& context, const auto& id) {
    return step(context, poll_path(id, "/open"), "open: ");
  });
  add(poll, "close", "close an active poll before its end", [](Context& context, const auto& id) {
    return step(context, poll_path(id, "/close"), "closed: ");
  });
  add(poll, "delete", "delete a draft", remove);
}

}  // namespace vote::command

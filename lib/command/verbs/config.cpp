#include "command/verbs/verbs.h"

namespace vote::command {

void add_config(Verbs& top) {
  Verbs verbs = top.add_noun("config", "the configuration that all programs share");
  // A configuration that does not hold ends the program before any verb runs.
  Verb check = verbs.add("check", "check it: an error names file, line and key",
                         "votectl -c vote.toml config check");
  check.runs([](Context& context) {
    context.console.say("the configuration holds");
    return ExitCode::ok;
  });
  Verb print =
      verbs.add("print", "print it as it is in force, as TOML", "votectl config print > vote.toml");
  print.runs([](Context& context) {
    context.console.print(to_toml(context.config));
    return ExitCode::ok;
  });
}

}  // namespace vote::command

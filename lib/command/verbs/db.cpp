#include "command/verbs/schema_view.h"
#include "command/verbs/verbs.h"

namespace vote::command {

void add_db(Verbs& top) {
  Verbs verbs = top.add_noun("db", "the schemas of store and queue, without vote-api");
  Verb migrate = verbs.add("migrate", "bring the schemas up to date; what is missing is made",
                           "votectl -c vote.toml db migrate");
  migrate.runs([](Context& context) {
    say_migrated(context.console, context.backends.migrate(""));
    return ExitCode::ok;
  });
  Verb status = verbs.add("status", "show whether the schemas are up to date",
                          "votectl -c vote.toml db status");
  status.runs(
      [](Context& context) { return show_schemas(context.console, context.backends.status()); });
}

}  // namespace vote::command

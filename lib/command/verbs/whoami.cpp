#include <nlohmann/json.hpp>

#include "command/verbs/user_view.h"
#include "command/verbs/verbs.h"

namespace vote::command {

void add_whoami(Verbs& top) {
  Verb verb = top.add("whoami", "show the account that the session or token stands for",
                      "votectl whoami\nvotectl whoami --json | jq -r .role");
  verb.runs([](Context& context) {
    show_user(context.console, context.server().get("/v1/users/me"));
    return ExitCode::ok;
  });
}

}  // namespace vote::command

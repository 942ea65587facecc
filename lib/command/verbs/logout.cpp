#include "command/session.h"
#include "command/verbs/verbs.h"

namespace vote::command {

void add_logout(Verbs& top) {
  Verb verb = top.add("logout", "forget the session", "votectl logout");
  verb.runs([](Context& context) {
    const std::string url = url_of(context.server_wishes);
    const bool was = SessionFile::of_user().forget(url);
    context.console.say((was ? "logged out at " : "nobody was logged in at ") + url);
    return ExitCode::ok;
  });
}

}  // namespace vote::command

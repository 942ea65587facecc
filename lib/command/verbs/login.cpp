#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/session.h"
#include "command/verbs/password_flags.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  std::string user;
  PasswordFlags password;
};

ExitCode log_in(Context& context, const Wish& wish) {
  Server server = context.server();
  server.use_token("");
  const SessionFile sessions = SessionFile::of_user();
  const std::string password = read_password(context.console, wish.password.source(), false);
  const bool is_email = wish.user.find('@') != std::string::npos;
  const client::Answer answer =
      server.send("POST", "/v1/sessions",
                  {{is_email ? "email" : "username", wish.user}, {"password", password}});
  const nlohmann::json session = answer.json();
  const auto expires = parse_time(session.at("expires_at").get<std::string>());
  if (!expires) throw Failure(ExitCode::failed, "the server gave a session without an end");
  sessions.keep(server.url(), {session.at("token").get<std::string>(), *expires});
  if (context.console.json()) context.console.print_json(answer.body);
  context.console.say("logged in at " + server.url() + " as " + wish.user + " until " +
                      to_text(*expires));
  return ExitCode::ok;
}

}  // namespace

void add_login(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("login", "begin a session, kept in a file that only you can read",
                      "votectl login ada\nvotectl login ada@example.org --password-file pw");
  verb.argument("USER", wish->user, "username or e-mail address");
  wish->password.add_to(verb);
  verb.runs([wish](Context& context) { return log_in(context, *wish); });
}

}  // namespace vote::command

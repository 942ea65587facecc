#include <nlohmann/json.hpp>

#include "command/verbs/password_flags.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

struct Wish {
  std::string username;
  std::string email;
  PasswordFlags password;
};

ExitCode sign_up(Context& context, const Wish& wish) {
  Server server = context.server();
  const std::string password = read_password(context.console, wish.password.source(), true);
  const client::Answer answer =
      server.send("POST", "/v1/users",
                  {{"email", wish.email}, {"username", wish.username}, {"password", password}});
  if (context.console.json()) context.console.print_json(answer.body);
  context.console.say("registered " + wish.username);
  return ExitCode::ok;
}

}  // namespace

void add_register(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("register", "create an account",
                      "votectl register --username ada --email ada@example.org\n"
                      "votectl register --username ada --email ada@example.org --password-file pw");
  verb.required_option("--username", wish->username, "NAME", "2 to 64 characters without '@'");
  verb.required_option("--email", wish->email, "ADDRESS", "an address has one account");
  wish->password.add_to(verb);
  verb.runs([wish](Context& context) { return sign_up(context, *wish); });
}

}  // namespace vote::command

#include <strings.h>

#include <nlohmann/json.hpp>

#include "command/failure.h"
#include "command/verbs/user_view.h"
#include "command/verbs/verbs.h"

namespace vote::command {
namespace {

bool same(const std::string& one, const std::string& other) {
  return strcasecmp(one.c_str(), other.c_str()) == 0;
}

/// The id of who is named by id, username or e-mail address.
std::string id_of(Server& server, const std::string& user) {
  if (UserId::parse(user)) return user;
  std::string id;
  server.get_list("/v1/users", "users", [&](const nlohmann::json& each) {
    if (same(member_text(each, "username"), user) || same(member_text(each, "email"), user))
      id = member_text(each, "user_id");
    return id.empty();
  });
  if (id.empty())
    throw Failure(ExitCode::not_found, "not found: no account is called '" + user + "'",
                  "votectl user list shows them all");
  return id;
}

ExitCode list(Context& context) {
  Console& console = context.console;
  Table table({{"USER"}, {"USERNAME"}, {"ROLE"}, {"VERIFIED"}, {"E-MAIL"}});
  context.server().get_list("/v1/users", "users", [&](const nlohmann::json& user) {
    if (console.json())
      console.print_json(user.dump());
    else
      table.add({member_text(user, "user_id"), member_text(user, "username"),
                 member_text(user, "role"), member_text(user, "verified"),
                 member_text(user, "email")});
    return true;
  });
  console.print(table);
  return ExitCode::ok;
}

ExitCode show(Context& context, const std::string& user) {
  Server server = context.server();
  show_user(context.console, server.get("/v1/users/" + id_of(server, user)));
  return ExitCode::ok;
}

ExitCode change(Context& context, const std::string& user, const nlohmann::json& body,
                const std::string& words) {
  Server server = context.server();
  const client::Answer answer = server.send("PATCH", "/v1/users/" + id_of(server, user), body);
  if (context.console.json()) context.console.print_json(answer.body);
  context.console.say(member_text(answer.json(), "username") + words);
  return ExitCode::ok;
}

constexpr const char* kUserHelp = "id, username or e-mail address";

void add_role(Verbs& verbs) {
  struct Wish {
    std::string user;
    std::string role;
  };
  auto wish = std::make_shared<Wish>();
  Verb verb = verbs.add("role", "give an account a role", "votectl user role ada auditor");
  verb.argument("USER", wish->user, kUserHelp);
  verb.argument("ROLE", wish->role, "voter, auditor or admin");
  verb.runs([wish](Context& context) {
    return change(context, wish->user, {{"role", wish->role}}, " is now " + wish->role);
  });
}

void add_verify(Verbs& verbs) {
  struct Wish {
    std::string user;
    bool undo = false;
  };
  auto wish = std::make_shared<Wish>();
  Verb verb = verbs.add("verify", "declare an account's e-mail address verified",
                        "votectl user verify ada\nvotectl user verify ada --undo");
  verb.argument("USER", wish->user, kUserHelp);
  verb.flag("--undo", wish->undo, "not verified after all");
  verb.runs([wish](Context& context) {
    return change(context, wish->user, {{"verified", !wish->undo}},
                  wish->undo ? " is not verified any more" : " is verified");
  });
}

}  // namespace

void add_user(Verbs& top) {
  Verbs verbs = top.add_noun("user", "accounts, for admins");
  Verb listing = verbs.add("list", "list the accounts", "votectl user list | cut -f2,3");
  listing.runs(list);
  auto user = std::make_shared<std::string>();
  Verb showing = verbs.add("show", "show an account", "votectl user show ada@example.org");
  showing.argument("USER", *user, kUserHelp);
  showing.runs([user](Context& context) { return show(context, *user); });
  add_role(verbs);
  add_verify(verbs);
}

}  // namespace vote::command

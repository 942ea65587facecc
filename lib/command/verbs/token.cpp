#include <nlohmann/json.hpp>

#include "command/ballot_lines.h"
#include "command/failure.h"
#include "command/secret.h"
#include "command/verbs/verbs.h"
#include "runtime/random.h"

namespace vote::command {
namespace {

struct Wish {
  std::optional<std::string> user;
  std::optional<std::string> role;
  std::optional<std::string> length;
  std::optional<std::string> secret_file;
  bool unverified = false;
};

Role role_given(const std::string& text) {
  if (const auto role = parse_role(text)) return *role;
  throw Failure(ExitCode::usage, "'" + text + "' is no role", "guest, voter, auditor or admin");
}

Duration length_given(const std::string& text) {
  const auto length = parse_duration(text);
  if (length && length->count() > 0) return *length;
  throw Failure(ExitCode::usage, "--for: '" + text + "' is no length of time",
                "write it like 30min, 2h or 7d");
}

ExitCode mint(Context& context, const Wish& wish) {
  const Tokens tokens = tokens_of(wish.secret_file.value_or(context.config.auth.secret_file));
  const Duration length = wish.length ? length_given(*wish.length) : context.config.auth.token_ttl;
  Identity identity;
  identity.user = wish.user ? voter_named(*wish.user) : fresh_id<UserId>(context.clock);
  identity.role = role_given(wish.role.value_or("voter"));
  identity.verified = !wish.unverified;
  const Time now = context.clock.now();
  const std::string token = tokens.mint(identity, now, now + length);
  if (context.console.json())
    context.console.print_json(nlohmann::ordered_json{
        {"token", token},
        {"user_id", identity.user.text()},
        {"role", name(identity.role)},
        {"expires_at",
         to_text(now + length)}}.dump());
  else
    context.console.print(token + "\n");
  return ExitCode::ok;
}

}  // namespace

void add_token(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("token", "print a token, for who holds the secret file",
                      "votectl token --secret-file secret\n"
                      "VOTE_TOKEN=$(votectl token --role auditor --secret-file secret) "
                      "votectl audit $poll");
  verb.optional_argument("USER", wish->user,
                         "a user's id, or the name of a voter of vote --input; else a fresh user");
  verb.option("--role", wish->role, "guest|voter|auditor|admin", "voter unless given");
  verb.option("--for", wish->length, "DURATION",
              "how long it holds; [auth] token_ttl unless given");
  verb.option("--secret-file", wish->secret_file, "FILE", "[auth] secret_file unless given");
  verb.flag("--unverified", wish->unverified, "its e-mail address counts as not verified");
  verb.runs([wish](Context& context) { return mint(context, *wish); });
}

}  // namespace vote::command

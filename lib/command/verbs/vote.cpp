#include <nlohmann/json.hpp>

#include "command/choice.h"
#include "command/failure.h"
#include "command/verbs/bulk_vote.h"
#include "command/verbs/guest.h"
#include "command/verbs/verbs.h"
#include "runtime/random.h"

namespace vote::command {
namespace {

constexpr const char* kWaitForVerdict = "wait=2";  // seconds, RFC 7240

struct Wish {
  std::string poll;
  std::vector<std::string> options;
  bool status = false;
  bool change = false;
  bool revoke = false;
  bool guest = false;
  std::optional<std::string> key;
  std::optional<std::string> input;
  std::optional<std::string> secret_file;
  std::optional<std::uint32_t> connections;
};

/// What the flags ask for; throws Failure where they contradict each other.
enum class Deed { cast, status, change, revoke, bulk };
Deed deed_of(const Wish& wish) {
  const int asked = int{wish.status} + int{wish.change} + int{wish.revoke} + int{!!wish.input};
  if (asked > 1)
    throw Failure(ExitCode::usage, "--status, --change, --revoke and --input exclude each other");
  const Deed deed = wish.input    ? Deed::bulk
                    : wish.status ? Deed::status
                    : wish.change ? Deed::change
                    : wish.revoke ? Deed::revoke
                                  : Deed::cast;
  const bool names_options = deed == Deed::cast || deed == Deed::change;
  if (names_options && wish.options.empty())
    throw Failure(ExitCode::usage, "no option is named", "votectl poll show POLL lists them");
  if (!names_options && !wish.options.empty())
    throw Failure(ExitCode::usage, "an option is named where none belongs");
  return deed;
}

client::Fields key_fields(Context& context, const Wish& wish) {
  if (wish.key && !RequestId::parse(*wish.key))
    throw Failure(ExitCode::usage, "--key: '" + *wish.key + "' is no UUID");
  const std::string key = wish.key.value_or(fresh_id<RequestId>(context.clock).text());
  context.console.detail("Idempotency-Key: " + key);
  return {{"Idempotency-Key", key}};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

/// The body of a ballot, and its options' texts for the words after it.
struct Ballot {
  nlohmann::json body;
  std::string words;
};
Ballot ballot_of(Server& server, const Wish& wish) {
  const Choices choices(options_of(server.get(poll_path(wish.poll)).json()));
  std::vector<std::string> ids;
  std::vector<std::string> texts;
  for (const OptionId& option : value_of(choices.find_all(wish.options))) {
    ids.push_back(option.text());
    texts.push_back(choices.text_of(ids.back()));
  }
  return {{{"option_ids", ids}}, joined(texts)};
}

void tell(Context& context, const client::Answer& answer, const std::string& words) {
  if (context.console.json() && !answer.body.empty()) context.console.print_json(answer.body);
  context.console.say(words);
}

ExitCode cast(Context& context, Server& server, const Wish& wish) {
  const Ballot ballot = ballot_of(server, wish);
  client::Fields fields = key_fields(context, wish);
  fields.emplace_back("Prefer", kWaitForVerdict);
  const client::Answer answer =
      server.send_repeatedly("POST", poll_path(wish.poll, "/votes"), ballot.body, fields);
  tell(context, answer,
       answer.status == 201 ? "counted: " + ballot.words
                            : "accepted, and will be counted: " + ballot.words);
  return ExitCode::ok;
}

ExitCode change(Context& context, Server& server, const Wish& wish) {
  const Ballot ballot = ballot_of(server, wish);
  tell(context,
       server.send_repeatedly("PUT", poll_path(wish.poll, "/votes/me"), ballot.body,
                              key_fields(context, wish)),
       "changed to: " + ballot.words);
  return ExitCode::ok;
}

ExitCode revoke(Context& context, Server& server, const Wish& wish) {
  tell(context,
       server.send_repeatedly("DELETE", poll_path(wish.poll, "/votes/me"), nullptr,
                              key_fields(context, wish)),
       "revoked");
  return ExitCode::ok;
}

ExitCode status(Context& context, Server& server, const Wish& wish) {
  const client::Answer answer = server.get(poll_path(wish.poll, "/votes/me"));
  if (context.console.json()) {
    context.console.print_json(answer.body);
    return ExitCode::ok;
  }
  const Choices choices(options_of(server.get(poll_path(wish.poll)).json()));
  const nlohmann::json vote = answer.json();
  Record record;
  record.add("status", member_text(vote, "status"));
  if (const auto ids = vote.find("option_ids"); ids != vote.end() && ids->is_array())
    for (const nlohmann::json& id : *ids)
      record.add("option", choices.text_of(id.get<std::string>()));
  for (const char* name : {"request_id", "cast_at", "revision"})
    if (vote.contains(name)) record.add(name, member_text(vote, name));
  if (const auto ids = vote.find("superseded"); ids != vote.end() && ids->is_array())
    for (const nlohmann::json& id : *ids) record.add("superseded", id.get<std::string>());
  context.console.print(record);
  return ExitCode::ok;
}

ExitCode bulk(Context& context, const Wish& wish) {
  return vote_in_bulk(
      context, {wish.poll, *wish.input, wish.secret_file.value_or(context.config.auth.secret_file),
                wish.connections.value_or(kBulkConnections)});
}

ExitCode vote(Context& context, const Wish& wish) {
  const Deed deed = deed_of(wish);
  if (deed == Deed::bulk) return bulk(context, wish);
  Server server = context.server();
  if (wish.guest) become_guest(context, server);
  switch (deed) {
    case Deed::status:
      return status(context, server, wish);
    case Deed::change:
      return change(context, server, wish);
    case Deed::revoke:
      return revoke(context, server, wish);
    default:
      return cast(context, server, wish);
  }
}

}  // namespace

void add_vote(Verbs& top) {
  auto wish = std::make_shared<Wish>();
  Verb verb = top.add("vote", "vote; an option is named by its text, its number or its id",
                      "votectl vote $poll 'Fish & chips'\n"
                      "votectl vote --change $poll 2\n"
                      "cut -f1,3 ballots | votectl vote $poll --input - --secret-file secret");
  verb.argument("POLL", wish->poll, "the poll's id");
  verb.arguments("OPTION", wish->options, "one, or as many as the poll allows");
  verb.flag("--status", wish->status, "show one's own vote");
  verb.flag("--change", wish->change, "replace one's vote by these options");
  verb.flag("--revoke", wish->revoke, "take one's vote back");
  verb.flag("--guest", wish->guest, "as a guest, where the poll allows it; no account is needed");
  verb.option("--key", wish->key, "UUID", "the Idempotency-Key, to send the same request again");
  verb.option("--input", wish->input, "FILE",
              "vote for many, a line a voter: VOTER<tab>OPTION[<tab>OPTION…], or OPTION alone for "
              "a fresh voter; - is stdin");
  verb.option("--secret-file", wish->secret_file, "FILE",
              "with --input: the server's secret; [auth] secret_file unless given");
  verb.option("--connections", wish->connections, "N", "with --input: so many at once; 64");
  verb.runs([wish](Context& context) { return vote(context, *wish); });
}

}  // namespace vote::command

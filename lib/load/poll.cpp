#include "load/poll.h"

#include <nlohmann/json.hpp>

#include "runtime/random.h"

namespace vote::load {
namespace {

using Json = nlohmann::json;

template <class SomeId>
SomeId id_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  const bool text = found != object.end() && found->is_string();
  const auto id = text ? SomeId::parse(found->get_ref<const std::string&>()) : std::nullopt;
  if (!id) throw PollError(std::string("the answer has no ") + member + "; is it a vote-api?");
  return *id;
}

Target target_of(const Json& poll) {
  Target target{id_of<PollId>(poll, "poll_id"), {}, poll.value("max_votes_per_user", 1U)};
  for (const Json& option : poll.value("options", Json::array()))
    target.options.push_back(id_of<OptionId>(option, "option_id"));
  if (target.options.empty()) throw PollError("poll " + target.poll.text() + " has no options");
  return target;
}

}  // namespace

Target find_poll(client::Client& client, PollId poll) {
  client::Request request;
  request.path = "/v1/polls/" + poll.text();
  const client::Answer answer = client.call(request);
  if (!answer.ok())
    throw PollError("poll " + poll.text() + " cannot be used: " + answer.detail() + " (--poll)");
  return target_of(answer.json());
}

Target create_poll(client::Client& client, const Tokens& tokens, const Clock& clock,
                   const NewPoll& wanted) {
  const Time now = clock.now();
  const Time end = now + wanted.lifetime;
  Json poll = {{"title", "A poll of vote-loadgen"},
               {"status", "active"},
               {"end_time", to_text(end)},
               {"allow_vote_change", wanted.allow_vote_change},
               {"allow_multiple_options", wanted.choices > 1},
               {"max_votes_per_user", wanted.choices},
               {"options", Json::array()}};
  for (unsigned i = 1; i <= wanted.options; ++i)
    poll["options"].push_back("option " + std::to_string(i));
  client::Request request;
  request.method = "POST";
  request.path = "/v1/polls";
  request.body = poll.dump();
  request.token = tokens.mint({fresh_id<UserId>(clock), Role::voter, true}, now, end);
  const client::Answer answer = client.call(request);
  if (!answer.ok()) throw PollError("no poll can be created: " + answer.detail());
  return target_of(answer.json());
}

}  // namespace vote::load

// What makes and changes polls: each change is decided inside the store's transaction, on the poll
// as it stands there; then the copy here is forgotten, so that the next request sees the change.
#include "api/access.h"
#include "api/body.h"
#include "api/json.h"
#include "http/completed.h"
#include "runtime/random.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;

struct PollBody {
  PollEdit edit;  // but for options and published
  std::optional<std::vector<std::string>> options;
  std::optional<std::string> status;
};

PollBody poll_body_of(const http::Request& request) {
  PollBody body;
  PollEdit& edit = body.edit;
  read_body(request, {{"title", &edit.title},
                      {"description", &edit.description},
                      {"options", &body.options},
                      {"start_time", &edit.start_time},
                      {"end_time", &edit.end_time},
                      {"status", &body.status},
                      {"allow_anonymous", &edit.allow_anonymous},
                      {"show_results_during_voting", &edit.show_results_during_voting},
                      {"allow_multiple_options", &edit.allow_multiple_options},
                      {"max_votes_per_user", &edit.max_votes_per_user},
                      {"allow_vote_change", &edit.allow_vote_change}});
  if (body.status && *body.status != "draft" && *body.status != "active")
    refuse_malformed("status must be draft or active");
  return body;
}

std::vector<PollOption> options_of(const Site& site, std::vector<std::string> texts) {
  std::vector<PollOption> options;
  options.reserve(texts.size());
  for (std::string& text : texts)
    options.push_back({fresh_id<OptionId>(site.parts.clock), std::move(text)});
  return options;
}

Poll poll_of(const Site& site, const Identity& owner, PollBody body) {
  PollEdit& edit = body.edit;
  Poll poll;
  poll.id = fresh_id<PollId>(site.parts.clock);
  poll.owner = owner.user;
  poll.title = required(edit.title, "title");
  poll.description = edit.description.value_or("");
  poll.options = options_of(site, required(body.options, "options"));
  poll.start_time = edit.start_time.value_or(Time{});  // the store's now
  poll.end_time = required(edit.end_time, "end_time");
  poll.published = body.status == "active";
  const PollSettings usual;
  const bool multiple = edit.allow_multiple_options.value_or(usual.allow_multiple_options);
  const auto most = static_cast<std::uint32_t>(poll.options.size());
  poll.settings = {edit.allow_anonymous.value_or(usual.allow_anonymous),
                   edit.show_results_during_voting.value_or(usual.show_results_during_voting),
                   multiple,
                   edit.max_votes_per_user.value_or(multiple ? most : usual.max_votes_per_user),
                   edit.allow_vote_change.value_or(usual.allow_vote_change)};
  return poll;
}

http::Response poll_response(const Site& site, unsigned status, const Result<Poll>& poll) {
  return respond(status, poll, [&site](const Poll& changed) {
    return to_json(changed, std::max(site.parts.polls.store_now(), changed.updated_at));
  });
}

Awaited add(Site& site, Identity owner, Poll poll) {
  const auto exceeded = co_await http::completed<Limits::Verdict>(
      [&](auto done) { site.parts.limits.allow_poll(owner, std::move(done)); });
  if (exceeded) co_return refusal_of(*exceeded);
  const auto added = co_await http::completed<Result<Poll>>(
      [&](auto done) { site.parts.store.add_poll(std::move(poll), std::move(done)); });
  http::Response response = poll_response(site, 201, added);
  if (added) response.fields.emplace_back("Location", "/v1/polls/" + added->id.text());
  co_return response;
}

/// Why `who` may not change `poll`.
std::optional<Error> why_not(const Poll& poll, const Identity& who) {
  if (may_change(poll, who)) return std::nullopt;
  if (!poll.published) return no_such_poll(poll.id);
  return Error{Code::forbidden, "only the poll's owner and admins may change it"};
}

Awaited revise(Site& site, PollId id, Identity who, PollRevision revision) {
  auto checked = [who, revision = std::move(revision)](Poll current, Time now) -> Result<Poll> {
    if (auto error = why_not(current, who)) return *error;
    return revision(std::move(current), now);
  };
  const auto revised = co_await http::completed<Result<Poll>>(
      [&](auto done) { site.parts.store.revise_poll(id, std::move(checked), std::move(done)); });
  site.parts.polls.forget(id);
  co_return poll_response(site, 200, revised);
}

std::optional<Error> why_not_deletable(const Poll& poll, const Identity& who) {
  if (auto error = why_not(poll, who)) return error;
  if (!poll.published) return std::nullopt;
  return Error{Code::poll_not_editable, "only drafts can be deleted; an open poll can be closed"};
}

Awaited remove(Site& site, PollId id, Identity who) {
  auto check = [who](const Poll& current, Time) { return why_not_deletable(current, who); };
  const auto removed = co_await http::completed<Result<Done>>(
      [&](auto done) { site.parts.store.delete_poll(id, std::move(check), std::move(done)); });
  site.parts.polls.forget(id);
  if (!removed) co_return refusal(removed.error());
  http::Response response;
  response.status = 204;
  co_return response;
}

}  // namespace

http::Answer create_poll(Site& site, http::Request& request) {
  const Identity owner = identity_of(site, request);
  if (owner.role == Role::guest)
    return refusal({Code::forbidden, "guests make no polls: register and log in"});
  Poll poll = poll_of(site, owner, poll_body_of(request));
  if (const auto error = check_poll(poll)) return refusal(*error);
  if (poll.published && poll.end_time <= site.parts.polls.store_now())
    return refusal({Code::invalid_input, "end_time has passed: set a later one"});
  return add(site, owner, std::move(poll));
}

http::Answer edit_poll(Site& site, http::Request& request) {
  const Identity who = identity_of(site, request);
  PollBody body = poll_body_of(request);
  if (body.options) body.edit.options = options_of(site, std::move(*body.options));
  if (body.status) body.edit.published = *body.status == "active";
  return revise(site, poll_id_of(request), who,
                [edit = std::move(body.edit)](Poll current, Time now) {
                  return edited(std::move(current), edit, now);
                });
}

http::Answer open_poll(Site& site, http::Request& request) {
  const Identity who = identity_of(site, request);
  read_no_body(request);
  return revise(site, poll_id_of(request), who, opened);
}

http::Answer close_poll(Site& site, http::Request& request) {
  const Identity who = identity_of(site, request);
  read_no_body(request);
  return revise(site, poll_id_of(request), who, close_requested);
}

http::Answer delete_poll(Site& site, http::Request& request) {
  const Identity who = identity_of(site, request);
  read_no_body(request);
  return remove(site, poll_id_of(request), who);
}

}  // namespace vote::api

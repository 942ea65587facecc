// Votes: the way of a ballot from the request to ingest/ and back.
#include "api/access.h"
#include "api/body.h"
#include "api/json.h"
#include "api/prefer.h"
#include "http/completed.h"
#include "runtime/random.h"
#include "vote/text.h"

namespace vote::api {
namespace {

using Awaited = boost::asio::awaitable<http::Response>;

/// The Idempotency-Key, else a fresh one.
RequestId request_id_of(const Site& site, const http::Request& request) {
  const auto key = request.field("Idempotency-Key");
  if (!key) return fresh_id<RequestId>(site.parts.clock);
  const auto id = RequestId::parse(*key);
  if (!id) refuse_malformed("Idempotency-Key is no UUID: send one, or leave it out");
  return *id;
}

std::vector<OptionId> choice_of(const http::Request& request) {
  std::optional<OptionId> option;
  std::optional<std::vector<OptionId>> options;
  read_body(request, {{"option_ids", &options}, {"option_id", &option}});
  if (option.has_value() == options.has_value())
    refuse_malformed("either option_ids or option_id must be there");
  return option ? std::vector<OptionId>{*option} : std::move(*options);
}

CastVote vote_of(const Site& site, const http::Request& request, const Identity& voter,
                 const Client& client, std::vector<OptionId> options) {
  CastVote vote;
  vote.request = request_id_of(site, request);
  vote.poll = poll_id_of(request);
  vote.voter = voter.user;
  vote.options = std::move(options);
  vote.ip = client.ip;
  vote.user_agent = as_utf8(request.field("User-Agent").value_or(""), kUserAgentBytesMax);
  return vote;
}

std::optional<Error> why_no_ballot(const std::vector<OptionId>& options) {
  if (options.size() <= kOptionsMax) return std::nullopt;
  return Error{Code::invalid_option, "the ballot names more options than any poll has"};
}

/// Drafts are nobody's business but their owner's: to others there is no such poll.
Error hiding_drafts(const Site& site, PollId id, const Identity& voter, Error error) {
  if (error.code != Code::poll_not_active) return error;
  const PollCopy poll = site.parts.polls.find(id);
  const bool hidden = poll && !poll->published && !may_change(*poll, voter);
  return hidden ? no_such_poll(id) : error;
}

using LimitedCast = std::variant<Exceeded, Result<CastAnswer>>;

/// Limits first: what they refuse reaches neither mark nor queue. One completion for both, for to
/// resume the coroutine costs more than the limits do.
void cast_within_limits(Site& site, const Client& client, const Identity& voter, CastVote vote,
                        CastTerms terms, Completion<LimitedCast> done) {
  site.parts.limits.allow_vote(client, voter.user,
                               [&ballots = site.parts.ballots, voter, vote = std::move(vote), terms,
                                done = std::move(done)](Limits::Verdict exceeded) mutable {
                                 if (exceeded) return done(std::move(*exceeded));
                                 ballots.cast(
                                     voter, std::move(vote), terms,
                                     [done = std::move(done)](Result<CastAnswer> answer) mutable {
                                       done(std::move(answer));
                                     });
                               });
}

Awaited cast(Site& site, Client client, Identity voter, CastVote vote,
             std::optional<std::uint32_t> wait_s, bool first_try) {
  const PollId poll = vote.poll;
  const auto limited = co_await http::completed<LimitedCast>([&](auto done) {
    cast_within_limits(site, client, voter, std::move(vote),
                       {std::chrono::seconds(wait_s.value_or(0)), first_try}, std::move(done));
  });
  if (const auto* exceeded = std::get_if<Exceeded>(&limited)) co_return refusal_of(*exceeded);
  const auto& cast = std::get<Result<CastAnswer>>(limited);
  if (cast && cast->confirmed) site.scoreboard.expire(poll);
  http::Response response = cast ? respond(cast->confirmed ? 201 : 202, to_json(*cast))
                                 : refusal(hiding_drafts(site, poll, voter, cast.error()));
  if (wait_s) response.fields.emplace_back("Preference-Applied", "wait=" + std::to_string(*wait_s));
  co_return response;
}

Awaited change(Site& site, Client client, Identity voter, CastVote vote) {
  const PollId poll = vote.poll;
  const auto exceeded = co_await http::completed<Limits::Verdict>(
      [&](auto done) { site.parts.limits.allow_vote(client, voter.user, std::move(done)); });
  if (exceeded) co_return refusal_of(*exceeded);
  const auto found = co_await find_poll(site, poll, voter);
  if (!found) co_return refusal(found.error());
  auto report = co_await http::completed<Result<ChangeReport>>(
      [&](auto done) { site.parts.ballots.change(voter, std::move(vote), std::move(done)); });
  if (!report) co_return refusal(report.error());
  site.scoreboard.expire(poll);
  const bool revoked = report->standing.options.empty();
  co_return respond(200, to_json(poll, {revoked ? VoteState::revoked : VoteState::confirmed,
                                        std::move(report->standing), std::nullopt}));
}

Awaited find_vote(Site& site, PollId poll, Identity voter) {
  const auto found = co_await find_poll(site, poll, voter);
  if (!found) co_return refusal(found.error());
  const auto vote = co_await http::completed<Result<VoteStatus>>(
      [&](auto done) { site.parts.ballots.status(poll, voter.user, std::move(done)); });
  if (vote && vote->standing) site.scoreboard.expire(poll);
  co_return respond(200, vote, [poll](const VoteStatus& status) { return to_json(poll, status); });
}

}  // namespace

http::Answer cast_vote(Site& site, http::Request& request) {
  const Identity voter = identity_of(site, request);
  Client client = site.parts.proxies.client_of(request);
  CastVote vote = vote_of(site, request, voter, client, choice_of(request));
  if (const auto error = why_no_ballot(vote.options)) return refusal(*error);
  return cast(site, std::move(client), voter, std::move(vote), preferred_wait_s(request),
              !request.field("Idempotency-Key"));
}

http::Answer show_vote(Site& site, http::Request& request) {
  const Identity voter = identity_of(site, request);
  return find_vote(site, poll_id_of(request), voter);
}

http::Answer change_vote(Site& site, http::Request& request) {
  const Identity voter = identity_of(site, request);
  Client client = site.parts.proxies.client_of(request);
  CastVote vote = vote_of(site, request, voter, client, choice_of(request));
  if (const auto error = why_no_ballot(vote.options)) return refusal(*error);
  // To the store a change to no option is a revocation.
  if (vote.options.empty())
    return refusal({Code::invalid_option, "the ballot names no option; DELETE revokes a vote"});
  return change(site, std::move(client), voter, std::move(vote));
}

http::Answer revoke_vote(Site& site, http::Request& request) {
  const Identity voter = identity_of(site, request);
  read_no_body(request);
  Client client = site.parts.proxies.client_of(request);
  CastVote vote = vote_of(site, request, voter, client, {});
  return change(site, std::move(client), voter, std::move(vote));
}

}  // namespace vote::api

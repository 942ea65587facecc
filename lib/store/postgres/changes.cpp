// Changing and revoking ballots that stand: applied once for its (poll, voter, request).
#include <algorithm>
#include <numeric>

#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

Error error_of(std::string_view outcome, const Poll& poll, const CastVote& vote) {
  if (outcome == "reused")
    return {Code::idempotency_key_reused,
            "this Idempotency-Key was used for another choice: use a fresh one for each change"};
  if (outcome == "final") return results_are_final(poll.id);
  if (outcome == "not_active")
    return {Code::poll_not_active, "a vote can be changed only while the poll is open"};
  if (outcome == "not_allowed")
    return {Code::change_not_allowed, "this poll does not allow changing a vote"};
  if (outcome == "invalid_option") return check_choice(poll, vote.options).value();
  if (outcome == "pending") return {Code::vote_pending, "no vote of yours has been processed yet"};
  return {Code::no_vote, "your vote is revoked already; change it to vote again"};
}

/// Nothing: neither a revocation nor a choice of this poll.
std::optional<std::string> wish_of(const Poll& poll, const CastVote& vote) {
  if (!vote.options.empty() && check_choice(poll, vote.options)) return std::nullopt;
  return choices_of(poll, vote.options);
}

Rows change_votes(Session& session, const std::vector<const NumberedPoll*>& polls,
                  const std::vector<const CastVote*>& votes) {
  Array numbers, voters, requests, ballots, addresses, names, agents;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    const CastVote& vote = *votes[i];
    numbers.add(polls[i]->number);
    voters.add(vote.voter);
    requests.add(vote.request);
    ballots.add_choices(wish_of(polls[i]->poll, vote));
    addresses.add(address_of(vote.ip));
    names.add(vote.user_agent);
    agents.add(static_cast<std::int64_t>(i) + 1);
  }
  return session.run(
      "SELECT outcome, cast_request, encode(ballot, 'hex'), revision, us_of(cast_at)"
      " FROM change_votes($1, $2, $3, $4, $5, $6, $7)",
      Params()
          .add(numbers.text())
          .add(voters.text())
          .add(requests.text())
          .add(ballots.text())
          .add(addresses.text())
          .add(names.text())
          .add(agents.text()));
}

StandingVote standing_of(const Rows& rows, std::size_t row, const Poll& poll) {
  return {rows.id<RequestId>(row, 1),
          options_of(poll, rows.text(row, 2)),
          static_cast<std::uint32_t>(rows.integer(row, 3)),
          rows.time(row, 4),
          {}};
}

/// The changes of polls that are there, in the order in which all who write ballots take them.
struct Order {
  std::vector<const NumberedPoll*> polls;
  std::vector<const CastVote*> votes;
  std::vector<std::size_t> places;  // in what was asked
};
Order in_order(Session& session, const std::vector<const CastVote*>& asked) {
  std::vector<const NumberedPoll*> polls;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    polls.push_back(session.poll(asked[i]->poll));
    if (polls.back() != nullptr) places.push_back(i);
  }
  std::sort(places.begin(), places.end(), [&](std::size_t one, std::size_t other) {
    return std::pair(polls[one]->number, asked[one]->voter) <
           std::pair(polls[other]->number, asked[other]->voter);
  });
  Order order{{}, {}, places};
  for (const std::size_t place : places) {
    order.polls.push_back(polls[place]);
    order.votes.push_back(asked[place]);
  }
  return order;
}

}  // namespace

std::vector<Result<ChangeReport>> change(Session& session,
                                         const std::vector<const CastVote*>& votes) {
  std::vector<Result<ChangeReport>> answers;
  answers.reserve(votes.size());
  for (const CastVote* vote : votes) answers.emplace_back(no_such_poll(vote->poll));
  const Order order = in_order(session, votes);
  if (order.votes.empty()) return answers;
  const Rows rows = change_votes(session, order.polls, order.votes);
  const auto counts = read_counts(session, order.polls);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const Poll& poll = order.polls[row]->poll;
    Result<ChangeReport>& answer = answers[order.places[row]];
    const std::string_view outcome = rows.text(row, 0);
    const bool repeated = outcome == "repeated";
    if (repeated || outcome == "applied")
      answer = ChangeReport{standing_of(rows, row, poll), counts[row], repeated};
    else
      answer = error_of(outcome, poll, *order.votes[row]);
  }
  return answers;
}

}  // namespace vote::postgres

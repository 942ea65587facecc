// Votes that the positions have passed undecided: noted by the worker, settled by an operator.
#include "store/postgres/session.h"

namespace vote::postgres {

void note_undecided(Session& session, const std::vector<UndecidedVote>& votes) {
  if (votes.empty()) return;
  Array polls, digests, voters, requests, stamps, states, reasons;
  for (const UndecidedVote& vote : votes) {
    polls.add(vote.poll);
    digests.add(static_cast<std::int64_t>(vote.digest));
    voters.add(vote.voter);
    requests.add(vote.request);
    stamps.add(vote.first_stamp);
    states.add(name(vote.state));
    reasons.add(std::string_view(vote.reason));
  }
  session.run("SELECT lock_polls_by_id($1)", Params().add(polls.text()));
  session.run("SELECT note_undecided($1, $2, $3, $4, $5, $6, $7)", Params()
                                                                       .add(polls.text())
                                                                       .add(digests.text())
                                                                       .add(voters.text())
                                                                       .add(requests.text())
                                                                       .add(stamps.text())
                                                                       .add(states.text())
                                                                       .add(reasons.text()));
}

std::uint64_t count_holding(Session& session, PollId poll, Time in_time) {
  return static_cast<std::uint64_t>(
      session
          .run("SELECT count(*) FROM holding_votes WHERE poll_id = $1 AND first_stamp <= at_us($2)",
               Params().add(poll).add(in_time))
          .integer(0, 0));
}

std::vector<UndecidedVote> read_holding(Session& session, PollId poll, Time in_time) {
  const Rows rows = session.run(
      "SELECT digest, user_id, request_id, us_of(first_stamp), state, reason FROM holding_votes"
      " WHERE poll_id = $1 AND first_stamp <= at_us($2) ORDER BY first_stamp LIMIT $3",
      Params().add(poll).add(in_time).add(static_cast<std::int64_t>(kHoldingShownMax)));
  std::vector<UndecidedVote> votes;
  for (std::size_t row = 0; row < rows.size(); ++row)
    votes.push_back(
        {poll, static_cast<std::uint64_t>(rows.integer(row, 0)), rows.id_or_nothing<UserId>(row, 1),
         rows.id_or_nothing<RequestId>(row, 2), rows.time(row, 3),
         rows.text(row, 4) == name(UndecidedVote::State::retry) ? UndecidedVote::State::retry
                                                                : UndecidedVote::State::dead_letter,
         std::string(rows.text(row, 5))});
  return votes;
}

Result<Done> settle(Session& session, UndecidedVote vote, Settlement settlement) {
  if (settlement != Settlement::dropped) {
    if (settlement == Settlement::requeued) vote.state = UndecidedVote::State::retry;
    note_undecided(session, {std::move(vote)});
    return Done{};
  }
  session.run(
      "DELETE FROM undecided_votes WHERE poll_id = $1 AND digest = $2 AND state = $3",
      Params().add(vote.poll).add(static_cast<std::int64_t>(vote.digest)).add(name(vote.state)));
  return Done{};
}

}  // namespace vote::postgres

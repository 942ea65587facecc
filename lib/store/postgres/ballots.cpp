#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {

Result<std::optional<StandingVote>> read_vote(Session& session, PollId poll, UserId voter) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const Rows rows = session.run("SELECT * FROM ballot_rows WHERE poll_no = $1 AND user_id = $2",
                                Params().add(found->number).add(voter));
  if (rows.size() == 0) return std::optional<StandingVote>();
  StandingVote vote{rows.id<RequestId>(0, 2),
                    options_of(found->poll, rows.text(0, 3)),
                    static_cast<std::uint32_t>(rows.integer(0, 4)),
                    rows.time(0, 5),
                    {},
                    digest_of(options_of(found->poll, rows.text(0, 6)))};
  // "<> 'c'" says that the partial index holds all of them.
  const Rows superseded = session.run(
      "SELECT request_id FROM vote_audit_log WHERE poll_no = $1 AND user_id = $2"
      " AND action <> 'c' AND action = 's' ORDER BY entry_no",
      Params().add(found->number).add(voter));
  for (std::size_t row = 0; row < superseded.size(); ++row)
    vote.superseded.push_back(superseded.id<RequestId>(row, 0));
  return std::optional<StandingVote>(std::move(vote));
}

Result<std::vector<VoterBallot>> read_ballots(Session& session, PollId poll,
                                              std::optional<UserId> after, std::size_t limit) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const Rows rows = session.run(
      "SELECT * FROM ballot_rows WHERE poll_no = $1"
      " AND ($2::uuid IS NULL OR user_id > $2) ORDER BY user_id LIMIT $3",
      Params()
          .add(found->number)
          .add(after)
          .add(static_cast<std::int64_t>(std::min(limit, PostgresStore::kEntriesMax))));
  std::vector<VoterBallot> ballots;
  ballots.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row)
    ballots.push_back({rows.id<UserId>(row, 1), rows.id<RequestId>(row, 2),
                       options_of(found->poll, rows.text(row, 3)),
                       static_cast<std::uint32_t>(rows.integer(row, 4)), rows.time(row, 5)});
  return ballots;
}

}  // namespace vote::postgres

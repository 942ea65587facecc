#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {

std::optional<Ballot> read_ballot(StoreConnection& connection, PollId poll, UserId voter) {
  Use row(
      connection.statement("SELECT request_id, choices, cast_choices, revision, cast_at FROM votes"
                           " WHERE poll_id = ?1 AND user_id = ?2"));
  row->bind_blob(1, poll.raw()).bind_blob(2, voter.raw());
  if (!row->step()) return std::nullopt;
  Ballot ballot;
  ballot.request = id_of<RequestId>(*row, 0);
  ballot.choices = row->text(1);
  if (!row->is_null(2)) ballot.cast_choices = std::string(row->text(2));
  ballot.revision = static_cast<std::uint32_t>(row->integer(3));
  ballot.cast_at = time_of(row->integer(4));
  return ballot;
}

Result<std::optional<StandingVote>> read_vote(StoreConnection& connection, PollId poll,
                                              UserId voter) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const auto ballot = read_ballot(connection, poll, voter);
  if (!ballot) return std::optional<StandingVote>();
  StandingVote vote{ballot->request,
                    options_of(*found, ballot->choices),
                    ballot->revision,
                    ballot->cast_at,
                    {},
                    digest_of(options_of(*found, ballot->as_cast()))};
  // "<> 'cast'" says that the partial index holds all of them.
  Use row(connection.statement(
      "SELECT request_id FROM vote_audit_log WHERE poll_id = ?1 AND user_id = ?2"
      " AND action <> 'cast' AND action = 'superseded'"));
  row->bind_blob(1, poll.raw()).bind_blob(2, voter.raw());
  while (row->step()) vote.superseded.push_back(id_of<RequestId>(*row, 0));
  return std::optional<StandingVote>(std::move(vote));
}

Result<std::vector<VoterBallot>> read_ballots(StoreConnection& connection, PollId poll,
                                              std::optional<UserId> after, std::size_t limit) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  Use row(
      connection.statement("SELECT user_id, request_id, choices, revision, cast_at FROM votes"
                           " WHERE poll_id = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3"));
  row->bind_blob(1, poll.raw())
      .bind_blob(2, after ? after->raw() : "")
      .bind(3, static_cast<std::int64_t>(std::min(limit, SqliteStore::kEntriesMax)));
  std::vector<VoterBallot> ballots;
  while (row->step())
    ballots.push_back({id_of<UserId>(*row, 0), id_of<RequestId>(*row, 1),
                       options_of(*found, row->text(2)),
                       static_cast<std::uint32_t>(row->integer(3)), time_of(row->integer(4))});
  return ballots;
}

}  // namespace vote

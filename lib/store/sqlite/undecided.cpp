// Votes that the positions have passed undecided: noted by the worker, settled by an operator.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

/// Whether it may still count. A draft may be given another end before it is published.
bool may_count(const Poll& poll, Time first_stamp) {
  if (poll.final_at) return false;
  return !poll.published || first_stamp <= poll.in_time_until();
}

}  // namespace

void note_undecided(StoreConnection& connection, const std::vector<UndecidedVote>& votes) {
  for (const UndecidedVote& vote : votes) {
    const Poll* poll = connection.poll(vote.poll);
    if (poll == nullptr || !may_count(*poll, vote.first_stamp)) continue;
    auto& row = connection.statement(
        "INSERT INTO undecided_votes VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE"
        " SET first_stamp = min(first_stamp, ?5), state = ?6, reason = ?7");
    row.bind_blob(1, vote.poll.raw()).bind(2, static_cast<std::int64_t>(vote.digest));
    bind_id_or_null(row, 3, vote.voter);
    bind_id_or_null(row, 4, vote.request);
    row.bind(5, microseconds_of(vote.first_stamp))
        .bind_text(6, name(vote.state))
        .bind_text(7, vote.reason)
        .run();
  }
}

std::uint64_t count_holding(StoreConnection& connection, PollId poll, Time in_time) {
  Use row(connection.statement(
      "SELECT count(*) FROM holding_votes WHERE poll_id = ?1 AND first_stamp <= ?2"));
  row->bind_blob(1, poll.raw()).bind(2, microseconds_of(in_time));
  return row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
}

std::vector<UndecidedVote> read_holding(StoreConnection& connection, PollId poll, Time in_time) {
  Use row(
      connection.statement("SELECT * FROM holding_votes WHERE poll_id = ?1 AND first_stamp <= ?2"
                           " ORDER BY first_stamp LIMIT ?3"));
  row->bind_blob(1, poll.raw())
      .bind(2, microseconds_of(in_time))
      .bind(3, static_cast<std::int64_t>(kHoldingShownMax));
  std::vector<UndecidedVote> votes;
  while (row->step())
    votes.push_back(
        {poll, static_cast<std::uint64_t>(row->integer(1)), id_or_nothing<UserId>(*row, 2),
         id_or_nothing<RequestId>(*row, 3), time_of(row->integer(4)),
         row->text(5) == name(UndecidedVote::State::retry) ? UndecidedVote::State::retry
                                                           : UndecidedVote::State::dead_letter,
         std::string(row->text(6))});
  return votes;
}

bool is_undecided(StoreConnection& connection, PollId poll_id, UserId voter, RequestId request) {
  Use row(
      connection.statement("SELECT min(first_stamp) FROM holding_votes"
                           " WHERE poll_id = ?1 AND user_id = ?2 AND request_id = ?3"));
  row->bind_blob(1, poll_id.raw()).bind_blob(2, voter.raw()).bind_blob(3, request.raw());
  if (!row->step() || row->is_null(0)) return false;
  const Poll* poll = connection.poll(poll_id);
  return poll != nullptr && may_count(*poll, time_of(row->integer(0)));
}

Result<Done> settle(StoreConnection& connection, UndecidedVote vote, Settlement settlement) {
  if (settlement != Settlement::dropped) {
    if (settlement == Settlement::requeued) vote.state = UndecidedVote::State::retry;
    note_undecided(connection, {std::move(vote)});
    return Done{};
  }
  auto& row = connection.statement(
      "DELETE FROM undecided_votes WHERE poll_id = ?1 AND digest = ?2 AND state = ?3");
  row.bind_blob(1, vote.poll.raw())
      .bind(2, static_cast<std::int64_t>(vote.digest))
      .bind_text(3, name(vote.state))
      .run();
  return Done{};
}

}  // namespace vote

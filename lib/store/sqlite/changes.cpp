// Changing and revoking a ballot that stands: applied once for its (poll, voter, request).
#include "store/sqlite/connection.h"

namespace vote {
namespace {

Error reused_key() {
  return {Code::idempotency_key_reused,
          "this Idempotency-Key was used for another choice: use a fresh one for each change"};
}

/// The answer as it was, if this request has been applied; an Error if its key means another one.
std::optional<Result<StandingVote>> first_answer(StoreConnection& connection, const Poll& poll,
                                                 const CastVote& vote, const Ballot& ballot,
                                                 const std::string& choices) {
  if (ballot.request == vote.request) {
    if (ballot.as_cast() != choices) return reused_key();
    return StandingVote{ballot.request, vote.options, 0, ballot.cast_at, {}};
  }
  Use row(connection.statement(
      "SELECT log_id, action, new_choices FROM vote_audit_log"
      " WHERE poll_id = ?1 AND user_id = ?2 AND request_id = ?3 AND action <> 'cast'"));
  row->bind_blob(1, vote.poll.raw())
      .bind_blob(2, vote.voter.raw())
      .bind_blob(3, vote.request.raw());
  if (!row->step()) return std::nullopt;
  if (row->text(1) == "superseded" || row->text(2) != choices) return reused_key();
  // Each change made the revision one greater, so it was their number up to this one.
  Use number(
      connection.statement("SELECT count(*) FROM vote_audit_log WHERE poll_id = ?1 AND user_id = ?2"
                           " AND action <> 'cast' AND action <> 'superseded' AND log_id <= ?3"));
  number->bind_blob(1, vote.poll.raw()).bind_blob(2, vote.voter.raw()).bind(3, row->integer(0));
  number->step();
  return StandingVote{ballot.request,
                      options_of(poll, choices),
                      static_cast<std::uint32_t>(number->integer(0)),
                      ballot.cast_at,
                      {}};
}

std::optional<Error> check_change(const Poll& poll, const CastVote& vote, Time now) {
  if (poll.final_at) return results_are_final(poll.id);  // whatever the clock says
  if (poll.status_at(now) != PollStatus::active)
    return Error{Code::poll_not_active, "a vote can be changed only while the poll is open"};
  if (!poll.settings.allow_vote_change)
    return Error{Code::change_not_allowed, "this poll does not allow changing a vote"};
  return vote.options.empty() ? std::nullopt : check_choice(poll, vote.options);
}

void apply(StoreConnection& connection, const CastVote& vote, const Ballot& ballot,
           const std::string& choices, Time now) {
  connection
      .statement(
          "UPDATE votes SET choices = ?3, cast_choices = ?4, revision = revision + 1"
          " WHERE poll_id = ?1 AND user_id = ?2")
      .bind_blob(1, vote.poll.raw())
      .bind_blob(2, vote.voter.raw())
      .bind_text(3, choices)
      .bind_text(4, ballot.as_cast())
      .run();
  write_audit(connection, vote,
              {vote.options.empty() ? "revoked" : "changed", &ballot.choices, &choices, now});
}

}  // namespace

Result<ChangeReport> change(StoreConnection& connection, const CastVote& vote, Time now) {
  const Poll* poll = connection.poll(vote.poll);
  if (poll == nullptr) return no_such_poll(vote.poll);
  const std::string choices = choices_text(*poll, vote.options);
  const auto ballot = read_ballot(connection, vote.poll, vote.voter);
  if (ballot) {
    if (auto first = first_answer(connection, *poll, vote, *ballot, choices)) {
      if (!*first) return first->error();
      return ChangeReport{std::move(**first), read_counts(connection, *poll), true};
    }
  }
  if (auto error = check_change(*poll, vote, now)) return *error;
  if (!ballot) return Error{Code::vote_pending, "no vote of yours has been processed yet"};
  if (vote.options.empty() && ballot->choices == choices)
    return Error{Code::no_vote, "your vote is revoked already; change it to vote again"};
  apply(connection, vote, *ballot, choices, now);
  CounterChanges counters;
  counters.add(*poll, ballot->choices, -1);
  counters.add(*poll, choices, +1);
  StandingVote standing{
      ballot->request, options_of(*poll, choices), ballot->revision + 1, ballot->cast_at, {}};
  return ChangeReport{std::move(standing), counters.write(connection).front(), false};
}

}  // namespace vote

#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// Whether it may still count: see RequestTrace.
bool is_undecided(Session& session, PollId poll_id, UserId voter, RequestId request) {
  return session
      .run("SELECT is_undecided($1, $2, $3)", Params().add(poll_id).add(voter).add(request))
      .truth(0, 0);
}

bool was_dropped(Session& session, PollId poll, UserId voter, RequestId request) {
  return session
      .run(
          "SELECT EXISTS (SELECT 1 FROM operator_log WHERE poll_id = $1 AND user_id = $2"
          " AND request_id = $3 AND action = 'dropped')",
          Params().add(poll).add(voter).add(request))
      .truth(0, 0);
}

}  // namespace

Result<Done> note(Session& session, const OperatorAction& action) {
  session.run(
      "INSERT INTO operator_log (at, actor, action, poll_id, user_id, request_id, ip_address,"
      " detail) VALUES (vote_now(), $1, $2, $3, $4, $5, $6, $7)",
      Params()
          .add(action.actor)
          .add(action.action)
          .add(action.poll)
          .add(action.user)
          .add(action.request)
          .add(action.ip)
          .add(action.detail));
  return Done{};
}

Result<std::vector<OperatorAction>> read_operator_actions(Session& session,
                                                          const std::optional<PollId>& poll,
                                                          std::int64_t after, std::size_t limit) {
  const Rows rows = session.run(
      "SELECT * FROM operator_rows WHERE action_id > $1"
      " AND ($3::uuid IS NULL OR poll_id = $3) ORDER BY action_id LIMIT $2",
      Params()
          .add(after)
          .add(static_cast<std::int64_t>(std::min(limit, PostgresStore::kEntriesMax)))
          .add(poll));
  std::vector<OperatorAction> actions;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    OperatorAction& action = actions.emplace_back();
    action.action_id = rows.integer(row, 0);
    action.at = rows.time(row, 1);
    action.actor = rows.text(row, 2);
    action.action = rows.text(row, 3);
    action.poll = rows.id_or_nothing<PollId>(row, 4);
    action.user = rows.id_or_nothing<UserId>(row, 5);
    action.request = rows.id_or_nothing<RequestId>(row, 6);
    action.ip = rows.text(row, 7);
    action.detail = rows.text(row, 8);
  }
  return actions;
}

Result<RequestTrace> read_trace(Session& session, PollId poll, UserId voter, RequestId request) {
  const bool undecided = is_undecided(session, poll, voter, request);
  return RequestTrace{undecided, !undecided && was_dropped(session, poll, voter, request)};
}

}  // namespace vote::postgres

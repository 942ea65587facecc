#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

/// What it binds is `poll`: it must outlive the statement's run.
sqlite::Statement& in_order(StoreConnection& connection, const std::optional<PollId>& poll) {
  if (!poll)
    return connection.statement(
        "SELECT * FROM operator_log WHERE action_id > ?1 ORDER BY action_id LIMIT ?2");
  return connection
      .statement(
          "SELECT * FROM operator_log WHERE poll_id = ?3 AND action_id > ?1"
          " ORDER BY action_id LIMIT ?2")
      .bind_blob(3, poll->raw());
}

}  // namespace

Result<Done> note(StoreConnection& connection, const OperatorAction& action, Time now) {
  auto& row = connection.statement(
      "INSERT INTO operator_log VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
  row.bind(1, microseconds_of(now)).bind_text(2, action.actor).bind_text(3, action.action);
  bind_id_or_null(row, 4, action.poll);
  bind_id_or_null(row, 5, action.user);
  bind_id_or_null(row, 6, action.request);
  row.bind_text(7, action.ip).bind_text(8, action.detail).run();
  return Done{};
}

Result<std::vector<OperatorAction>> read_operator_actions(StoreConnection& connection,
                                                          const std::optional<PollId>& poll,
                                                          std::int64_t after, std::size_t limit) {
  Use row(in_order(connection, poll));
  row->bind(1, after).bind(2, static_cast<std::int64_t>(std::min(limit, SqliteStore::kEntriesMax)));
  std::vector<OperatorAction> actions;
  while (row->step()) {
    OperatorAction& action = actions.emplace_back();
    action.action_id = row->integer(0);
    action.at = time_of(row->integer(1));
    action.actor = row->text(2);
    action.action = row->text(3);
    action.poll = id_or_nothing<PollId>(*row, 4);
    action.user = id_or_nothing<UserId>(*row, 5);
    action.request = id_or_nothing<RequestId>(*row, 6);
    action.ip = row->text(7);
    action.detail = row->text(8);
  }
  return actions;
}

bool was_dropped(StoreConnection& connection, PollId poll, UserId voter, RequestId request) {
  Use row(
      connection.statement("SELECT 1 FROM operator_log WHERE poll_id = ?1 AND user_id = ?2"
                           " AND request_id = ?3 AND action = 'dropped' LIMIT 1"));
  row->bind_blob(1, poll.raw()).bind_blob(2, voter.raw()).bind_blob(3, request.raw());
  return row->step();
}

}  // namespace vote

#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

void bind_choices(sqlite::Statement& row, int index, const std::string* choices) {
  if (choices != nullptr)
    row.bind_text(index, *choices);
  else
    row.bind_null(index);
}

}  // namespace

void write_audit(StoreConnection& connection, const CastVote& vote, const AuditLine& line) {
  auto& row = connection.statement(
      "INSERT INTO vote_audit_log VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
      " ON CONFLICT DO NOTHING");
  row.bind_blob(1, vote.poll.raw()).bind_blob(2, vote.voter.raw()).bind_text(3, line.action);
  bind_choices(row, 4, line.old_choices);
  bind_choices(row, 5, line.new_choices);
  row.bind_blob(6, vote.request.raw())
      .bind(7, microseconds_of(line.at))
      .bind_text(8, vote.ip)
      .bind_text(9, vote.user_agent)
      .run();
}

Result<std::vector<AuditEntry>> read_audit(StoreConnection& connection, PollId poll,
                                           std::int64_t after, std::size_t limit) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  Use row(connection.statement(
      "SELECT * FROM vote_audit_log WHERE poll_id = ?1 AND log_id > ?2 ORDER BY log_id LIMIT ?3"));
  row->bind_blob(1, poll.raw())
      .bind(2, after)
      .bind(3, static_cast<std::int64_t>(std::min(limit, SqliteStore::kEntriesMax)));
  std::vector<AuditEntry> entries;
  while (row->step()) {
    AuditEntry& entry = entries.emplace_back();
    entry.log_id = row->integer(0);
    entry.poll = poll;
    entry.user = id_of<UserId>(*row, 2);
    entry.action = row->text(3);
    entry.old_options = options_of(*found, row->text(4));
    entry.new_options = options_of(*found, row->text(5));
    entry.request = id_of<RequestId>(*row, 6);
    entry.at = time_of(row->integer(7));
    entry.ip = row->text(8);
    entry.user_agent = row->text(9);
  }
  return entries;
}

}  // namespace vote

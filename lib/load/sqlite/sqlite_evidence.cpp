#include "load/sqlite/sqlite_evidence.h"

namespace vote::load {
namespace {

using sqlite::Statement;

template <class SomeId>
SomeId id_at(const Statement& row, int column) {
  const auto id = SomeId::of_bytes(row.blob(column));
  return id ? *id : SomeId();  // no id of ours; the judge meets it as one that nobody knows
}

sqlite::Database& of_a_store(sqlite::Database& database) {
  sqlite::require_schema(database, "store");
  return database;
}

}  // namespace

SqliteEvidence::SqliteEvidence(const std::string& path)
    : database_(path, sqlite::Database::Mode::read_only), snapshot_(of_a_store(database_)) {}

std::optional<StoredPoll> SqliteEvidence::poll(PollId poll) {
  Statement row(database_, "SELECT final_at IS NOT NULL FROM polls WHERE poll_id = ?1");
  row.bind_blob(1, poll.raw());
  if (!row.step()) return std::nullopt;
  StoredPoll found;
  found.is_final = row.integer(0) != 0;
  Statement option(database_,
                   "SELECT option_id FROM poll_options WHERE poll_id = ?1 ORDER BY position");
  option.bind_blob(1, poll.raw());
  while (option.step()) found.options.push_back(id_at<OptionId>(option, 0));
  Statement total(database_, "SELECT total_votes FROM poll_totals WHERE poll_id = ?1");
  total.bind_blob(1, poll.raw());
  if (total.step()) found.total = total.integer(0);
  Statement counter(database_, "SELECT position, vote_count FROM option_counts WHERE poll_id = ?1");
  counter.bind_blob(1, poll.raw());
  while (counter.step())
    found.counters[static_cast<std::size_t>(counter.integer(0))] = counter.integer(1);
  return found;
}

void SqliteEvidence::ballots(PollId poll, const std::function<void(const StoredBallot&)>& take) {
  Statement row(database_,
                "SELECT user_id, request_id, choices, coalesce(cast_choices, choices), revision"
                " FROM votes WHERE poll_id = ?1 ORDER BY user_id");
  row.bind_blob(1, poll.raw());
  while (row.step())
    take({id_at<UserId>(row, 0), id_at<RequestId>(row, 1), row.text(2), row.text(3),
          static_cast<std::uint32_t>(row.integer(4))});
}

void SqliteEvidence::audit(PollId poll, const std::function<void(const AuditSum&)>& take) {
  Statement row(database_,
                "SELECT action, old_choices, new_choices, count(*) FROM vote_audit_log"
                " WHERE poll_id = ?1 GROUP BY action, old_choices, new_choices");
  row.bind_blob(1, poll.raw());
  while (row.step()) take({row.text(0), row.text(1), row.text(2), row.integer(3)});
}

std::vector<Position> SqliteEvidence::positions(const std::string& topic) {
  Statement row(database_, "SELECT partition, next_offset FROM queue_positions WHERE topic = ?1");
  row.bind_text(1, topic);
  std::vector<Position> positions;
  while (row.step())
    positions.push_back({topic, static_cast<std::int32_t>(row.integer(0)), row.integer(1), {}, 0});
  return positions;
}

}  // namespace vote::load

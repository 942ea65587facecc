#include "store/sqlite/connection.h"

namespace vote {

StoreConnection::StoreConnection(sqlite::Database& database) : database_(database) {
  if (database.mode() == sqlite::Database::Mode::read_write)
    database.execute("PRAGMA cache_size = -" + std::to_string(kWriterCacheKibibytes));
}

sqlite::Statement& StoreConnection::statement(const char* sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  return statements_.emplace(sql, sqlite::Statement(database_, sql)).first->second;
}

void StoreConnection::look_at_revision() {
  if (polls_transaction_ == database_.transactions()) return;
  const std::uint64_t revision =
      version_base(*this) | static_cast<std::uint64_t>(read_revision(*this));
  // Between transactions, so that no pointer handed out within one is left dangling.
  if (revision != polls_revision_ || polls_.size() > kPollsKeptMax) polls_.clear();
  polls_revision_ = revision;
  polls_transaction_ = database_.transactions();
}

const Poll* StoreConnection::poll(PollId id) {
  look_at_revision();
  const auto found = polls_.find(id);
  if (found != polls_.end()) return &found->second;
  std::optional<Poll> poll = read_poll(*this, id);
  if (!poll) return nullptr;
  return &polls_.emplace(id, std::move(*poll)).first->second;
}

void StoreConnection::forget_polls() {
  polls_.clear();
  // What is read from now on may be rolled back, so the next transaction must not keep it.
  polls_transaction_ = database_.transactions();
  polls_revision_ = 0;
}

std::optional<Time> time_or_nothing(const sqlite::Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return time_of(row.integer(column));
}

void bind_time_or_null(sqlite::Statement& statement, int index, const std::optional<Time>& time) {
  if (time)
    statement.bind(index, microseconds_of(*time));
  else
    statement.bind_null(index);
}

}  // namespace vote

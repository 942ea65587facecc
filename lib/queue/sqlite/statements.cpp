#include "queue/sqlite/statements.h"

#include <nlohmann/json.hpp>

namespace vote {

QueueStatements::QueueStatements(sqlite::Database& db)
    : last(db, "SELECT \"offset\", stamp FROM messages ORDER BY \"offset\" DESC LIMIT 1"),
      append(db, "INSERT INTO messages VALUES (?, ?, ?, ?, ?)"),
      commit(db,
             "INSERT INTO progress VALUES (?1, ?2) "
             "ON CONFLICT (topic) DO UPDATE SET committed = max(committed, ?2)"),
      committed(db, "SELECT committed FROM progress WHERE topic = ?"),
      trim(db,
           // Only the oldest are looked at, however long the log is.
           "DELETE FROM messages WHERE stamp < ?2 AND \"offset\" IN (SELECT \"offset\" "
           "FROM messages WHERE \"offset\" < ?1 ORDER BY \"offset\" LIMIT ?3)"),
      read(db,
           "SELECT \"offset\", stamp, key, value, headers FROM messages "
           "WHERE \"offset\" >= ? ORDER BY \"offset\" LIMIT ?"),
      first(db, "SELECT min(\"offset\") FROM messages"),
      add_letter(
          db,
          "INSERT INTO dead_letters (stamp, key, value, headers, origin) SELECT ?1, ?2, ?3, ?4, ?5"
          " WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE origin = ?5 AND value = ?3)"),
      letters(db,
              "SELECT id, stamp, key, value, headers FROM dead_letters "
              "WHERE id > ? ORDER BY id LIMIT ?"),
      remove_letter(db, "DELETE FROM dead_letters WHERE id = ?"),
      count_letters(db, "SELECT count(*) FROM dead_letters") {}

QueueStatements::End& QueueStatements::end(const sqlite::Database& database) {
  if (end_of_transaction_ == database.transactions()) return end_;
  end_ = {};
  if (last.step()) end_ = {last.integer(0) + 1, last.integer(1)};
  last.reset();
  end_of_transaction_ = database.transactions();
  return end_;
}

std::string headers_to_text(const Headers& headers) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [key, value] : headers) object[key] = value;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Headers headers_of_text(std::string_view text) {
  Headers headers;
  if (text.empty()) return headers;
  const auto object = nlohmann::ordered_json::parse(text, nullptr, false);
  for (const auto& [key, value] : object.items())
    if (value.is_string()) headers.emplace_back(key, value.get<std::string>());
  return headers;
}

Error unavailable(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return {Code::unavailable, "the queue does not answer now: try again", error.what()};
  }
}

Result<Done> answer_of(const std::exception_ptr& failure) {
  if (failure) return unavailable(failure);
  return Done{};
}

}  // namespace vote

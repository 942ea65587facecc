// Schemas and their numbered scripts, which lib/embed_scripts.cmake builds into the program.
#include <algorithm>
#include <vector>

#include "sqlite/database.h"
#include "sqlite/scripts.h"

namespace vote::sqlite {
namespace {

// PRAGMA application_id of each schema: a file of one is never taken for the other's.
std::int64_t application_id(std::string_view schema) {
  return kApplicationFamily << 8 | (schema == "store" ? '1' : '2');
}

std::vector<std::string_view> scripts_of(std::string_view schema) {
  std::vector<std::string_view> scripts;
  for (const Script& script : kScripts)
    if (script.schema == schema) scripts.push_back(script.sql);
  return scripts;
}

std::int64_t pragma(Database& database, std::string_view name) {
  Statement statement(database, "PRAGMA " + std::string(name));
  return statement.step() ? statement.integer(0) : 0;
}

bool is_empty(Database& database) {
  Statement statement(database, "SELECT count(*) FROM sqlite_schema");
  return statement.step() && statement.integer(0) == 0;
}

void require_kind(Database& database, std::string_view schema) {
  const std::int64_t id = pragma(database, "application_id");
  if (id == application_id(schema) || (id == 0 && is_empty(database))) return;
  throw DatabaseError(DatabaseError::Kind::unusable,
                      database.path() + " is no vote " + std::string(schema) +
                          " but another program's or part's database: point the configuration at "
                          "another file");
}

[[noreturn]] void fail_too_new(const Database& database, const SchemaStatus& status) {
  throw DatabaseError(DatabaseError::Kind::too_new,
                      database.path() + " has schema " + std::to_string(status.applied) +
                          ", this program knows " + std::to_string(status.known) +
                          ": install the newer program");
}

/// Within a transaction: what is read of a file one after another may be of different moments.
SchemaStatus status_within(Database& database, std::string_view schema) {
  require_kind(database, schema);
  return {static_cast<int>(pragma(database, "user_version")),
          static_cast<int>(scripts_of(schema).size())};
}

}  // namespace

SchemaStatus schema_status(Database& database, std::string_view schema) {
  const Snapshot one_moment(database);
  return status_within(database, schema);
}

int migrate(Database& database, std::string_view schema) {
  const auto scripts = scripts_of(schema);
  Transaction transaction(database);
  const SchemaStatus status = status_within(database, schema);
  if (status.applied > status.known) fail_too_new(database, status);
  if (status.applied == status.known) return 0;
  for (int script = status.applied; script < status.known; ++script)
    database.execute(std::string(scripts[static_cast<std::size_t>(script)]));
  database.execute("PRAGMA application_id = " + std::to_string(application_id(schema)));
  database.execute("PRAGMA user_version = " + std::to_string(status.known));
  transaction.commit();
  return status.known - status.applied;
}

void require_schema(Database& database, std::string_view schema) {
  const SchemaStatus status = schema_status(database, schema);
  if (status.applied > status.known) fail_too_new(database, status);
  if (status.applied < status.known)
    throw DatabaseError(DatabaseError::Kind::no_schema,
                        database.path() + " has schema " + std::to_string(status.applied) +
                            ", this program needs " + std::to_string(status.known) +
                            ": run votectl db migrate");
}

}  // namespace vote::sqlite

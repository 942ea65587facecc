#include "postgres/migration.h"

#include <vector>

#include "postgres/scripts.h"

namespace vote::postgres {
namespace {

using Kind = DatabaseError::Kind;
using Mode = Transaction::Mode;

constexpr Duration kStatementTimeMax = std::chrono::minutes(10);  // a migration of a large table
constexpr Duration kLookTimeMax = std::chrono::seconds(5);

constexpr const char* kOneAtATime = "SELECT pg_advisory_xact_lock(20260116)";
// By pg_class: to_regclass alone takes no lock, and so goes by what this session saw of the catalog
// before it waited for another migration.
constexpr const char* kHasList =
    "SELECT FROM pg_class WHERE oid = to_regclass('schema_migrations')";
constexpr const char* kMakeList =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version int PRIMARY KEY, name text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";

std::vector<Script> scripts_of(std::string_view schema) {
  std::vector<Script> scripts;
  for (const Script& script : kScripts)
    if (script.schema == schema) scripts.push_back(script);
  return scripts;
}

int applied(Transaction& transaction) {
  if (transaction.run(kHasList).size() == 0) return 0;
  const Rows rows = transaction.run("SELECT coalesce(max(version), 0) FROM schema_migrations");
  return static_cast<int>(rows.integer(0, 0));
}

[[noreturn]] void fail_too_new(const Connection& connection, const SchemaStatus& status) {
  throw DatabaseError(Kind::too_new, connection.name() + " has schema " +
                                         std::to_string(status.applied) + ", this program knows " +
                                         std::to_string(status.known) +
                                         ": install the newer program");
}

void apply(Transaction& transaction, const Script& script, int version) {
  transaction.run_script(std::string(script.sql));
  transaction.run("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)",
                  Params().add(std::int64_t{version}).add(script.name));
}

/// Where a schema cannot be changed here, says what to do instead.
[[noreturn]] void explain(const Connection& connection, const DatabaseError& error) {
  if (error.kind() != Kind::unusable) throw;
  throw DatabaseError(Kind::unusable, std::string(error.what()) + ": the schema of " +
                                          connection.name() +
                                          " is made and changed by its owner, on the primary; run "
                                          "votectl db migrate with a store.url that names both");
}

}  // namespace

SchemaStatus schema_status(Connection& connection, std::string_view schema) {
  Transaction transaction(connection, Mode::read, kLookTimeMax);
  return {applied(transaction), static_cast<int>(scripts_of(schema).size())};
}

int migrate(Connection& connection, std::string_view schema) {
  const auto scripts = scripts_of(schema);
  const int known = static_cast<int>(scripts.size());
  try {
    Transaction transaction(connection, Mode::write, kStatementTimeMax);
    transaction.run(kOneAtATime);
    const int before = applied(transaction);
    if (before > known) fail_too_new(connection, {before, known});
    if (before == known) return 0;
    transaction.run_script(kMakeList);
    for (int version = before; version < known; ++version)
      apply(transaction, scripts[static_cast<std::size_t>(version)], version + 1);
    transaction.commit();
    return known - before;
  } catch (const DatabaseError& error) {
    explain(connection, error);
  }
}

void require_schema(Connection& connection, std::string_view schema) {
  const SchemaStatus status = schema_status(connection, schema);
  if (status.applied > status.known) fail_too_new(connection, status);
  if (status.applied < status.known)
    throw DatabaseError(Kind::no_schema,
                        connection.name() + " has schema " + std::to_string(status.applied) +
                            ", this program needs " + std::to_string(status.known) +
                            ": run votectl db migrate");
}

void require_primary(Connection& connection) {
  Transaction transaction(connection, Mode::write, kLookTimeMax);
  if (transaction.run("SELECT current_setting('transaction_read_only')").text(0, 0) == "off")
    return;
  throw DatabaseError(Kind::unusable,
                      connection.name() +
                          " refuses writes: it is a standby, or its database or role is set to "
                          "default_transaction_read_only; name the primary in store.url (a replica "
                          "goes into store.read_url)");
}

}  // namespace vote::postgres

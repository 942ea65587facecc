#include "world/schema.h"

#include <utility>

#include "postgres/migration.h"
#include "world/environment.h"
#include "world/votes.h"

namespace vote::test {
namespace {

constexpr Duration kStatementTimeMax = std::chrono::seconds(60);

std::string name_of_its_own() {
  std::string name = "test_" + new_id<PollId>().text();
  for (char& character : name)
    if (character == '-') character = '_';
  return name;
}

std::string with_search_path(const std::string& url, const std::string& schema) {
  const bool has_parameters = url.find('?') != std::string::npos;
  return url + (has_parameters ? "&" : "?") + "options=-csearch_path%3D" + schema;
}

}  // namespace

PostgresSchema::PostgresSchema(bool migrated)
    : name_(name_of_its_own()), url_(with_search_path(server_url("VOTE_STORE_URL"), name_)) {
  connection_ = std::make_unique<postgres::Connection>(url_, watchdog_);
  change("CREATE SCHEMA " + name_);
  if (migrated) postgres::migrate(*connection_, "store");
}

PostgresSchema::~PostgresSchema() {
  change("DROP SCHEMA " + name_ + " CASCADE");
}

std::int64_t PostgresSchema::number(const std::string& sql) {
  postgres::Transaction transaction(*connection_, postgres::Transaction::Mode::read,
                                    kStatementTimeMax);
  return transaction.run(sql).integer(0, 0);
}

std::string PostgresSchema::text(const std::string& sql) {
  postgres::Transaction transaction(*connection_, postgres::Transaction::Mode::read,
                                    kStatementTimeMax);
  return std::string(transaction.run(sql).text(0, 0));
}

void PostgresSchema::change(const std::string& sql) {
  postgres::Transaction transaction(*connection_, postgres::Transaction::Mode::write,
                                    kStatementTimeMax);
  transaction.run_script(sql);
  transaction.commit();
}

void PostgresSchema::set_clock(Time now) {
  const std::string at = std::to_string(microseconds_of(now));
  if (std::exchange(has_clock_, true)) return change("UPDATE test_clock SET at = " + at);
  change("CREATE TABLE test_clock (at bigint); INSERT INTO test_clock (at) VALUES (" + at +
         "); CREATE OR REPLACE FUNCTION vote_now() RETURNS timestamptz LANGUAGE sql VOLATILE"
         " AS 'SELECT at_us(at) FROM test_clock'");
}

}  // namespace vote::test

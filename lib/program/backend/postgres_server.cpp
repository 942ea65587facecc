#include "program/backend/postgres_server.h"

#include "config/url.h"
#include "log/log.h"
#include "postgres/migration.h"

namespace vote::program {
namespace {

command::SchemaReport report_of(const std::string& part, const std::string& url,
                                const postgres::SchemaStatus& status) {
  return {part, without_password(url), status.applied, status.known};
}

}  // namespace

command::SchemaReport postgres_status(const std::string& part, const std::string& url) {
  postgres::Watchdog watchdog;
  postgres::Connection connection(url, watchdog);
  return report_of(part, url, postgres::schema_status(connection, part));
}

command::SchemaReport postgres_migrate(const std::string& part, const std::string& url) {
  postgres::Watchdog watchdog;
  postgres::Connection connection(url, watchdog);
  command::SchemaReport before = report_of(part, url, postgres::schema_status(connection, part));
  postgres::migrate(connection, part);
  return before;
}

void postgres_migrate_empty(const std::string& part, const std::string& url) {
  postgres::Watchdog watchdog;
  postgres::Connection connection(url, watchdog);
  if (postgres::schema_status(connection, part).applied != 0) return;
  const int scripts = postgres::migrate(connection, part);
  if (scripts > 0)
    log::info("schema_made", {{"part", part}, {"server", connection.name()}, {"scripts", scripts}});
}

}  // namespace vote::program

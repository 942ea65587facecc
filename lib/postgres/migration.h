#pragma once
// The schema and its numbered scripts (sql/postgres/<schema>/NNNN-name.sql), built into the
// program. All that a database lacks is one transaction, each script with its entry in
// schema_migrations, so that nobody ever sees a part of a schema; only one migration runs at a
// time. All throw DatabaseError.
#include <string_view>

#include "postgres/connection.h"

namespace vote::postgres {

struct SchemaStatus {
  int applied = 0;  // scripts so far
  int known = 0;    // to this program
};

SchemaStatus schema_status(Connection& connection, std::string_view schema);
/// Brings it up to date; answers how many scripts that took.
int migrate(Connection& connection, std::string_view schema);
/// no_schema or too_new where it is not what this program knows.
void require_schema(Connection& connection, std::string_view schema);
/// unusable where it is a standby, or set to refuse writes.
void require_primary(Connection& connection);

}  // namespace vote::postgres

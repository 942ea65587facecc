#pragma once
// A PostgreSQL server as a backend: its URL and its schema. A part is "store". Internal to
// program/backend/.
#include <string>

#include "command/backends.h"

namespace vote::program {

// Throw postgres::DatabaseError.
command::SchemaReport postgres_status(const std::string& part, const std::string& url);
/// Brings the schema up to date; reports how it stood before.
command::SchemaReport postgres_migrate(const std::string& part, const std::string& url);
/// The same if nothing is there yet; an older schema is left as it is.
void postgres_migrate_empty(const std::string& part, const std::string& url);

}  // namespace vote::program

#pragma once
// SQLite files as backends: their URLs and their schemas. A part is "store" or "queue". Internal to
// program/backend/.
#include <string>

#include "command/backends.h"

namespace vote::program {

/// What is wrong with "sqlite:///absolute/path" ("must …"), or nothing. The path is taken as it is:
/// no parameters, no escapes.
std::string sqlite_url_defect(const std::string& url);
std::string sqlite_path(const std::string& url);
bool is_same_file(const std::string& path, const std::string& other);

// Throw sqlite::DatabaseError.
command::SchemaReport sqlite_status(const std::string& part, const std::string& url);
/// Brings the schema up to date, making the file; reports how it stood before.
command::SchemaReport sqlite_migrate(const std::string& part, const std::string& url);
/// The same if nothing is there yet; an older schema is left as it is.
void sqlite_migrate_empty(const std::string& part, const std::string& url);

}  // namespace vote::program

#include "program/backend/sqlite_file.h"

#include <filesystem>
#include <optional>

#include "log/log.h"
#include "sqlite/database.h"

namespace vote::program {
namespace {

constexpr std::string_view kPrefix = "sqlite://";

command::SchemaReport report_of(const std::string& part, const std::string& url,
                                const sqlite::SchemaStatus& status) {
  return {part, url, status.applied, status.known};
}

bool holds_something(const std::string& path) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  return !missing && size > 0;
}

/// Looks without writing, for opening to write already changes a file that is another program's.
void require_ours(const std::string& part, const std::string& path) {
  if (!holds_something(path)) return;
  std::optional<sqlite::Database> database;
  try {
    database.emplace(path, sqlite::Database::Mode::read_only);
  } catch (const sqlite::DatabaseError& error) {
    if (error.kind() == sqlite::DatabaseError::Kind::busy) throw;
    return;  // what is wrong is said by whoever opens it to write
  }
  sqlite::schema_status(*database, part);
}

}  // namespace

std::string sqlite_url_defect(const std::string& url) {
  if (!url.starts_with(kPrefix)) return "must be sqlite:///absolute/path";
  const std::string path = url.substr(kPrefix.size());
  if (path.size() < 2 || path.front() != '/' || path.back() == '/')
    return "must be sqlite:// and the absolute path of a file, such as "
           "sqlite:///var/lib/vote/vote.db";
  if (path.find_first_of("?#") != std::string::npos)
    return "must be a path alone: sqlite:// has no parameters, and no path with '?' or '#'";
  return "";
}

std::string sqlite_path(const std::string& url) {
  return url.substr(kPrefix.size());
}

bool is_same_file(const std::string& path, const std::string& other) {
  std::error_code ignored;
  if (std::filesystem::equivalent(path, other, ignored)) return true;
  return std::filesystem::weakly_canonical(path, ignored) ==
         std::filesystem::weakly_canonical(other, ignored);
}

command::SchemaReport sqlite_status(const std::string& part, const std::string& url) {
  const std::string path = sqlite_path(url);
  if (!holds_something(path)) {
    sqlite::Database nothing("", sqlite::Database::Mode::read_write);  // nameless: no file
    return report_of(part, url, sqlite::schema_status(nothing, part));
  }
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  return report_of(part, url, sqlite::schema_status(database, part));
}

command::SchemaReport sqlite_migrate(const std::string& part, const std::string& url) {
  const std::string path = sqlite_path(url);
  require_ours(part, path);
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  command::SchemaReport before = report_of(part, url, sqlite::schema_status(database, part));
  sqlite::migrate(database, part);
  return before;
}

void sqlite_migrate_empty(const std::string& part, const std::string& url) {
  const std::string path = sqlite_path(url);
  require_ours(part, path);
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  if (sqlite::schema_status(database, part).applied != 0) return;
  const int scripts = sqlite::migrate(database, part);
  if (scripts > 0) log::info("schema_made", {{"part", part}, {"file", path}, {"scripts", scripts}});
}

}  // namespace vote::program

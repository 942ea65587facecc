#include "world/files.h"

namespace vote::test {

Folder::Folder() {
  std::string pattern = std::filesystem::temp_directory_path() / "vote-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder " + pattern);
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void make_file(const std::string& path, const std::string& schema) {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  sqlite::migrate(database, schema);
}

std::int64_t number(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  sqlite::Statement statement(database, sql);
  if (!statement.step()) throw std::runtime_error("no row: " + sql);
  return statement.integer(0);
}

std::string text(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  sqlite::Statement statement(database, sql);
  if (!statement.step()) throw std::runtime_error("no row: " + sql);
  return std::string(statement.text(0));
}

void change(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  database.execute(sql);
}

}  // namespace vote::test

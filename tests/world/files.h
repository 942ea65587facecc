#pragma once
// A folder of its own for each test, the embedded engine's files in it, and what stands in them.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "sqlite/database.h"

namespace vote::test {

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "vote-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no folder " + pattern);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// A file with the schema "store" or "queue", migrated and closed again.
inline void make_file(const std::string& path, const std::string& schema) {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  sqlite::migrate(database, schema);
}

/// The first column of the first row, as a judge with SQL of its own sees it.
inline std::int64_t number(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  sqlite::Statement statement(database, sql);
  if (!statement.step()) throw std::runtime_error("no row: " + sql);
  return statement.integer(0);
}

inline std::string text(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_only);
  sqlite::Statement statement(database, sql);
  if (!statement.step()) throw std::runtime_error("no row: " + sql);
  return std::string(statement.text(0));
}

inline void change(const std::string& path, const std::string& sql) {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  database.execute(sql);
}

}  // namespace vote::test

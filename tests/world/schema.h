#pragma once
// A PostgreSQL schema of its own for each test, on the server of the environment.
#include <memory>
#include <string>

#include "postgres/connection.h"

namespace vote::test {

class PostgresSchema {
 public:
  /// `migrated`: with the tables of the store.
  explicit PostgresSchema(bool migrated = true);
  /// Drops it.
  ~PostgresSchema();
  PostgresSchema(const PostgresSchema&) = delete;

  /// Connects into this schema.
  const std::string& url() const { return url_; }
  /// The first column of the first row, as a judge with SQL of its own sees it.
  std::int64_t number(const std::string& sql);
  std::string text(const std::string& sql);
  void change(const std::string& sql);
  /// From now on the store's clock stands there.
  void set_clock(Time now);

 private:
  postgres::Watchdog watchdog_;
  std::string name_;
  std::string url_;
  std::unique_ptr<postgres::Connection> connection_;
  bool has_clock_ = false;
};

}  // namespace vote::test

#pragma once
// A connection to PostgreSQL by libpqxx, and its transactions: statements with parameters, nothing
// prepared and nothing kept in the session, so that it works through PgBouncer in transaction mode.
// Everything ends: connecting within kConnectTimeMax, a statement within its transaction's limit
// (set in the server, and the watchdog's where the server does not keep it). Every call may throw
// DatabaseError. Used by one thread at a time.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/error.h"
#include "postgres/watchdog.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote::postgres {

/// PostgreSQL keeps texts of UTF-8 without NULs: U+FFFD in place of what is neither.
std::string as_kept(std::string text);

/// Of a statement, in order; $1 is the first. Text as PostgreSQL reads it, or null.
class Params {
 public:
  Params& add(std::string text) { return put(std::move(text)); }
  Params& add(const char* text) { return put(text); }
  Params& add(std::string_view text) { return put(std::string(text)); }
  Params& add(std::int64_t number) { return put(std::to_string(number)); }
  Params& add(bool truth) { return put(truth ? "t" : "f"); }
  Params& add(Time time) { return add(microseconds_of(time)); }  // as the schema's at_us takes it
  template <class Kind>
  Params& add(const Id<Kind>& id) {
    return put(id.text());
  }
  template <class T>
  Params& add(const std::optional<T>& value) {
    if (value) return add(*value);
    values_.emplace_back();
    return *this;
  }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& put(std::string text) {
    values_.emplace_back(as_kept(std::move(text)));
    return *this;
  }
  std::vector<std::optional<std::string>> values_;
};

/// What a statement answered. Rows and columns from 0.
class Rows {
 public:
  struct Held;
  explicit Rows(std::shared_ptr<const Held> held) : held_(std::move(held)) {}

  std::size_t size() const;
  std::size_t affected() const;  // rows that an INSERT, UPDATE or DELETE touched
  bool is_null(std::size_t row, int column) const;
  /// Empty where it is null; valid as long as these rows.
  std::string_view text(std::size_t row, int column) const;
  std::int64_t integer(std::size_t row, int column) const;
  bool truth(std::size_t row, int column) const { return text(row, column) == "t"; }
  Time time(std::size_t row, int column) const { return time_of(integer(row, column)); }
  std::optional<Time> time_or_nothing(std::size_t row, int column) const;
  template <class SomeId>
  SomeId id(std::size_t row, int column) const {
    return SomeId::parse(text(row, column)).value_or(SomeId{});
  }
  template <class SomeId>
  std::optional<SomeId> id_or_nothing(std::size_t row, int column) const {
    if (is_null(row, column)) return std::nullopt;
    return id<SomeId>(row, column);
  }

 private:
  std::shared_ptr<const Held> held_;
};

class Connection {
 public:
  // libpq takes whole seconds and none below 2.
  static constexpr Duration kConnectTimeMax = std::chrono::seconds(2);

  /// Refuses a server that is too old or whose encoding is not UTF-8.
  Connection(const std::string& url, Watchdog& watchdog);
  ~Connection();
  Connection(const Connection&) = delete;

  /// The server and its database, without user and password: for messages.
  const std::string& name() const;

 private:
  friend class Transaction;
  struct Held;
  std::unique_ptr<Held> held_;
};

class Transaction {
 public:
  enum class Mode {
    write,    // read committed
    read,     // read committed, refused to write
    snapshot  // all of one moment, refused to write
  };
  // How much longer than a statement may take its answer is waited for.
  static constexpr Duration kAnswerGrace = std::chrono::seconds(1);

  /// `statement_time_max`: of each statement, of its waits for locks, and of the time between two
  /// of them where it may write: then the server ends it, and the connection with it.
  Transaction(Connection& connection, Mode mode, Duration statement_time_max);
  /// Rolls back what was not committed.
  ~Transaction();
  Transaction(const Transaction&) = delete;

  Rows run(const std::string& sql, const Params& params = {});
  /// Several statements, without parameters and answers.
  void run_script(const std::string& sql);
  /// Throws in_doubt where the connection broke meanwhile.
  void commit();

 private:
  struct Held;
  std::unique_ptr<Held> held_;
};

/// What is wrong with such a URL ("must …"), or nothing. Connects nowhere.
std::string url_defect(const std::string& url);

}  // namespace vote::postgres

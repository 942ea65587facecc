#pragma once
// The wrapper of the SQLite library: connections, statements, transactions, checkpoints,
// migrations. One connection is used by one thread at a time.
//
// Every connection: WAL, synchronous=FULL (a commit is durable when it returns), no mmap, and no
// automatic checkpoints, also none at close. SQLite up to 3.51.2 can corrupt a file where a commit
// resets the log while another connection begins a checkpoint (sqlite.org/wal.html#walresetbug); a
// checkpoint that holds the writers' lock cannot meet such a commit. So checkpoints are made by
// `checkpoint` alone.
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "vote/time.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vote::sqlite {

/// What went wrong with which file, and what to do.
class DatabaseError : public std::runtime_error {
 public:
  enum class Kind {
    busy,        // another program holds it; try again
    overloaded,  // so much waits already that no more is taken; try again
    full,        // no space left
    read_only,
    io,          // the disk failed; the connection must be opened anew
    constraint,  // the data was refused by the schema
    too_new,     // the schema is of a newer program
    no_schema,   // not migrated yet
    unusable,    // no database, cannot be opened, corrupt
    other
  };
  DatabaseError(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

class Statement;

/// The upper three bytes of PRAGMA application_id in each file of ours.
inline constexpr std::int64_t kApplicationFamily = 0x564F54;  // "VOT"

class Database {
 public:
  /// Shorter than a writer's patience: a stuck reader slows writing down and does not stop it.
  static constexpr Duration kCheckpointWaitMax = std::chrono::milliseconds(500);

  enum class Mode { read_write, read_only };
  /// Opens (read_write: makes, for its owner alone) the file and sets it up. Throws DatabaseError.
  Database(const std::string& path, Mode mode, Duration busy_time_max = std::chrono::seconds(5));
  ~Database();
  Database(const Database&) = delete;

  /// Runs a whole script, as `sqlite3 file < script` would.
  void execute(const std::string& script);
  std::int64_t changes() const;
  /// How many transactions this connection has begun: tells what was read in an earlier one.
  std::uint64_t transactions() const { return transactions_; }
  const std::string& path() const { return path_; }
  Mode mode() const { return mode_; }
  sqlite3* handle() { return handle_; }

  /// Copies the log into the database and starts it again, if it has grown by at least `pages_min`
  /// pages since the last attempt. Takes the writers' lock first. Where another program keeps that
  /// lock, or an old snapshot, for longer than kCheckpointWaitMax, nothing is done (a fall-back to
  /// a passive checkpoint would be the dangerous one). Call it outside a transaction, from the
  /// thread that writes. Returns whether the log starts again.
  bool checkpoint(std::size_t pages_min);

  /// What belongs to this connection and goes with it: the statements that its user keeps prepared.
  struct Kept {
    virtual ~Kept() = default;
  };
  /// The connection's T, made by T(Database&) when it is first asked for. One type a connection.
  template <class T>
  T& kept() {
    if (!kept_) kept_ = std::make_unique<T>(*this);
    return static_cast<T&>(*kept_);
  }

  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  friend class Transaction;
  friend class Snapshot;
  struct BusyWait;
  static int wait_while_busy(void* wait, int calls);
  bool is_ours_to_set_up();
  void set_up_for_writing();

  sqlite3* handle_ = nullptr;
  std::string path_;
  Mode mode_;
  std::unique_ptr<BusyWait> busy_;
  std::size_t log_pages_ = 0;             // as the last commit of this connection left it
  std::size_t log_pages_at_attempt_ = 0;  // of a checkpoint that could not be made
  std::uint64_t transactions_ = 0;
  std::unique_ptr<Kept> kept_;
};

/// A prepared statement, kept and used again. Columns and parameters count from 0 and 1, as in
/// SQLite. Text and blobs handed to bind must live until the next reset.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;

  Statement& bind(int index, std::int64_t value);
  Statement& bind_text(int index, std::string_view value);
  Statement& bind_blob(int index, std::string_view value);
  Statement& bind_null(int index);
  /// True: a row is there. Throws DatabaseError, as bind does where the statement still runs.
  bool step();
  /// Steps to the end and resets.
  void run();
  void reset();

  std::int64_t integer(int column) const;
  std::string_view text(int column) const;  // valid until the next step or reset
  std::string_view blob(int column) const;
  bool is_null(int column) const;

 private:
  void check_bound(int code) const;

  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// BEGIN IMMEDIATE … COMMIT; rolls back where it is left without commit.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

/// BEGIN … COMMIT for reading: all that is read in between is of one moment.
class Snapshot {
 public:
  explicit Snapshot(Database& database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;

 private:
  Database& database_;
};

/// The numbered scripts of one schema ("store" or "queue"): sql/sqlite/<schema>/0001-name.sql, …;
/// built into the program. user_version counts those applied, application_id says which schema.
/// Brings the file up to date in one transaction, so that nobody ever sees a part of a schema, and
/// returns how many were applied; safe beside another process doing the same. Throws DatabaseError
/// (too_new where the file is ahead of the program; unusable where the file is another schema's or
/// another program's).
int migrate(Database& database, std::string_view schema);
struct SchemaStatus {
  int applied = 0;
  int known = 0;  // to this program
};
/// Of one moment; outside of transactions, like require_schema.
SchemaStatus schema_status(Database& database, std::string_view schema);
/// Throws (no_schema, too_new) unless the file is exactly what this program knows.
void require_schema(Database& database, std::string_view schema);

}  // namespace vote::sqlite

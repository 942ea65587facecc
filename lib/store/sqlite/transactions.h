#pragma once
// Where the steps of a SqliteStore run, each inside a transaction: on the threads of a file's
// writer and reader, or wherever a simulation has them run. Thread-safe. Internal to store/sqlite/.
#include <memory>
#include <string>

#include "sqlite/jobs.h"
#include "vote/time.h"

namespace vote {

class Transactions {
 public:
  virtual ~Transactions() = default;
  /// Runs the job in a transaction that writes; finishes it after the commit, or with what
  /// prevented that.
  virtual void write(sqlite::Job job) = 0;
  /// The same in a transaction that reads.
  virtual void read(sqlite::Job job) = 0;
  /// By a job that was finished and asks for another one soon: others come first.
  virtual void rest(Duration length) = 0;
};

/// Of a file; throws sqlite::DatabaseError.
std::unique_ptr<Transactions> open_transactions(const std::string& path);

}  // namespace vote

#pragma once
// The database of a store in memory: one connection, on which the store's own steps run in
// transactions. What it holds can be kept as an image, and set back to one, as by the loss of a
// primary or a restored backup. Used by one thread at a time.
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/clock.h"
#include "sqlite/database.h"
#include "sqlite/jobs.h"
#include "store/sqlite/transactions.h"

namespace vote::simulated {

using Image = std::vector<unsigned char>;

/// A database of its own that holds what the image does.
std::unique_ptr<sqlite::Database> copy_of(const Image& image);

class MemoryDatabase {
 public:
  /// With the schema of the store.
  MemoryDatabase();

  /// Runs the job in a transaction of its own and commits; what went wrong, or nothing.
  std::exception_ptr write(const sqlite::Job& job);
  /// Runs it in a transaction that is then rolled back.
  void write_and_lose(const sqlite::Job& job);
  std::exception_ptr read(const sqlite::Job& job);

  Image image();
  /// Makes it what it was then, with a greater incarnation, as after a fail-over.
  void set_back_to(const Image& image);
  /// Of transactions that write, and were committed.
  std::uint64_t commits() const { return commits_; }
  sqlite::Database& database() { return *database_; }

 private:
  std::unique_ptr<sqlite::Database> database_;
  std::uint64_t commits_ = 0;
  std::int64_t incarnation_ = 1;
};

/// Transactions that are made at once, by whoever asks. Thread-safe.
std::unique_ptr<Transactions> transactions_of(MemoryDatabase& database);

}  // namespace vote::simulated

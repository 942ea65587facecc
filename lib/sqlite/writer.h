#pragma once
// Group commit: one thread with one connection that turns all jobs waiting at that moment into one
// transaction, so that many requests share one sync of the disk. Thread-safe.
#include <memory>
#include <string>

#include "sqlite/jobs.h"

namespace vote::sqlite {

class Writer {
 public:
  /// `checkpoint_pages`: a checkpoint once the log has grown by so many pages. `busy_time_max`: how
  /// long a transaction waits for another program that holds the file.
  Writer(const std::string& path, std::size_t jobs_per_transaction_max,
         std::size_t jobs_waiting_max, std::size_t checkpoint_pages,
         Duration busy_time_max = std::chrono::seconds(5));
  /// Finishes what is waiting, checkpoints, closes.
  ~Writer();

  /// As JobThread::submit. A job's own failure does not fail its neighbours: the transaction is
  /// rolled back and each is run alone. Where the file is at fault (held by another program, full,
  /// read-only, broken) all of the transaction fail, each within the time that one may wait. After
  /// an I/O error the connection is opened anew, for a failed fsync must not be retried as if
  /// nothing was.
  void submit(Job job);

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace vote::sqlite

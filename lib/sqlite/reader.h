#pragma once
// Reading for many: one thread with one read-only connection that answers all jobs waiting at that
// moment from one snapshot. Thread-safe.
#include <memory>
#include <string>

#include "sqlite/jobs.h"

namespace vote::sqlite {

class Reader {
 public:
  /// `jobs_per_snapshot_max` bounds how long a snapshot stands in the way of a checkpoint.
  Reader(const std::string& path, std::size_t jobs_per_snapshot_max, std::size_t jobs_waiting_max);
  /// Finishes what is waiting, closes.
  ~Reader();

  /// As JobThread::submit; the job's `run` may only read, and `finished` runs after the snapshot
  /// has been let go. A job's failure is its own; after one that may be the connection's (an I/O
  /// error above all) the file is opened anew.
  void submit(Job job);

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace vote::sqlite

#include "sqlite/writer.h"

#include <algorithm>
#include <span>
#include <utility>

#include "log/log.h"

namespace vote::sqlite {
namespace {

using Kind = DatabaseError::Kind;

Kind kind_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const DatabaseError& failure) {
    return failure.kind();
  } catch (...) {
    return Kind::other;
  }
}

/// Whether it may be one job's fault, and not the file's.
bool may_be_a_jobs_fault(Kind kind) {
  return kind == Kind::constraint || kind == Kind::other;
}

}  // namespace

class Writer::Thread {
 public:
  Thread(const std::string& path, std::size_t jobs_per_transaction_max,
         std::size_t jobs_waiting_max, std::size_t checkpoint_pages, Duration busy_time_max)
      : path_(path),
        busy_time_max_(busy_time_max),
        database_(open()),
        jobs_(std::make_unique<Jobs>(
            jobs_waiting_max, too_many_waiting(path, std::to_string(jobs_waiting_max) + " writes"),
            [this, jobs_per_transaction_max, checkpoint_pages](std::span<Job> jobs) {
              write(jobs, jobs_per_transaction_max);
              checkpoint(checkpoint_pages);
            })) {}

  ~Thread() {
    jobs_.reset();
    checkpoint(1);
  }

  void submit(Job job) { jobs_->submit(std::move(job)); }

 private:
  std::unique_ptr<Database> open() const {
    return std::make_unique<Database>(path_, Database::Mode::read_write, busy_time_max_);
  }

  /// In transactions of up to `at_once`. Where another program holds the file, the rest has waited
  /// long enough and fails at once.
  void write(std::span<Job> jobs, std::size_t at_once) {
    while (!jobs.empty()) {
      const std::span<Job> some = jobs.first(std::min(at_once, jobs.size()));
      const std::exception_ptr error = attempt(some);
      const Kind kind = error ? kind_of(error) : Kind::other;
      if (error && some.size() > 1 && may_be_a_jobs_fault(kind))
        write(some, 1);
      else
        finish(some, error);
      jobs = jobs.subspan(some.size());
      if (error && kind == Kind::busy) return finish(jobs, error);
    }
  }

  static void finish(std::span<Job> jobs, const std::exception_ptr& error) {
    for (Job& job : jobs) job.finished(error);
  }

  /// Runs the jobs in one transaction. After an I/O error, which leaves their fate unknown, there
  /// is no connection any more.
  std::exception_ptr attempt(std::span<Job> jobs) {
    try {
      if (!database_) open_anew();
      Transaction transaction(*database_);
      for (Job& job : jobs) job.run(*database_);
      transaction.commit();
      return nullptr;
    } catch (...) {
      std::exception_ptr error = std::current_exception();
      if (kind_of(error) == Kind::io) database_.reset();
      return error;
    }
  }

  /// What was written before a failed sync is in the log, perhaps not on the disk. A new connection
  /// may take it for committed and write behind it; a checkpoint writes and syncs the pages
  /// themselves and starts the log again, so that nothing stands behind what may not be there.
  void open_anew() {
    auto database = open();
    if (!database->checkpoint(0))
      throw DatabaseError(Kind::busy, path_ +
                                          " is held by a reader after a failure of the disk: "
                                          "try again in a moment");
    database_ = std::move(database);
  }

  void checkpoint(std::size_t pages_min) {
    if (!database_) return;
    try {
      database_->checkpoint(pages_min);
    } catch (const DatabaseError& failure) {
      log::warn("checkpoint_failed", {{"file", path_}, {"reason", failure.what()}});
    }
  }

  const std::string path_;
  const Duration busy_time_max_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Jobs> jobs_;
};

Writer::Writer(const std::string& path, std::size_t jobs_per_transaction_max,
               std::size_t jobs_waiting_max, std::size_t checkpoint_pages, Duration busy_time_max)
    : thread_(std::make_unique<Thread>(path, jobs_per_transaction_max, jobs_waiting_max,
                                       checkpoint_pages, busy_time_max)) {}

Writer::~Writer() = default;

void Writer::submit(Job job) {
  thread_->submit(std::move(job));
}

}  // namespace vote::sqlite

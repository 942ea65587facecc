#include "sqlite/reader.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace vote::sqlite {

class Reader::Thread {
 public:
  Thread(std::string path, std::size_t jobs_per_snapshot_max, std::size_t jobs_waiting_max)
      : path_(std::move(path)),
        jobs_per_snapshot_max_(jobs_per_snapshot_max),
        jobs_waiting_max_(jobs_waiting_max),
        database_(std::make_unique<Database>(path_, Database::Mode::read_only)),
        thread_([this] { run(); }) {}

  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void submit(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < jobs_waiting_max_) {
        waiting_.push_back(std::move(job));
        if (waiting_.size() == 1) changed_.notify_one();
        return;
      }
    }
    job.finished(std::make_exception_ptr(DatabaseError(
        DatabaseError::Kind::busy, path_ + " has " + std::to_string(jobs_waiting_max_) +
                                       " reads waiting already: try again in a moment")));
  }

 private:
  void run() {
    std::vector<Job> jobs;
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      jobs.swap(waiting_);
      lock.unlock();
      for (std::span<Job> rest(jobs); !rest.empty();) {
        const std::span<Job> some = rest.first(std::min(jobs_per_snapshot_max_, rest.size()));
        answer(some);
        rest = rest.subspan(some.size());
      }
      jobs.clear();
      lock.lock();
    }
  }

  void answer(std::span<Job> jobs) {
    std::vector<std::exception_ptr> errors(jobs.size());
    try {
      if (!database_) database_ = std::make_unique<Database>(path_, Database::Mode::read_only);
      const Snapshot snapshot(*database_);
      for (std::size_t i = 0; i < jobs.size(); ++i) errors[i] = attempt(jobs[i]);
    } catch (...) {
      std::fill(errors.begin(), errors.end(), std::current_exception());
    }
    if (std::any_of(errors.begin(), errors.end(),
                    [](const auto& error) { return error != nullptr; }))
      database_.reset();
    for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].finished(errors[i]);
  }

  std::exception_ptr attempt(const Job& job) {
    try {
      job.run(*database_);
      return nullptr;
    } catch (...) {
      return std::current_exception();
    }
  }

  const std::string path_;
  const std::size_t jobs_per_snapshot_max_;
  const std::size_t jobs_waiting_max_;
  std::unique_ptr<Database> database_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

Reader::Reader(const std::string& path, std::size_t jobs_per_snapshot_max,
               std::size_t jobs_waiting_max)
    : thread_(std::make_unique<Thread>(path, jobs_per_snapshot_max, jobs_waiting_max)) {}

Reader::~Reader() = default;

void Reader::submit(Job job) {
  thread_->submit(std::move(job));
}

}  // namespace vote::sqlite

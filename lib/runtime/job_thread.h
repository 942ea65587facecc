#pragma once
// Jobs from many threads for one thread that owns what they need (a connection, mostly): all that
// wait at a moment are handed to it together, so that many calls can share one transaction.
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <utility>
#include <vector>

namespace vote {

/// A Job is movable and has `finished(std::exception_ptr)`, called once: nothing, or what went
/// wrong.
template <class Job>
class JobThread {
 public:
  /// `work` runs on the thread with what waited, oldest first; it must finish each job and not
  /// throw. `full`: what a job is finished with that is one too many.
  JobThread(std::size_t waiting_max, std::exception_ptr full,
            std::function<void(std::span<Job>)> work)
      : waiting_max_(waiting_max),
        full_(std::move(full)),
        work_(std::move(work)),
        thread_([this] { run(); }) {}
  /// Works off what is waiting; joins.
  ~JobThread() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }
  JobThread(const JobThread&) = delete;

  /// Thread-safe. If waiting_max are waiting already, the job is finished at once, on the caller's
  /// thread.
  void submit(Job job) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() < waiting_max_) {
        waiting_.push_back(std::move(job));
        if (waiting_.size() == 1) changed_.notify_one();
        return;
      }
    }
    job.finished(full_);
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
      work_(jobs);
      jobs.clear();
      lock.lock();
    }
  }

  const std::size_t waiting_max_;
  const std::exception_ptr full_;
  const std::function<void(std::span<Job>)> work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job> waiting_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace vote

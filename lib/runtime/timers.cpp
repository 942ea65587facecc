#include "runtime/timers.h"

#include <condition_variable>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace vote {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Waiting {
  SteadyTime due;
  std::function<void()> function;
  bool operator<(const Waiting& other) const { return due > other.due; }
};

class ThreadTimers final : public Timers {
 public:
  ThreadTimers() : thread_([this] { run(); }) {}
  ~ThreadTimers() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_one();
    thread_.join();
  }

  void after(Duration delay, std::function<void()> function) override {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push({std::chrono::steady_clock::now() + delay, std::move(function)});
    }
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
      if (waiting_.empty()) {
        changed_.wait(lock);
      } else if (const SteadyTime due = waiting_.top().due;
                 !stopping_ && due > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, due);
      } else {
        const auto function = waiting_.top().function;
        waiting_.pop();
        lock.unlock();
        function();
        lock.lock();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::priority_queue<Waiting> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Timers> make_timers() {
  return std::make_unique<ThreadTimers>();
}

}  // namespace vote

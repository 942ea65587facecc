#include "sqlite/jobs.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace vote::sqlite {

struct JobThread::State {
  const std::size_t waiting_max;
  const std::string full;
  const std::function<void(std::span<Job>)> work;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Job> waiting;
  bool stopping = false;
  std::thread thread;

  void run() {
    std::vector<Job> jobs;
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (waiting.empty()) return;
      jobs.swap(waiting);
      lock.unlock();
      work(jobs);
      jobs.clear();
      lock.lock();
    }
  }
};

JobThread::JobThread(std::size_t waiting_max, std::string full,
                     std::function<void(std::span<Job>)> work)
    : state_(new State{waiting_max, std::move(full), std::move(work), {}, {}, {}, false, {}}) {
  state_->thread = std::thread([state = state_.get()] { state->run(); });
}

JobThread::~JobThread() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_one();
  state_->thread.join();
}

void JobThread::submit(Job job) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->waiting.size() < state_->waiting_max) {
      state_->waiting.push_back(std::move(job));
      if (state_->waiting.size() == 1) state_->changed.notify_one();
      return;
    }
  }
  job.finished(std::make_exception_ptr(DatabaseError(DatabaseError::Kind::busy, state_->full)));
}

}  // namespace vote::sqlite

#include "postgres/watchdog.h"

#include <sys/socket.h>

namespace vote::postgres {
namespace {

std::int64_t steady_us() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (watched_.empty())
      changed_.wait(lock);
    else
      changed_.wait_for(lock, kLookInterval);
    const std::int64_t now = steady_us();
    for (Watched* watched : watched_) {
      const std::int64_t deadline = watched->deadline_us_;
      if (deadline == Watched::kNone || now < deadline) continue;
      watched->shut_down_ = true;
      watched->disarm();
      ::shutdown(watched->socket_, SHUT_RDWR);
    }
  }
}

Watchdog::Watched::Watched(Watchdog& dog, int socket) : dog_(dog), socket_(socket) {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.insert(this);
  dog_.changed_.notify_one();
}

Watchdog::Watched::~Watched() {
  const std::lock_guard lock(dog_.mutex_);
  dog_.watched_.erase(this);
}

void Watchdog::Watched::arm(Duration at_most) {
  deadline_us_ = steady_us() + at_most.count();
}

}  // namespace vote::postgres

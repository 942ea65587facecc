#pragma once
// What is underway for an object that may be destroyed meanwhile: calls of a port, timers. Shared
// by the object and what is underway. Internal to api/. Thread-safe.
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace vote::api {

class Pulse {
 public:
  /// False: the object is gone, leave it alone. Else `leave` is to follow.
  bool enter() {
    const std::lock_guard lock(mutex_);
    if (over_) return false;
    ++underway_;
    return true;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--underway_ == 0) quiet_.notify_all();
  }
  /// For the destructor: lets nothing enter any more and waits for what has.
  void end() {
    std::unique_lock lock(mutex_);
    over_ = true;
    quiet_.wait(lock, [this] { return underway_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable quiet_;
  std::size_t underway_ = 0;
  bool over_ = false;
};

}  // namespace vote::api

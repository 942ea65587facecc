#pragma once
// The signals of a daemon, taken by a thread of their own instead of a handler.
#include <atomic>
#include <functional>
#include <thread>

namespace vote::program {

class Signals {
 public:
  /// From now on SIGTERM and SIGINT call `stop` and SIGHUP calls `hang_up`, on a thread of their
  /// own. Made before any other thread, for it is by the mask that they inherit that they are
  /// spared.
  Signals(std::function<void()> stop, std::function<void()> hang_up);
  /// Ends the thread; the signals stay blocked.
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

 private:
  void run();

  std::function<void()> stop_;
  std::function<void()> hang_up_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace vote::program

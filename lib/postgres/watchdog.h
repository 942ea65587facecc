#pragma once
// Ends waits for a server that is frozen but still answers TCP, where no timeout of the server's
// own can help: shuts the socket down, and whoever reads from it is told that it broke.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <thread>

#include "vote/time.h"

namespace vote::postgres {

/// Thread-safe. Looks every kLookInterval, on a thread of its own.
class Watchdog {
 public:
  static constexpr Duration kLookInterval = std::chrono::milliseconds(100);

  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;

  /// A socket that is watched until this goes, which must be before it is closed.
  class Watched {
   public:
    Watched(Watchdog& dog, int socket);
    ~Watched();
    Watched(const Watched&) = delete;

    /// Its owner waits from now on, for that long at most.
    void arm(Duration at_most);
    void disarm() { deadline_us_ = kNone; }
    bool was_shut_down() const { return shut_down_; }

   private:
    friend class Watchdog;
    static constexpr std::int64_t kNone = -1;

    Watchdog& dog_;
    const int socket_;
    std::atomic<std::int64_t> deadline_us_ = kNone;  // by the steady clock
    std::atomic<bool> shut_down_ = false;
  };

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<Watched*> watched_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace vote::postgres

#pragma once
// The two clocks that everything takes as a parameter, so that tests and simulation own time.
// Thread-safe.
#include <atomic>
#include <chrono>

#include "vote/time.h"

namespace vote {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, UTC. May jump; never used to measure.
  virtual Time now() const = 0;
  /// Time since some fixed moment, for leases and deadlines. Never goes back; counts through sleep
  /// of the process (CLOCK_BOOTTIME), so a lease does not outlive a suspended machine.
  virtual Duration elapsed() const = 0;
};

/// The machine's.
class SystemClock final : public Clock {
 public:
  Time now() const override;
  Duration elapsed() const override;
};

/// Stands still until told. For tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start) : now_(microseconds_of(start)) {}
  Time now() const override { return time_of(now_.load()); }
  Duration elapsed() const override { return Duration(elapsed_.load()); }
  void advance(Duration by) {
    now_ += by.count();
    elapsed_ += by.count();
  }

 private:
  std::atomic<std::int64_t> now_;
  std::atomic<std::int64_t> elapsed_{0};
};

}  // namespace vote

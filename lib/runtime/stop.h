#pragma once
// The wish to stop, and waits that it ends early. Whoever owns time (a simulation) owns the waits
// too, by a Stop of its own. Thread-safe.
#include <condition_variable>
#include <mutex>

#include "vote/time.h"

namespace vote {

class Stop {
 public:
  virtual ~Stop() = default;
  void request();
  bool requested() const;
  /// Waits that long, or until stop is requested. True where it was requested.
  virtual bool wait(Duration at_most);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;
};

/// Delays that double from `first` to `most`, each with up to a quarter taken off at random.
class BackOff {
 public:
  BackOff(Duration first, Duration most) : first_(first), most_(most), next_(first) {}
  Duration next();
  void reset() { next_ = first_; }

 private:
  Duration first_, most_, next_;
};

}  // namespace vote

#pragma once
// "Call me after that long": for waits inside a port's users (Prefer: wait, a change that waits for
// its cast, retries). Thread-safe.
#include <functional>
#include <memory>

#include "vote/time.h"

namespace vote {

class Timers {
 public:
  virtual ~Timers() = default;
  /// Runs `function` once, `delay` from now, on the timers' own thread; it must not block. What is
  /// still waiting when the timers are destroyed runs then, at once, so nobody waits for ever.
  virtual void after(Duration delay, std::function<void()> function) = 0;
};

/// One thread, one heap, the machine's steady clock.
std::unique_ptr<Timers> make_timers();

}  // namespace vote

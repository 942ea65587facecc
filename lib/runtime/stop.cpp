#include "runtime/stop.h"

#include <algorithm>

#include "runtime/random.h"

namespace vote {

void Stop::request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  changed_.notify_all();
}

bool Stop::requested() const {
  const std::lock_guard lock(mutex_);
  return requested_;
}

bool Stop::wait(Duration at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return requested_; });
}

Duration BackOff::next() {
  std::uint8_t random = 0;
  random_bytes({&random, 1});
  const Duration delay = next_ - next_ * random / 1024;
  next_ = std::min(next_ * 2, most_);
  return delay;
}

}  // namespace vote

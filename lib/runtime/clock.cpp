#include "runtime/clock.h"

#include <ctime>

namespace vote {

Time SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

Duration SystemClock::elapsed() const {
  timespec at{};
  clock_gettime(CLOCK_BOOTTIME, &at);
  return std::chrono::seconds(at.tv_sec) +
         std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(at.tv_nsec));
}

}  // namespace vote

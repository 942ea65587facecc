#pragma once
// A clock for tests of what really waits: the wall's time stands still until told, while measured
// time runs a hundredfold, so that waits for nothing end soon.
#include "runtime/clock.h"

namespace vote::test {

inline constexpr Time kStart = Time(std::chrono::hours(24 * 365 * 56));

class HastyClock final : public Clock {
 public:
  Time now() const override { return wall_.now(); }
  Duration elapsed() const override { return machine_.elapsed() * 100; }
  void advance(Duration by) { wall_.advance(by); }

 private:
  ManualClock wall_{kStart};
  SystemClock machine_;
};

}  // namespace vote::test

#pragma once
// When requests are due. An open loop's schedule is fixed before the run begins and blind to the
// answers: a server that stalls makes requests wait, never come later. Pure.
#include <chrono>
#include <cstdint>

#include "vote/time.h"

namespace vote::load {

inline constexpr double kRateMax = 1'000'000;  // requests a second
inline constexpr Duration kLengthMax = std::chrono::hours(24);
/// Requests of one run: what is prepared ahead of time has a bound.
inline constexpr std::uint64_t kRequestsMax = 50'000'000;

class Schedule {
 public:
  /// Evenly spaced, `rate` a second for `length`; at least one. Throws std::invalid_argument that
  /// names the limit which `rate`, `length` or both together exceed.
  Schedule(double rate, Duration length);

  std::uint64_t size() const { return size_; }
  /// Of request `n`, 0 and up, since the start of the run.
  std::chrono::nanoseconds due(std::uint64_t n) const;

 private:
  double nanoseconds_between_;
  std::uint64_t size_;
};

}  // namespace vote::load

#pragma once
// When requests are due. An open loop's schedule is fixed before the run begins and blind to the
// answers: a server that stalls makes requests wait, never come later. Pure.
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "vote/time.h"

namespace vote::load {

inline constexpr double kRateMax = 1'000'000;  // requests a second
inline constexpr Duration kLengthMax = std::chrono::hours(24);
/// Of one run.
inline constexpr std::uint64_t kRequestsMax = 100'000'000;
inline constexpr Duration kBurstMin = std::chrono::milliseconds(1);

/// Requests a second, changing evenly over the run's length.
struct Rate {
  double from = 0;
  double to = 0;
};
/// Every `every`, first after that time, the rate is `rate` for `length`, whatever it is else.
struct Burst {
  double rate = 0;
  Duration every{};
  Duration length{};
};

class Schedule {
 public:
  /// For `length`; at least one request. Throws std::invalid_argument that names the limit which
  /// these exceed, one alone or together.
  Schedule(Rate rate, Duration length, const std::optional<Burst>& burst = std::nullopt);
  Schedule(double rate, Duration length) : Schedule(Rate{rate, rate}, length) {}

  std::uint64_t size() const { return size_; }
  /// Of request `n`, 0 and up, since the start of the run.
  std::chrono::nanoseconds due(std::uint64_t n) const;

 private:
  /// A time in which the rate changes evenly.
  struct Stretch {
    double begin_s = 0;
    double length_s = 0;
    Rate rate;
    double first = 0;  // requests before it; parts of one count
  };
  void add(double begin_s, double end_s, Rate rate);

  std::vector<Stretch> stretches_;
  std::uint64_t size_ = 0;
};

}  // namespace vote::load

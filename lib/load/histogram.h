#pragma once
// Latencies in log-linear buckets (as HdrHistogram has them): exact to a microsecond up to 2 ms,
// then within 0.1 % of the value, in a table whose size does not grow. One thread.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "vote/time.h"

namespace vote::load {

/// Longer ones count as this long.
inline constexpr Duration kLatencyMax = std::chrono::hours(1);

class Histogram {
 public:
  Histogram();

  /// A negative value counts as 0.
  void record(Duration value);

  std::uint64_t count() const { return count_; }
  /// The smallest value that `percent` of all (0 to 100) do not exceed, to the buckets' exactness
  /// and never below the true one. 0 where nothing was recorded.
  Duration percentile(double percent) const;
  Duration max() const { return Duration(max_); }
  Duration mean() const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace vote::load

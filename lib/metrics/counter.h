#pragma once
// What a part counts of itself while it works: plain numbers that any thread may add to and any
// other may read meanwhile. To add is one atomic instruction, without a lock; what one reads of
// several numbers is not of one moment. How they are shown is metrics/registry.h's.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "vote/time.h"

namespace vote::metrics {

/// Only grows.
class Counter {
 public:
  Counter() = default;
  Counter(const Counter& other) : count_(other.value()) {}
  Counter& operator=(const Counter& other) {
    count_.store(other.value(), std::memory_order_relaxed);
    return *this;
  }
  Counter& operator+=(std::uint64_t more) {
    count_.fetch_add(more, std::memory_order_relaxed);
    return *this;
  }
  Counter& operator++() { return *this += 1; }
  std::uint64_t value() const { return count_.load(std::memory_order_relaxed); }
  operator std::uint64_t() const { return value(); }

 private:
  std::atomic<std::uint64_t> count_ = 0;
};

/// How a histogram's values are sorted: by the upper bounds of its buckets, inclusive, in whole
/// numbers, of which `per_unit` make one of the unit that is shown. The last bucket has no bound.
struct Buckets {
  static constexpr std::size_t kBounds = 15;
  std::array<std::uint64_t, kBounds> bounds;
  double per_unit = 1;
};
/// Of times, noted in microseconds and shown in seconds: from 0.25 ms to 10 s.
inline constexpr Buckets kTimes{{250, 500, 1'000, 2'500, 5'000, 10'000, 25'000, 50'000, 100'000,
                                 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000},
                                1e6};
/// Of numbers of things: from 1 to 100,000, which is the most that a batch may have.
inline constexpr Buckets kSizes{
    {1, 2, 5, 10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000, 50'000, 100'000}};

class Histogram {
 public:
  Histogram() : Histogram(kTimes) {}
  /// `buckets` outlive it.
  explicit Histogram(const Buckets& buckets) : buckets_(&buckets) {}

  void note(std::uint64_t value) {
    const auto& bounds = buckets_->bounds;
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
    ++counts_[static_cast<std::size_t>(bound - bounds.begin())];
    sum_ += value;
  }
  /// What took less than no time, by a clock that was set back, took none.
  void note(Duration took) {
    note(static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0)));
  }
  /// Adds what another one of the same buckets holds.
  Histogram& operator+=(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i].value();
    sum_ += other.sum();
    return *this;
  }

  const Buckets& buckets() const { return *buckets_; }
  std::uint64_t in_bucket(std::size_t index) const { return counts_.at(index).value(); }
  std::uint64_t sum() const { return sum_.value(); }
  std::uint64_t count() const {
    std::uint64_t all = 0;
    for (const Counter& counter : counts_) all += counter.value();
    return all;
  }

 private:
  const Buckets* buckets_;
  std::array<Counter, Buckets::kBounds + 1> counts_;
  Counter sum_;
};

}  // namespace vote::metrics

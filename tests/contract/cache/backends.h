#pragma once
// The backends of the cache port that every suite here runs against.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "cache/cache.h"
#include "runtime/clock.h"
#include "world/time.h"

namespace vote::test {

/// Measured time goes on while the wall's jumps.
class TestClock final : public Clock {
 public:
  Time now() const override { return clock_.now() + Duration(jumped_us_); }
  Duration elapsed() const override { return clock_.elapsed(); }
  void advance(Duration by) { clock_.advance(by); }
  void jump(Duration by) { jumped_us_ += by.count(); }

 private:
  ManualClock clock_{kStart};
  std::atomic<std::int64_t> jumped_us_{0};
};

/// A cache under test, empty, and what moves the time that it knows. Tests reckon in hours: a
/// server's clock goes on by itself.
class TestedCache {
 public:
  virtual ~TestedCache() = default;
  virtual Cache& cache() = 0;
  virtual void advance(Duration by) = 0;
  /// By how much a time may be missed.
  virtual Duration margin() const = 0;
};

struct CacheBackend {
  std::string name;
  std::function<std::unique_ptr<TestedCache>(TestClock&)> make;
};

std::unique_ptr<TestedCache> make_memory_cache(TestClock& clock);
std::unique_ptr<TestedCache> make_shared_cache(TestClock& clock);
/// Under keys of its own in the Redis that VOTE_CACHE_URL names.
std::unique_ptr<TestedCache> make_redis_cache(TestClock& clock);

inline auto cache_backends() {
  return testing::Values(CacheBackend{"Memory", make_memory_cache},
                         CacheBackend{"Redis", make_redis_cache},
                         CacheBackend{"Simulated", make_shared_cache});
}

inline std::string name_of(const testing::TestParamInfo<CacheBackend>& tested) {
  return tested.param.name;
}

}  // namespace vote::test

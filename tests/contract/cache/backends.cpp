#include "contract/cache/backends.h"

#include "cache/memory/memory_cache.h"
#include "cache/redis/redis_cache.h"
#include "runtime/blocking.h"
#include "simulated/cache.h"
#include "world/redis.h"
#include "world/votes.h"

namespace vote::test {
namespace {

/// In memory, and moved with the clock.
template <class InMemory>
class TestedInMemory final : public TestedCache {
 public:
  explicit TestedInMemory(TestClock& clock) : clock_(clock), cache_(clock) {}
  Cache& cache() override { return cache_; }
  void advance(Duration by) override { clock_.advance(by); }
  Duration margin() const override { return Duration(1); }

 private:
  TestClock& clock_;
  InMemory cache_;
};

/// So much earlier, in milliseconds: how long keys have to live, and the times in quotas, which are
/// microseconds.
constexpr const char* kMakeEarlier = R"lua(
local by = tonumber(ARGV[2])
for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
  local left = redis.call('PTTL', key)
  if left <= by then
    redis.call('DEL', key)
  else
    if key:find('quota:', 1, true) then
      local earlier = redis.call('GET', key):gsub('%f[%d]%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%f[%D]',
        function(time) return string.format('%.0f', time - by * 1000) end)
      redis.call('SET', key, earlier)
    end
    redis.call('PEXPIRE', key, left - by)
  end
end
)lua";

class TestedRedisCache final : public TestedCache {
 public:
  TestedRedisCache(TestClock& clock, const std::string& url)
      : clock_(clock),
        cache_(url + (url.find('?') == std::string::npos ? "?" : "&") + "prefix=" + prefix_, clock,
               kTimes),
        client_(url) {}
  Cache& cache() override { return cache_; }
  void advance(Duration by) override {
    clock_.advance(by);
    // What was sent before has arrived once something else is answered.
    wait_for<Mark>([&](auto done) { cache_.stands(PollId{}, UserId{}, std::move(done)); });
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(by);
    client_.ask({"EVAL", kMakeEarlier, "0", prefix_, std::to_string(milliseconds.count())});
  }
  Duration margin() const override { return std::chrono::minutes(1); }

 private:
  static constexpr RedisCache::Times kTimes{std::chrono::seconds(30),  // of a machine that is busy
                                            std::chrono::milliseconds(1)};

  TestClock& clock_;
  const std::string prefix_ = "test-" + new_id<PollId>().text() + ":";
  RedisCache cache_;
  RedisClient client_;
};

}  // namespace

std::unique_ptr<TestedCache> make_memory_cache(TestClock& clock) {
  return std::make_unique<TestedInMemory<MemoryCache>>(clock);
}

std::unique_ptr<TestedCache> make_shared_cache(TestClock& clock) {
  return std::make_unique<TestedInMemory<simulated::SharedCache>>(clock);
}

std::unique_ptr<TestedCache> make_redis_cache(TestClock& clock) {
  return std::make_unique<TestedRedisCache>(clock, shared_redis_url());
}

}  // namespace vote::test

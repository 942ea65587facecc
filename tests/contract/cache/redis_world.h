#pragma once
// What tests of the Redis backend alone stand on: servers of their own, and what the log says.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "cache/redis/redis_cache.h"
#include "log/log.h"
#include "runtime/blocking.h"
#include "world/files.h"
#include "world/redis.h"
#include "world/votes.h"

namespace vote::test {

constexpr Duration kPatience = std::chrono::seconds(30);  // of a machine that is busy
/// Of servers that are patient, and of tests that are not.
constexpr RedisCache::Times kPatient{kPatience, std::chrono::milliseconds(1)};

/// What is logged while it lives.
class LogFile {
 public:
  LogFile() { log::open({.service = "test", .format = log::Format::json, .file = path_}); }
  ~LogFile() { log::open({.service = "test", .file = ""}); }
  LogFile(const LogFile&) = delete;
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  int times(const std::string& words) const {
    const std::string all = text();
    int count = 0;
    for (auto at = all.find(words); at != std::string::npos; at = all.find(words, at + 1)) ++count;
    return count;
  }

 private:
  Folder folder_;
  std::string path_ = folder_.file("log");
};

inline void wait_until(const std::function<bool()>& seen) {
  while (!seen()) std::this_thread::yield();
}

/// One voter's view of a cache.
class Voter {
 public:
  explicit Voter(Cache& cache) : cache_(cache) {}
  Mark mark() { return mark(request); }
  Mark mark(RequestId by) {
    return wait_for<Mark>([&](auto done) {
      cache_.mark(poll, voter, by, digest, std::chrono::minutes(10), std::move(done));
    });
  }
  Mark standing() { return standing_in(cache_); }
  Mark standing_in(Cache& cache) {
    return wait_for<Mark>([&](auto done) { cache.stands(poll, voter, std::move(done)); });
  }
  void become_queued() {
    cache_.queued(poll, voter, request, digest, SystemClock().now() + std::chrono::hours(1));
  }
  void confirm() {
    cache_.confirm({{poll,
                     voter,
                     {MarkState::confirmed, request, digest},
                     SystemClock().now() + std::chrono::hours(1)}});
  }

  PollId poll = new_id<PollId>();
  UserId voter = new_id<UserId>();
  RequestId request = new_id<RequestId>();
  std::uint64_t digest = 7;

 private:
  Cache& cache_;
};

inline std::optional<PollCounts> counts_in(Cache& cache, PollId poll) {
  return wait_for<std::optional<PollCounts>>(
      [&](auto done) { cache.counts(poll, std::move(done)); });
}

inline bool allows(Cache& cache, const Take& take) {
  return !wait_for<std::optional<Denial>>([&](auto done) {
    cache.allow({&take, 1}, std::move(done));
  });
}

/// Two an hour.
inline Take two_of(UserId user) {
  return {Quota::votes_of_user, user.uuid.bytes, 2, std::chrono::hours(1), {}};
}

}  // namespace vote::test

// What every backend of the cache port owes: marks as a state machine, and the newer counts.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <barrier>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "cache/memory/memory_cache.h"
#include "contract/cache/backends.h"
#include "runtime/blocking.h"
#include "world/votes.h"

namespace vote {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kLease = kHour;
constexpr std::uint64_t kDigest = 7;

class CacheContract : public testing::TestWithParam<test::CacheBackend> {
 protected:
  Mark mark(RequestId request, std::uint64_t digest = kDigest) {
    return wait_for<Mark>(
        [&](auto done) { cache->mark(poll, voter, request, digest, kLease, std::move(done)); });
  }
  Mark standing() {
    return wait_for<Mark>([&](auto done) { cache->stands(poll, voter, std::move(done)); });
  }
  void confirm(RequestId request, std::uint64_t digest = kDigest) {
    cache->confirm({{poll, voter, {MarkState::confirmed, request, digest}, end}});
  }
  std::optional<PollCounts> counts() {
    return wait_for<std::optional<PollCounts>>(
        [&](auto done) { cache->counts(poll, std::move(done)); });
  }
  /// Has become so, where it may: another mark that was queued after it has.
  void queued(RequestId request) {
    cache->queued(poll, voter, request, kDigest, end);
    settle();
  }
  void settle() {
    const auto last = test::new_id<UserId>();
    cache->queued(poll, last, other, kDigest, end);
    while (wait_for<Mark>([&](auto done) { cache->stands(poll, last, std::move(done)); }).state !=
           MarkState::queued)
      std::this_thread::yield();
  }
  PollCounts version(std::uint64_t number) const { return {poll, number, number * 10, {}}; }
  void expect(MarkState state, RequestId request) {
    EXPECT_EQ(standing().state, state);
    EXPECT_EQ(standing().request, request);
  }

  void advance(Duration by) { tested->advance(by); }

  test::TestClock clock;
  std::unique_ptr<test::TestedCache> tested = GetParam().make(clock);
  Cache* cache = &tested->cache();
  PollId poll = test::new_id<PollId>();
  UserId voter = test::new_id<UserId>();
  RequestId mine = test::new_id<RequestId>();
  RequestId other = test::new_id<RequestId>();
  Time end = test::kStart + 3 * kHour;
};

TEST_P(CacheContract, TheFirstMarkFindsNothingAndLaterOnesFindIt) {
  EXPECT_EQ(mark(mine).state, MarkState::none);
  const Mark found = mark(other, 8);
  EXPECT_EQ(found.state, MarkState::pending);
  EXPECT_EQ(found.request, mine);
  EXPECT_EQ(found.digest, kDigest);
  EXPECT_EQ(mark(mine).state, MarkState::pending);
}

TEST_P(CacheContract, MarksOfOtherPollsAndVotersAreOthers) {
  mark(mine);
  poll = test::new_id<PollId>();
  EXPECT_EQ(mark(mine).state, MarkState::none);
  voter = test::new_id<UserId>();
  EXPECT_EQ(mark(mine).state, MarkState::none);
}

TEST_P(CacheContract, LookingChangesNothing) {
  EXPECT_EQ(standing().state, MarkState::none);
  EXPECT_EQ(mark(mine).state, MarkState::none);
}

TEST_P(CacheContract, APendingMarkEndsWithItsLease) {
  mark(mine);
  advance(kLease - tested->margin());
  EXPECT_EQ(mark(other).state, MarkState::pending);
  advance(tested->margin());
  EXPECT_EQ(mark(other).state, MarkState::none);
  expect(MarkState::pending, other);
}

TEST_P(CacheContract, FindingAMarkDoesNotProlongIt) {
  mark(mine);
  advance(kLease / 2);
  mark(mine);
  advance(kLease / 2);
  EXPECT_EQ(standing().state, MarkState::none);
}

TEST_P(CacheContract, AWallClockThatJumpsNeitherEndsALeaseNorKeepsItAlive) {
  mark(mine);
  clock.jump(kHour);
  EXPECT_EQ(standing().state, MarkState::pending);
  clock.jump(-2 * kHour);
  advance(kLease);
  EXPECT_EQ(standing().state, MarkState::none);
}

TEST_P(CacheContract, AQueuedMarkStaysUntilItsTime) {
  mark(mine);
  queued(mine);
  advance(kLease * 2);
  expect(MarkState::queued, mine);
  EXPECT_EQ(mark(other).state, MarkState::queued);
  advance(kHour);
  EXPECT_EQ(standing().state, MarkState::none);
}

TEST_P(CacheContract, AQueuedMarkIsWithdrawnByItsRequestAlone) {
  mark(mine);
  cache->withdraw(poll, voter, mine);
  expect(MarkState::pending, mine);
  queued(mine);
  cache->withdraw(poll, voter, other);
  expect(MarkState::queued, mine);
  cache->withdraw(poll, voter, mine);
  EXPECT_EQ(standing().state, MarkState::none);
  mark(mine);
  confirm(mine);
  cache->withdraw(poll, voter, mine);
  expect(MarkState::confirmed, mine);
}

TEST_P(CacheContract, QueuedFillsAnEmptyPlaceAndLeavesWhatIsAnothers) {
  queued(mine);
  expect(MarkState::queued, mine);
  queued(other);
  expect(MarkState::queued, mine);
  voter = test::new_id<UserId>();
  mark(other);
  queued(mine);
  expect(MarkState::pending, other);
}

TEST_P(CacheContract, ThousandsBecomeQueuedAtOnceEachByItself) {
  constexpr int kVoters = 1200;
  std::vector<std::pair<UserId, RequestId>> votes;
  votes.reserve(kVoters);
  for (int i = 0; i < kVoters; ++i)
    votes.emplace_back(test::new_id<UserId>(), test::new_id<RequestId>());
  for (const auto& [each, request] : votes) {
    cache->queued(poll, each, request, kDigest, end);
    cache->queued(poll, each, other, kDigest, end);  // comes second, and changes nothing
  }
  settle();
  for (const auto& [each, request] : votes) {
    voter = each;
    const Mark found = standing();
    EXPECT_EQ(found.state, MarkState::queued);
    EXPECT_EQ(found.request, request);
  }
}

TEST_P(CacheContract, ALateQueuedDoesNotTakeBackAConfirmation) {
  mark(mine);
  confirm(mine);
  queued(mine);
  expect(MarkState::confirmed, mine);
}

TEST_P(CacheContract, AConfirmationOverwritesWhateverStands) {
  mark(mine);
  queued(mine);
  confirm(other, 9);
  expect(MarkState::confirmed, other);
  EXPECT_EQ(mark(mine).digest, 9U);
  confirm(mine);
  expect(MarkState::confirmed, mine);
}

TEST_P(CacheContract, ReleaseRemovesOnesOwnPendingMarkAlone) {
  mark(mine);
  cache->release(poll, voter, other);
  expect(MarkState::pending, mine);
  cache->release(poll, voter, mine);
  EXPECT_EQ(standing().state, MarkState::none);
  mark(mine);
  queued(mine);
  cache->release(poll, voter, mine);
  expect(MarkState::queued, mine);
  confirm(mine);
  cache->release(poll, voter, mine);
  expect(MarkState::confirmed, mine);
}

TEST_P(CacheContract, Of64AtOnceExactlyOneFindsNothing) {
  constexpr int kThreads = 64;
  constexpr int kRounds = 20;
  std::array<std::atomic<int>, kRounds> found_nothing{};
  std::array<UserId, kRounds> voters;
  for (UserId& each : voters) each = test::new_id<UserId>();
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&] {
      const auto request = test::new_id<RequestId>();
      for (std::size_t round = 0; round < kRounds; ++round) {
        start.arrive_and_wait();
        const Mark found = wait_for<Mark>([&](auto done) {
          cache->mark(poll, voters.at(round), request, kDigest, kLease, std::move(done));
        });
        if (found.state == MarkState::none) ++found_nothing.at(round);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& winners : found_nothing) EXPECT_EQ(winners, 1);
}

TEST_P(CacheContract, KeepsTheNewerOfTwoCounts) {
  EXPECT_FALSE(counts());
  cache->put(version(5));
  cache->put(version(3));
  ASSERT_TRUE(counts());
  EXPECT_EQ(counts()->version, 5U);
  cache->put(version(6));
  EXPECT_EQ(counts()->version, 6U);
  EXPECT_EQ(counts()->total_votes, 60U);
}

TEST_P(CacheContract, ManyPutsAtOnceEndWithTheNewest) {
  constexpr std::uint64_t kVersions = 2'000;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (std::uint64_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (std::uint64_t n = thread; n < kVersions; n += 4) cache->put(version(kVersions - n));
    });
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(counts());
  EXPECT_EQ(counts()->version, kVersions);
}

INSTANTIATE_TEST_SUITE_P(Backends, CacheContract, test::cache_backends(), test::name_of);

/// Of one process's memory alone.
TEST(MemoryCacheCounts, AreShownForAMomentAsOtherProcessesCountToo) {
  ManualClock clock(test::kStart);
  MemoryCache cache(clock);
  const auto poll = test::new_id<PollId>();
  const auto shown = [&] {
    return wait_for<std::optional<PollCounts>>(
        [&](auto done) { cache.counts(poll, std::move(done)); });
  };
  cache.put({poll, 5, 1, {}});
  clock.advance(MemoryCache::kCountsFreshFor);
  EXPECT_TRUE(shown());
  clock.advance(Duration(1));
  EXPECT_FALSE(shown());
  cache.put({poll, 4, 1, {}});
  EXPECT_FALSE(shown()) << "an older version came back as fresh";
  cache.put({poll, 5, 1, {}});
  EXPECT_TRUE(shown());
}

}  // namespace
}  // namespace vote

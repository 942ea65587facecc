// What every backend of the cache port owes limits: quotas that no two callers take the same of.
#include "cache/quotas.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <memory>
#include <thread>

#include "contract/cache/backends.h"
#include "runtime/blocking.h"
#include "world/time.h"
#include "world/votes.h"

namespace vote {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kPeriod = 10 * kHour;

Subject subject(std::uint64_t number) {
  Subject bytes{};
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

class QuotaContract : public testing::TestWithParam<test::CacheBackend> {
 protected:
  std::optional<Denial> allow(const std::vector<Take>& takes) {
    return wait_for<std::optional<Denial>>(
        [&](auto done) { cache->allow(takes, std::move(done)); });
  }
  bool allows(const Take& take) { return !allow({take}); }
  int allowed_of(int tries, const Take& take) {
    int allowed = 0;
    for (int n = 0; n < tries; ++n) allowed += allows(take) ? 1 : 0;
    return allowed;
  }
  static Take device(std::uint64_t member, std::uint64_t user = 1) {
    return {Quota::devices_of_user, subject(user), 2, kPeriod, member};
  }

  void advance(Duration by) { tested->advance(by); }
  void expect_retry_after(const std::vector<Take>& takes, Duration expected) {
    const auto denial = allow(takes);
    ASSERT_TRUE(denial);
    EXPECT_LE(denial->retry_after, expected);
    EXPECT_GT(denial->retry_after, expected - tested->margin());
  }

  test::TestClock clock;
  std::unique_ptr<test::TestedCache> tested = GetParam().make(clock);
  Cache* cache = &tested->cache();
  const Take ten{Quota::votes_of_address, subject(1), 10, kPeriod, {}};
  const Take two{Quota::votes_of_user, subject(2), 2, kPeriod, {}};
};

TEST_P(QuotaContract, GrantsSoManyAtOnceAndThenOneAtATime) {
  EXPECT_EQ(allowed_of(12, ten), 10);
  advance(kHour - tested->margin());
  EXPECT_FALSE(allows(ten));
  advance(tested->margin());
  EXPECT_EQ(allowed_of(2, ten), 1);
  advance(3 * kHour);
  EXPECT_EQ(allowed_of(5, ten), 3);
  advance(2 * kPeriod);
  EXPECT_EQ(allowed_of(12, ten), 10) << "what was not taken adds up to no more than the quota";
}

TEST_P(QuotaContract, SaysWhenToTryAgainAndThenGrants) {
  allowed_of(10, ten);
  advance(kHour / 3);
  expect_retry_after({ten}, kHour * 2 / 3);
  advance(allow({ten})->retry_after - tested->margin());
  EXPECT_FALSE(allows(ten));
  advance(tested->margin());
  EXPECT_TRUE(allows(ten));
}

TEST_P(QuotaContract, WhatIsRefusedTakesNothing) {
  EXPECT_EQ(allowed_of(100, ten), 10);
  expect_retry_after({ten}, kHour);
}

TEST_P(QuotaContract, SubjectsAndQuotasHaveTheirOwn) {
  EXPECT_EQ(allowed_of(3, two), 2);
  Take other = two;
  other.subject = subject(3);
  EXPECT_EQ(allowed_of(3, other), 2);
  other = two;
  other.quota = Quota::polls_of_user;
  EXPECT_EQ(allowed_of(3, other), 2);
}

TEST_P(QuotaContract, TakesOfAllOrOfNone) {
  EXPECT_FALSE(allow({ten, two}));
  EXPECT_FALSE(allow({ten, two}));
  const auto denial = allow({ten, two});
  ASSERT_TRUE(denial);
  EXPECT_EQ(denial->take, 1U);
  EXPECT_EQ(allowed_of(20, ten), 8) << "a refused call took of the other quota";
  EXPECT_EQ(allow({ten, two})->take, 0U) << "the first that has none left is named";
}

TEST_P(QuotaContract, CountsDifferentMembersAndKnowsThoseAgain) {
  EXPECT_TRUE(allows(device(1)));
  EXPECT_TRUE(allows(device(2)));
  EXPECT_FALSE(allows(device(3)));
  EXPECT_TRUE(allows(device(1)));
  EXPECT_TRUE(allows(device(2)));
  EXPECT_TRUE(allows(device(3, 2))) << "another user's";
}

TEST_P(QuotaContract, ForgetsAMemberAPeriodAfterItWasLastTaken) {
  allows(device(1));
  advance(kPeriod / 2);
  allows(device(2));
  expect_retry_after({device(3)}, kPeriod / 2);
  allows(device(1));
  advance(kPeriod / 2);
  EXPECT_FALSE(allows(device(3))) << "a member that was taken again was forgotten";
  advance(kPeriod / 2);
  EXPECT_TRUE(allows(device(3)));
}

TEST_P(QuotaContract, ARefusedMemberIsNotRemembered) {
  EXPECT_EQ(allowed_of(2, two), 2);
  EXPECT_TRUE(allow({device(1), two}));
  EXPECT_TRUE(allow({device(2), two}));
  EXPECT_TRUE(allows(device(3)));
  EXPECT_TRUE(allows(device(4)));
}

TEST_P(QuotaContract, ManyAtOnceTakeNoMoreThanThereIs) {
  const Take hundred{Quota::votes_of_address, subject(9), 100, kPeriod, {}};
  std::atomic<int> allowed{0};
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (std::uint64_t thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      // Each pair in an order of its own: two callers never wait for each other.
      Take mine{Quota::votes_of_user, subject(100 + thread), 1000, kPeriod, {}};
      for (int n = 0; n < 200; ++n) {
        std::vector<Take> takes{mine, hundred};
        if (n % 2 == 1) std::swap(takes[0], takes[1]);
        if (!allow(takes)) ++allowed;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(allowed, 100);
}

INSTANTIATE_TEST_SUITE_P(Backends, QuotaContract, test::cache_backends(), test::name_of);

/// Of one process's memory alone.
TEST(MemoryQuotaTable, AFloodOfOthersResetsNobodysQuota) {
  constexpr std::uint64_t kEntries = 6'400;
  MemoryQuotas quotas(kEntries, kEntries);
  const auto allows = [&](const Take& take) { return !quotas.take({&take, 1}, Duration(0)); };
  const Take used_up{Quota::votes_of_address, subject(1), 3, kPeriod, {}};
  for (int n = 0; n < 3; ++n) allows(used_up);
  Take device{Quota::devices_of_user, subject(1), 1, 2 * kPeriod, 1};
  allows(device);
  for (std::uint64_t n = 0; n < 10 * kEntries; ++n) {
    allows({Quota::votes_of_address, subject(1'000 + n), 3, kPeriod, {}});
    allows({Quota::devices_of_user, subject(1'000 + n), 1, kPeriod, 1});
  }
  EXPECT_FALSE(allows(used_up));
  device.member = 2;
  EXPECT_FALSE(allows(device));
}

}  // namespace
}  // namespace vote

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "runtime/blocking.h"
#include "runtime/random.h"
#include "runtime/stop.h"
#include "runtime/timers.h"

namespace vote {
namespace {

TEST(Completion, RunsOnceAndLetsGoOfWhatItHeld) {
  const auto held = std::make_shared<int>(0);
  {
    Completion<int> done([held](int value) { *held += value; });
    EXPECT_EQ(held.use_count(), 2);
    done(7);
    EXPECT_FALSE(done);
    EXPECT_EQ(held.use_count(), 1);
  }
  EXPECT_EQ(*held, 7);
}

TEST(CompletionDeathTest, AbortsTheProcessWhereNobodyAnswered) {
  EXPECT_DEATH({ Completion<int> forgotten([](int) {}); }, "");
}

TEST(WaitFor, BringsTheValueOfAnotherThread) {
  std::thread other;
  const int value = wait_for<int>([&](Completion<int> done) {
    other = std::thread([done = std::move(done)]() mutable { done(42); });
  });
  other.join();
  EXPECT_EQ(value, 42);
}

TEST(Timers, RunInTheOrderTheyAreDue) {
  const auto timers = make_timers();
  std::promise<void> finished;
  std::string order;
  timers->after(std::chrono::milliseconds(20), [&] {
    order += 'b';
    finished.set_value();
  });
  timers->after(std::chrono::milliseconds(1), [&] { order += 'a'; });
  finished.get_future().wait();
  EXPECT_EQ(order, "ab");
}

TEST(Timers, RunWhatStillWaitsWhenTheyEnd) {
  std::atomic<int> runs = 0;
  auto timers = make_timers();
  timers->after(std::chrono::hours(1), [&] { ++runs; });
  timers.reset();
  EXPECT_EQ(runs, 1);
}

TEST(Stop, EndsAWaitEarly) {
  Stop stop;
  EXPECT_FALSE(stop.wait(Duration(1)));
  std::thread other([&] { stop.request(); });
  EXPECT_TRUE(stop.wait(std::chrono::hours(1)));
  other.join();
  EXPECT_TRUE(stop.requested());
}

TEST(BackOff, DoublesUpToItsMost) {
  BackOff back_off(Duration(1000), Duration(4000));
  for (const std::int64_t most : {1000, 2000, 4000, 4000}) {
    const Duration delay = back_off.next();
    EXPECT_LE(delay.count(), most);
    EXPECT_GE(delay.count(), most * 3 / 4);
  }
}

TEST(FreshIds, DifferAlsoAcrossThreads) {
  const SystemClock clock;
  std::array<std::vector<Uuid>, 4> drawn;
  std::vector<std::thread> threads;
  for (auto& ids : drawn)
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) ids.push_back(fresh_uuid(clock));
    });
  for (auto& thread : threads) thread.join();
  std::set<Uuid> all;
  for (const auto& ids : drawn) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), 20'000U);
}

TEST(FreshIds, LaterOnesSortBehindEarlierOnesWithinAMillisecond) {
  ManualClock clock(time_of(1'700'000'000'000'000));
  std::vector<Uuid> ids;
  for (int n = 0; n < 2'000; ++n) {
    ids.push_back(fresh_uuid(clock));
    clock.advance(Duration(1));
  }
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace vote

#include "metrics/registry.h"

#include <gtest/gtest.h>

#include <thread>

namespace vote::metrics {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

template <class Value>
std::string shown(const Metric& metric, const Value& value, const Labels& labels = {}) {
  Sheet sheet;
  sheet.add(metric, value, labels);
  return sheet.text();
}

TEST(Registry, ShowsACounterWithItsHelpAndType) {
  Counter casts;
  ++casts;
  casts += 2;
  const std::string text = shown(kCasts, casts, {{"outcome", "queued"}});
  EXPECT_TRUE(has_line(text, "# HELP vote_casts_total " + std::string(kCasts.help))) << text;
  EXPECT_TRUE(has_line(text, "# TYPE vote_casts_total counter")) << text;
  EXPECT_TRUE(has_line(text, R"(vote_casts_total{outcome="queued"} 3)")) << text;
}

TEST(Registry, PutsWhatSeveralPartsSayOfOneMetricTogether) {
  Registry registry;
  for (const char* part : {"store", "queue"})
    registry.add([part](Sheet& sheet) { sheet.add(kPartUp, 1, {{"part", part}}); });
  EXPECT_EQ(registry.exposition(), "# HELP vote_part_up " + std::string(kPartUp.help) +
                                       "\n# TYPE vote_part_up gauge\n"
                                       "vote_part_up{part=\"store\"} 1\n"
                                       "vote_part_up{part=\"queue\"} 1\n");
}

TEST(Registry, AsksEachTimeAnew) {
  Registry registry;
  Counter seen;
  registry.add([&seen](Sheet& sheet) { sheet.add(kFinalised, ++seen); });
  EXPECT_TRUE(has_line(registry.exposition(), "vote_reconcile_finalised_polls_total 1"));
  EXPECT_TRUE(has_line(registry.exposition(), "vote_reconcile_finalised_polls_total 2"));
}

TEST(Registry, CountsATimeInEachBucketThatHoldsIt) {
  Histogram times;
  times.note(std::chrono::microseconds(2500));
  times.note(std::chrono::microseconds(2501));
  times.note(std::chrono::minutes(1));
  times.note(std::chrono::microseconds(-5));
  const std::string text = shown(kDelay, times);
  for (const char* line :
       {R"(_bucket{le="0.00025"} 1)", R"(_bucket{le="0.001"} 1)", R"(_bucket{le="0.0025"} 2)",
        R"(_bucket{le="0.005"} 3)", R"(_bucket{le="10"} 3)", R"(_bucket{le="+Inf"} 4)", "_count 4",
        "_sum 60.005001"})
    EXPECT_TRUE(has_line(text, std::string(kDelay.name) + line)) << line << '\n' << text;
}

TEST(Registry, ShowsSizesAsTheyAre) {
  Histogram sizes(kSizes);
  sizes.note(2000);
  const std::string text = shown(kBatchMessages, sizes);
  EXPECT_TRUE(has_line(text, R"(vote_worker_batch_messages_bucket{le="1000"} 0)")) << text;
  EXPECT_TRUE(has_line(text, R"(vote_worker_batch_messages_bucket{le="2000"} 1)")) << text;
  EXPECT_TRUE(has_line(text, "vote_worker_batch_messages_sum 2000")) << text;
}

TEST(Registry, AddsUpHistogramsOfSeveralThreads) {
  Histogram left;
  Histogram right;
  left.note(std::chrono::microseconds(100));
  right.note(std::chrono::microseconds(300));
  left += right;
  EXPECT_EQ(left.count(), 2U);
  EXPECT_EQ(left.sum(), 400U);
  EXPECT_EQ(left.in_bucket(1), 1U);
}

TEST(Registry, LosesNothingThatThreadsCountAtOnce) {
  constexpr int kEach = 100'000;
  Counter counter;
  Histogram histogram;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread)
      threads.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          ++counter;
          histogram.note(std::chrono::microseconds(1));
        }
      });
  }
  EXPECT_EQ(counter.value(), 4U * kEach);
  EXPECT_EQ(histogram.count(), 4U * kEach);
}

}  // namespace
}  // namespace vote::metrics

#include "load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace vote::load {
namespace {

using std::chrono::microseconds;

constexpr double kExactness = 0.001;

/// Values of all sizes from a microsecond to ten minutes.
std::vector<std::int64_t> values_of_all_sizes(std::size_t count) {
  std::mt19937 random(20130511);
  std::uniform_real_distribution<double> exponent(0, std::log(6e8));
  std::vector<std::int64_t> values(count);
  for (auto& value : values) value = static_cast<std::int64_t>(std::exp(exponent(random)));
  return values;
}

TEST(Histogram, AgreesWithASortedVectorOnEveryPercentile) {
  auto values = values_of_all_sizes(20'000);
  Histogram histogram;
  for (const auto value : values) histogram.record(microseconds(value));
  std::sort(values.begin(), values.end());
  for (const double percent : {0.0, 0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
    const auto truth = values[static_cast<std::size_t>(std::max(1.0, rank)) - 1];
    const auto found = histogram.percentile(percent).count();
    EXPECT_GE(found, truth) << percent;
    EXPECT_LE(static_cast<double>(found), static_cast<double>(truth) * (1 + kExactness)) << percent;
  }
}

TEST(Histogram, IsExactUpToTwoMilliseconds) {
  Histogram histogram;
  for (int i = 0; i < 2048; ++i) histogram.record(microseconds(i));
  for (int i = 1; i <= 2048; ++i)
    EXPECT_EQ(histogram.percentile(100.0 * i / 2048), microseconds(i - 1));
}

TEST(Histogram, SaysTheTrueMaximum) {
  Histogram histogram;
  histogram.record(microseconds(123'456'789));
  EXPECT_EQ(histogram.max(), microseconds(123'456'789));
  EXPECT_EQ(histogram.percentile(100), microseconds(123'456'789));
  EXPECT_EQ(histogram.mean(), microseconds(123'456'789));
}

TEST(Histogram, KeepsWhatIsOutOfRangeAtItsEnds) {
  Histogram histogram;
  histogram.record(microseconds(-5));
  histogram.record(kLatencyMax * 2);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.percentile(50), microseconds(0));
  EXPECT_EQ(histogram.max(), kLatencyMax);
}

TEST(Histogram, IsZeroWhereNothingWasRecorded) {
  const Histogram histogram;
  EXPECT_EQ(histogram.percentile(99), microseconds(0));
  EXPECT_EQ(histogram.mean(), microseconds(0));
}

}  // namespace
}  // namespace vote::load

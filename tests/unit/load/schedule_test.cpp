#include "load/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace vote::load {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Schedule, SpreadsTheRequestsEvenlyOverTheTime) {
  const Schedule schedule(4, seconds(2));
  ASSERT_EQ(schedule.size(), 8U);
  for (std::uint64_t n = 0; n < schedule.size(); ++n)
    EXPECT_EQ(schedule.due(n), nanoseconds(250'000'000 * n));
}

TEST(Schedule, DoesNotDriftWhereTheSpacingIsNoWholeNumberOfNanoseconds) {
  const Schedule schedule(30'000, seconds(3600 / 3));
  EXPECT_EQ(schedule.size(), 36'000'000U);
  EXPECT_EQ(schedule.due(30'000 * 1000ULL), nanoseconds(seconds(1000)));
}

TEST(Schedule, HasAtLeastOneRequest) {
  EXPECT_EQ(Schedule(0.1, seconds(1)).size(), 1U);
  EXPECT_EQ(Schedule(0.1, seconds(1)).due(0), nanoseconds(0));
}

TEST(Schedule, GrowsEvenlyInARamp) {
  const Schedule ramp({0, 200}, seconds(2));
  ASSERT_EQ(ramp.size(), 200U);
  EXPECT_EQ(ramp.due(0), nanoseconds(0));
  EXPECT_EQ(ramp.due(50), nanoseconds(seconds(1)));  // a quarter of them in the first half
  const Schedule down({200, 0}, seconds(2));
  EXPECT_EQ(down.due(150), nanoseconds(seconds(1)));
  for (std::uint64_t n = 1; n < down.size(); ++n) EXPECT_GE(down.due(n), down.due(n - 1)) << n;
}

TEST(Schedule, HasItsBurstsOnTime) {
  const Schedule bursts({10, 10}, seconds(3),
                        Burst{1000, seconds(1), std::chrono::milliseconds(100)});
  // 10 in the first second, 100 in the burst, 9 until the next second, 100, 9.
  ASSERT_EQ(bursts.size(), 228U);
  EXPECT_EQ(bursts.due(9), nanoseconds(900'000'000));
  EXPECT_EQ(bursts.due(10), nanoseconds(seconds(1)));
  EXPECT_EQ(bursts.due(11), nanoseconds(1'001'000'000));
  EXPECT_NEAR(static_cast<double>(bursts.due(110).count()), 1.1e9, 1000);
  EXPECT_NEAR(static_cast<double>(bursts.due(119).count()), 2e9, 1000);
}

TEST(Schedule, RefusesWhatIsNoRateNoTimeOrTooMuch) {
  EXPECT_THROW(Schedule(0, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(-1, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(std::nan(""), seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(1e9, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(Rate{0, 0}, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(Rate{-1, 5}, seconds(1)), std::invalid_argument);
  const std::chrono::milliseconds half(500);
  for (const Burst& burst :
       {Burst{0, seconds(1), half}, Burst{1e9, seconds(1), half}, Burst{9, half, seconds(1)},
        Burst{9, seconds(1), Duration(1)}, Burst{std::nan(""), seconds(1), half}})
    EXPECT_THROW(Schedule({1, 1}, seconds(9), burst), std::invalid_argument);
  EXPECT_THROW(Schedule(1, seconds(0)), std::invalid_argument);
  EXPECT_THROW(Schedule(1, kLengthMax + seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(kRateMax, kLengthMax), std::invalid_argument);
}

}  // namespace
}  // namespace vote::load

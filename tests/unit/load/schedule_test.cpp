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

TEST(Schedule, RefusesWhatIsNoRateNoTimeOrTooMuch) {
  EXPECT_THROW(Schedule(0, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(-1, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(std::nan(""), seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(1e9, seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(1, seconds(0)), std::invalid_argument);
  EXPECT_THROW(Schedule(1, kLengthMax + seconds(1)), std::invalid_argument);
  EXPECT_THROW(Schedule(kRateMax, kLengthMax), std::invalid_argument);
}

}  // namespace
}  // namespace vote::load

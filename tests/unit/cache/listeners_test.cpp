#include "cache/listeners.h"

#include <gtest/gtest.h>

namespace vote {
namespace {

TEST(ListenersOfCounts, HearAsLongAsTheyHoldTheirSeat) {
  Listeners listeners;
  int first = 0;
  int second = 0;
  Listeners::Seat seat = listeners.add(
      [&](const PollCounts& counts) { first += static_cast<int>(counts.total_votes); });
  const auto other = listeners.add([&](const PollCounts& /*counts*/) { ++second; });
  listeners.tell({PollId{}, 1, 5, {}});
  seat = {};
  listeners.tell({PollId{}, 2, 5, {}});
  EXPECT_EQ(first, 5);
  EXPECT_EQ(second, 2);
}

TEST(ListenersOfCounts, MayKeepTheirSeatForLongerThanTheCache) {
  Listeners::Seat seat;
  {
    Listeners listeners;
    seat = listeners.add([](const PollCounts& /*counts*/) {});
  }
}

}  // namespace
}  // namespace vote

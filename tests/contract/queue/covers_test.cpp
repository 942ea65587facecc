// Whether a store has all that a queue holds, by positions and state alone.
#include <gtest/gtest.h>

#include "queue/queue.h"

namespace vote {
namespace {

Position at(std::int32_t partition, std::int64_t next) {
  return {"votes", partition, next, std::nullopt, 0};
}

PartitionStatus log(std::int32_t partition, std::int64_t first, std::int64_t end) {
  PartitionStatus status;
  status.partition = partition;
  status.first_offset = first;
  status.end_offset = end;
  return status;
}

TEST(Covers, EachPartitionMustBePassed) {
  const QueueStatus status{"votes", {log(0, 0, 5), log(1, 0, 7)}, 0};
  EXPECT_TRUE(covers({at(0, 5), at(1, 7)}, status));
  EXPECT_TRUE(covers({at(0, 6), at(1, 9)}, status)) << "what was appended since the state was told";
  EXPECT_FALSE(covers({at(0, 5), at(1, 6)}, status));
  EXPECT_FALSE(covers({at(0, 5)}, status));
}

TEST(Covers, APartitionThatHoldsNothingNeedsNoPosition) {
  EXPECT_TRUE(covers({}, {"votes", {log(0, 0, 0), log(1, 7, 7)}, 0}));
  EXPECT_FALSE(covers({}, {"votes", {log(0, 6, 7)}, 0}));
}

TEST(Covers, WhatWasDroppedBeforeItWasReadIsNotPassed) {
  EXPECT_FALSE(covers({at(0, 5)}, {"votes", {log(0, 7, 7)}, 0}));
}

TEST(Covers, ThePositionsOfAnotherTopicSayNothing) {
  Position other = at(0, 5);
  other.topic = "others";
  EXPECT_FALSE(covers({other}, {"votes", {log(0, 0, 5)}, 0}));
}

TEST(ArePast, APartitionThatGoesOnIsPassedOnceWhatWasReadIsLaterByMoreThanClocksDiffer) {
  using namespace std::chrono_literals;
  const Time end{};
  const QueueStatus status{"votes", {log(0, 0, 9), log(1, 0, 7)}, 0};
  Position behind = at(0, 5);
  EXPECT_FALSE(are_past(end, 2s, {behind, at(1, 7)}, status)) << "nobody knows what was read";
  behind.last_stamp = end + 2s;
  EXPECT_FALSE(are_past(end, 2s, {behind, at(1, 7)}, status));
  behind.last_stamp = end + 2s + 1us;
  EXPECT_TRUE(are_past(end, 2s, {behind, at(1, 7)}, status));
  EXPECT_FALSE(are_past(end, 2s, {behind, at(1, 6)}, status))
      << "one partition says nothing of another";
  EXPECT_FALSE(are_past(end, 2s, {behind}, status));
}

}  // namespace
}  // namespace vote

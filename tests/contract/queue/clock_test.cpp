// What a queue owes whose clock a test can set: a broker's is the machine's.
#include "contract/queue/fixture.h"

namespace vote {
namespace {

class QueueClock : public test::QueueFixture {
 protected:
  QueueClock() : QueueFixture(test::make_clocked_queue_world()) {}

  test::ClockedQueueWorld& clock = static_cast<test::ClockedQueueWorld&>(*world);
};

TEST_F(QueueClock, StampsAreTheQueuesAndNeverGoBack) {
  const Time later = test::kStart + std::chrono::hours(1);
  clock.jump(later);
  EXPECT_EQ(append(*queue, message("a")).stamp, later);
  clock.jump(test::kStart);
  EXPECT_EQ(append(*queue, message("b")).stamp, later);
  EXPECT_EQ(append(*world->open(), message("c")).stamp, later);
  clock.jump(later + Duration(1));
  EXPECT_EQ(append(*queue, message("d")).stamp, later + Duration(1));
}

TEST_F(QueueClock, WhatWasProcessedLongAgoGoesAndTheLastOfItStays) {
  for (const char* value : {"a", "b", "c"}) append(*queue, message(value));
  clock.jump(test::kStart + std::chrono::hours(24 * 365));
  Position done;
  {
    auto consumer = reader(*queue);
    done = after(take(*consumer, 3).at(2));
    ASSERT_TRUE(consumer->commit({done}));
  }
  auto consumer = queue->consumer();
  join(*consumer);
  EXPECT_TRUE(seek(*consumer, done));
  EXPECT_EQ(append(*queue, message("d")).offset, done.next_offset);
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "d");
}

}  // namespace
}  // namespace vote

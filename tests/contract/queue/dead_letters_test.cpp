// What every backend of the queue port owes to messages that died.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "contract/queue/fixture.h"

namespace vote {
namespace {

using test::QueueContract;

TEST_P(QueueContract, DeadLettersAreListedInOrderWithTheirHeaders) {
  Message poison = message(std::string("\0\xFF", 2));
  poison.headers = {{std::string(kErrorHeader), "malformed: not JSON"},
                    {std::string(kOriginalOffsetHeader), "7"}};
  bury(*queue, poison);
  bury(*queue, message("second"));
  bury(*queue, message("third"));
  EXPECT_EQ(status(*queue).dead_letters, 3);
  const auto first_two = letters(*world->open(), 0, 2);
  ASSERT_EQ(first_two.size(), 2U);
  EXPECT_EQ(first_two[0].message.value, poison.value);
  EXPECT_EQ(first_two[0].message.key, poison.key);
  EXPECT_EQ(first_two[0].message.headers, poison.headers);
  const auto rest = letters(*queue, first_two[1].id, 10);
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].message.value, "third");
  EXPECT_TRUE(nothing_comes(*reader(*queue))) << "a dead letter came round again";
}

TEST_P(QueueContract, AMessageBuriedAgainIsOneDeadLetterUntilThatIsRemoved) {
  const Message poison = poison_from(7, std::string("\0\xFF", 2));
  bury(*queue, poison);
  bury(*world->open(), poison);
  ASSERT_EQ(letters(*queue, 0, 10).size(), 1U);
  bury(*queue, poison_from(8, poison.value));
  bury(*queue, poison_from(7, "of another log"));
  EXPECT_EQ(letters(*queue, 0, 10).size(), 3U) << "one that was no copy is lost";
  EXPECT_TRUE(remove(*queue, letters(*queue, 0, 1).at(0).id));
  bury(*queue, poison);
  EXPECT_EQ(letters(*queue, 0, 10).size(), 3U);
}

TEST_P(QueueContract, ADeadLetterThatWasRemovedIsGoneAndItsIdWithIt) {
  bury(*queue, message("first"));
  bury(*queue, message("second"));
  const std::int64_t id = letters(*queue, 0, 2).at(1).id;
  EXPECT_TRUE(remove(*world->open(), id));
  EXPECT_FALSE(remove(*queue, id));
  EXPECT_FALSE(remove(*queue, 0));
  bury(*queue, message("third"));
  const auto left = letters(*world->open(), 0, 10);
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].message.value, "first");
  EXPECT_GT(left[1].id, id);
  EXPECT_EQ(status(*queue).dead_letters, 2);
}

TEST_P(QueueContract, OfSeveralWhoRemoveADeadLetterAtOnceOneIsToldThatItWasThere) {
  constexpr int kLetters = 50;
  const auto other = world->open();
  for (int n = 0; n < kLetters; ++n) bury(*queue, message(std::to_string(n)));
  std::atomic<int> removed = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      Queue& through = thread % 2 == 0 ? *queue : *other;
      for (const DeadLetter& letter : letters(through, 0, kLetters))
        if (remove(through, letter.id)) ++removed;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(removed, kLetters);
  EXPECT_TRUE(letters(*queue, 0, 1).empty());
}

}  // namespace
}  // namespace vote

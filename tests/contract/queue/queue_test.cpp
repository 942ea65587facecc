// What every backend of the queue port owes to those who append and read.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "contract/queue/backend.h"
#include "runtime/blocking.h"
#include "world/votes.h"

namespace vote {
namespace {

constexpr Duration kWait = std::chrono::seconds(1);

class QueueContract : public testing::TestWithParam<test::QueueBackend> {
 protected:
  using Assigned = std::optional<std::vector<std::int32_t>>;

  static Message message(std::string value) {
    return {test::new_id<UserId>(), std::move(value), {}};
  }
  static Appended append(Queue& to, Message message) {
    const auto result =
        wait_for<AppendResult>([&](auto done) { to.append(std::move(message), std::move(done)); });
    if (const auto* failure = std::get_if<AppendFailure>(&result))
      throw std::runtime_error(failure->detail);
    return std::get<Appended>(result);
  }
  /// A consumer that reads from the beginning of everything.
  std::unique_ptr<Consumer> reader(Queue& from) const {
    auto consumer = from.consumer();
    const auto assigned = consumer->assignment(kWait);
    if (!assigned || !*assigned || (*assigned)->empty()) throw std::runtime_error("not assigned");
    std::vector<Position> beginning;
    for (const std::int32_t partition : **assigned) beginning.push_back(position(partition, 0));
    if (!consumer->seek(beginning)) throw std::runtime_error("cannot seek");
    return consumer;
  }
  Position position(std::int32_t partition, std::int64_t next) const {
    return {world->topic(), partition, next, std::nullopt, 0};
  }
  Position after(const Delivered& last) const {
    return {world->topic(), last.partition, last.offset + 1, last.stamp,
            message_digest(last.message.value)};
  }
  static std::vector<Delivered> take(Consumer& consumer, std::size_t count) {
    std::vector<Delivered> taken;
    for (bool empty = false; taken.size() < count && !empty;) {
      auto some = consumer.take(count - taken.size(), kWait);
      if (!some) throw std::runtime_error(some.error().detail);
      empty = some->empty();
      std::move(some->begin(), some->end(), std::back_inserter(taken));
    }
    return taken;
  }
  static QueueStatus status(Queue& of) {
    auto told = wait_for<Result<QueueStatus>>([&](auto done) { of.status(std::move(done)); });
    if (!told) throw std::runtime_error(told.error().detail);
    return *told;
  }
  static std::vector<DeadLetter> letters(Queue& of, std::int64_t from, std::size_t limit) {
    auto found = wait_for<Result<std::vector<DeadLetter>>>(
        [&](auto done) { of.dead_letters(from, limit, std::move(done)); });
    if (!found) throw std::runtime_error(found.error().detail);
    return *found;
  }
  static bool remove(Queue& from, std::int64_t id) {
    auto removed =
        wait_for<Result<bool>>([&](auto done) { from.remove_dead_letter(id, std::move(done)); });
    if (!removed) throw std::runtime_error(removed.error().detail);
    return *removed;
  }
  static Message poison_from(std::int64_t offset, std::string value) {
    Message poison = message(std::move(value));
    poison.headers = {{std::string(kErrorHeader), "malformed"},
                      {std::string(kOriginalTopicHeader), "votes"},
                      {std::string(kOriginalPartitionHeader), "0"},
                      {std::string(kOriginalOffsetHeader), std::to_string(offset)}};
    return poison;
  }
  static void bury(Queue& to, Message message) {
    const auto buried = wait_for<Result<Done>>(
        [&](auto done) { to.add_dead_letter(std::move(message), std::move(done)); });
    if (!buried) throw std::runtime_error(buried.error().detail);
  }

  std::unique_ptr<test::QueueWorld> world = GetParam().make();
  std::unique_ptr<Queue> queue = world->open();
};

TEST_P(QueueContract, AnAcknowledgedMessageIsThereForWhoeverOpensTheLogNext) {
  const Appended place = append(*queue, message("hello"));
  const auto other = world->open();
  const auto taken = take(*reader(*other), 1);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].message.value, "hello");
  EXPECT_EQ(taken[0].offset, place.offset);
  EXPECT_EQ(taken[0].partition, place.partition);
  EXPECT_EQ(taken[0].stamp, place.stamp);
}

TEST_P(QueueContract, AMessageKeepsItsKeyItsBytesAndItsHeaders) {
  std::string every_byte("\0\xFF\xC3(", 4);
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  Message sent = message(every_byte);
  sent.headers = {{"x-error", "no \"good\"\n"}, {"x-retry-count", "2"}, {"empty", ""}};
  append(*queue, sent);
  append(*queue, message(""));
  const auto taken = take(*reader(*queue), 2);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].message.key, sent.key);
  EXPECT_EQ(taken[0].message.value, every_byte);
  EXPECT_EQ(taken[0].message.headers, sent.headers);
  EXPECT_EQ(taken[1].message.value, "");
  EXPECT_TRUE(taken[1].message.headers.empty());
}

TEST_P(QueueContract, AMessageOfAMegabyteIsTakenAndOneOfAByteMoreCertainlyNot) {
  constexpr std::size_t kMegabyte = 1'048'576;
  append(*queue, message(std::string(kMegabyte, '\xFF')));
  const auto result = wait_for<AppendResult>(
      [&](auto done) { queue->append(message(std::string(kMegabyte + 1, 'x')), std::move(done)); });
  ASSERT_TRUE(std::holds_alternative<AppendFailure>(result));
  EXPECT_FALSE(std::get<AppendFailure>(result).may_have_landed);
  const auto taken = take(*reader(*queue), 2);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].message.value.size(), kMegabyte);
}

TEST_P(QueueContract, AMessageCanBeAppendedToEachPartition) {
  const QueueStatus before = status(*queue);
  ASSERT_FALSE(before.partitions.empty());
  for (const PartitionStatus& partition : before.partitions) {
    append(*queue, message("before"));
    const auto result = wait_for<AppendResult>([&](auto done) {
      queue->append_to(partition.partition, message("to one"), std::move(done));
    });
    ASSERT_TRUE(std::holds_alternative<Appended>(result));
    EXPECT_EQ(std::get<Appended>(result).partition, partition.partition);
  }
  const auto taken = take(*reader(*queue), 100);
  EXPECT_EQ(std::count_if(taken.begin(), taken.end(),
                          [](const Delivered& each) { return each.message.value == "to one"; }),
            static_cast<std::ptrdiff_t>(before.partitions.size()));
}

TEST_P(QueueContract, APartitionThatIsNotThereTakesNothing) {
  const auto result = wait_for<AppendResult>(
      [&](auto done) { queue->append_to(9'999, message("lost"), std::move(done)); });
  ASSERT_TRUE(std::holds_alternative<AppendFailure>(result));
  EXPECT_FALSE(std::get<AppendFailure>(result).may_have_landed);
  EXPECT_TRUE(take(*reader(*queue), 1).empty());
}

TEST_P(QueueContract, StampsAreTheQueuesAndNeverGoBack) {
  const Time later = test::kStart + std::chrono::hours(1);
  world->jump(later);
  EXPECT_EQ(append(*queue, message("a")).stamp, later);
  world->jump(test::kStart);
  EXPECT_EQ(append(*queue, message("b")).stamp, later);
  EXPECT_EQ(append(*world->open(), message("c")).stamp, later);
  world->jump(later + Duration(1));
  EXPECT_EQ(append(*queue, message("d")).stamp, later + Duration(1));
}

TEST_P(QueueContract, MessagesOfAPartitionAreTakenInTheirOrder) {
  const UserId key = test::new_id<UserId>();
  for (int n = 0; n < 100; ++n) append(*queue, {key, std::to_string(n), {}});
  const auto consumer = reader(*queue);
  std::vector<Delivered> taken = take(*consumer, 30);
  ASSERT_EQ(taken.size(), 30U);
  for (Delivered& more : take(*consumer, 100)) taken.push_back(std::move(more));
  ASSERT_EQ(taken.size(), 100U);
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(taken[static_cast<std::size_t>(n)].message.value, std::to_string(n));
    EXPECT_EQ(taken[static_cast<std::size_t>(n)].offset, taken[0].offset + n);
  }
}

TEST_P(QueueContract, ATakeOfAnEmptyLogEndsWithNothing) {
  EXPECT_TRUE(take(*reader(*queue), 1).empty());
}

TEST_P(QueueContract, WhatIsAppendedMeanwhileIsTaken) {
  const auto consumer = reader(*queue);
  EXPECT_TRUE(take(*consumer, 1).empty());
  append(*queue, message("late"));
  EXPECT_EQ(take(*consumer, 1).size(), 1U);
}

TEST_P(QueueContract, NothingIsGivenBeforeAPositionWasSought) {
  append(*queue, message("a"));
  const auto consumer = queue->consumer();
  ASSERT_TRUE(consumer->assignment(kWait));
  const auto taken = consumer->take(1, Duration(0));
  EXPECT_FALSE(taken && !taken->empty());
}

TEST_P(QueueContract, OneMemberReadsTheOtherStandsByAndTakesOver) {
  append(*queue, message("a"));
  append(*queue, message("b"));
  const auto other_queue = world->open();
  auto first = reader(*queue);
  const auto taken = take(*first, 1);
  const auto second = other_queue->consumer();
  const auto standing_by = second->assignment(Duration(0));
  ASSERT_TRUE(standing_by);
  EXPECT_EQ(*standing_by, Assigned(std::in_place));
  const auto unchanged = second->assignment(Duration(0));
  ASSERT_TRUE(unchanged);
  EXPECT_EQ(*unchanged, std::nullopt);
  first.reset();
  const auto over = second->assignment(kWait);
  ASSERT_TRUE(over && *over);
  ASSERT_FALSE((*over)->empty());
  ASSERT_TRUE(second->seek({after(taken.at(0))}));
  EXPECT_EQ(take(*second, 2).at(0).message.value, "b");
}

TEST_P(QueueContract, AnAssignmentIsToldOnce) {
  const auto consumer = queue->consumer();
  const auto told = consumer->assignment(kWait);
  ASSERT_TRUE(told && *told);
  EXPECT_FALSE((*told)->empty());
  const auto again = consumer->assignment(Duration(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, std::nullopt);
}

TEST_P(QueueContract, ReadsOnFromAPositionThatFits) {
  for (const char* value : {"a", "b", "c"}) append(*queue, message(value));
  auto consumer = reader(*queue);
  const auto taken = take(*consumer, 2);
  ASSERT_TRUE(consumer->seek({after(taken[0])}));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "b");
  ASSERT_TRUE(consumer->seek({position(taken[0].partition, 0)}));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "a");
}

TEST_P(QueueContract, ThePlaceAtTheVeryEndFits) {
  append(*queue, message("a"));
  auto consumer = reader(*queue);
  const auto taken = take(*consumer, 1);
  ASSERT_TRUE(consumer->seek({after(taken[0])}));
  EXPECT_TRUE(take(*consumer, 1).empty());
}

/// Each way in which a position does not fit; nothing is read of the log afterwards.
struct Misfit {
  const char* name;
  void (*spoil)(Position&);
};

TEST_P(QueueContract, APositionThatDoesNotFitIsRefusedWithAnExplanation) {
  constexpr Misfit kMisfits[] = {
      {"beyond the end", [](Position& p) { p.next_offset += 100; }},
      {"another stamp", [](Position& p) { p.last_stamp = *p.last_stamp + Duration(1); }},
      {"another message", [](Position& p) { p.last_digest ^= 1; }},
      {"one further", [](Position& p) { ++p.next_offset; }},
  };
  append(*queue, message("a"));
  append(*queue, message("b"));
  auto consumer = reader(*queue);
  const Position fits = after(take(*consumer, 1).at(0));
  for (const Misfit& misfit : kMisfits) {
    Position position = fits;
    misfit.spoil(position);
    const auto sought = consumer->seek({position});
    ASSERT_FALSE(sought) << misfit.name;
    EXPECT_EQ(sought.error().code, Code::invalid_input) << misfit.name;
    EXPECT_GT(sought.error().detail.size(), 20U) << misfit.name;
    const auto taken = consumer->take(10, Duration(0));
    EXPECT_FALSE(taken && !taken->empty()) << misfit.name << ": a reset";
  }
  EXPECT_TRUE(consumer->seek({fits}));
}

TEST_P(QueueContract, ALogWhoseBeginningIsGoneIsNotReadFromWhereItBegins) {
  append(*queue, message("a"));
  append(*queue, message("b"));
  auto consumer = reader(*queue);
  const Position known = after(take(*consumer, 1).at(0));
  world->drop_up_to(known.next_offset - 1);
  EXPECT_FALSE(consumer->seek({position(known.partition, 0)}));
  EXPECT_FALSE(consumer->seek({known}));
}

TEST_P(QueueContract, ALogThatIsEmptyAgainIsAnotherOne) {
  append(*queue, message("a"));
  auto consumer = reader(*queue);
  const Position known = after(take(*consumer, 1).at(0));
  world->drop_up_to(known.next_offset);
  EXPECT_FALSE(consumer->seek({known}));
}

TEST_P(QueueContract, TellsWhereTheLogBeginsAndEndsAndHowFarItsReadersAre) {
  append(*queue, message("a"));
  const Appended last = append(*queue, message("b"));
  {
    auto consumer = reader(*queue);
    const auto taken = take(*consumer, 2);
    ASSERT_TRUE(consumer->commit({after(taken[0])}));
    ASSERT_TRUE(consumer->commit({after(taken[1])}));
  }
  const QueueStatus now = status(*queue);
  EXPECT_EQ(now.topic, world->topic());
  const auto& partition = now.partitions.at(static_cast<std::size_t>(last.partition));
  EXPECT_EQ(partition.end_offset, last.offset + 1);
  EXPECT_EQ(partition.committed, last.offset + 1);
  EXPECT_LE(partition.first_offset, last.offset);
  EXPECT_EQ(now.dead_letters, 0);
}

TEST_P(QueueContract, WhatWasProcessedLongAgoGoesAndTheLastOfItStays) {
  for (const char* value : {"a", "b", "c"}) append(*queue, message(value));
  world->jump(test::kStart + std::chrono::hours(24 * 365));
  Position done;
  {
    auto consumer = reader(*queue);
    done = after(take(*consumer, 3).at(2));
    ASSERT_TRUE(consumer->commit({done}));
  }
  auto consumer = queue->consumer();
  ASSERT_TRUE(consumer->assignment(kWait));
  EXPECT_TRUE(consumer->seek({done}));
  EXPECT_EQ(append(*queue, message("d")).offset, done.next_offset);
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "d");
}

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
  EXPECT_TRUE(take(*reader(*queue), 1).empty()) << "a dead letter came round again";
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

TEST_P(QueueContract, ManyAtOnceOverSeveralHandlesEachGetAPlaceOfTheirOwn) {
  constexpr int kEach = 500;
  const auto other = world->open();
  std::vector<std::promise<Appended>> places(std::size_t{4} * kEach);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      Queue& through = thread % 2 == 0 ? *queue : *other;
      for (int n = 0; n < kEach; ++n)
        through.append(message("x"), [&, at = thread * kEach + n](AppendResult result) {
          places[static_cast<std::size_t>(at)].set_value(std::get<Appended>(result));
        });
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::pair<std::int32_t, std::int64_t>> distinct;
  for (auto& place : places) {
    const Appended appended = place.get_future().get();
    distinct.insert({appended.partition, appended.offset});
  }
  EXPECT_EQ(distinct.size(), places.size());
  EXPECT_EQ(take(*reader(*queue), places.size() + 1).size(), places.size());
}

TEST_P(QueueContract, WhatWaitsWhenAQueueEndsIsAnswered) {
  std::atomic<int> answered = 0;
  for (int n = 0; n < 300; ++n)
    queue->append(message("x"), [&](const AppendResult& /*result*/) { ++answered; });
  queue.reset();
  EXPECT_EQ(answered, 300);
}

INSTANTIATE_TEST_SUITE_P(Backends, QueueContract, testing::Values(test::sqlite_queue_backend()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace vote

// What every backend of the queue port owes to those who append and read.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "contract/queue/fixture.h"

namespace vote {
namespace {

using test::QueueContract;

TEST_P(QueueContract, AnAcknowledgedMessageIsThereForWhoeverOpensTheLogNext) {
  const Appended place = append(*queue, message("hello"));
  const auto other = world->open();
  const auto taken = take(*reader(*other), 1);
  EXPECT_EQ(taken[0].message.value, "hello");
  EXPECT_EQ(taken[0].offset, place.offset);
  EXPECT_EQ(taken[0].partition, place.partition);
  EXPECT_EQ(taken[0].stamp, place.stamp);
}

TEST_P(QueueContract, AMessageKeepsItsKeyItsBytesAndItsHeaders) {
  std::string every_byte("\0\xFF\xC3(", 4);
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  Message sent = again(every_byte);
  sent.headers = {{"x-error", "no \"good\"\n"}, {"x-retry-count", "2"}, {"empty", ""}};
  append(*queue, sent);
  append(*queue, again(""));
  const auto taken = take(*reader(*queue), 2);
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
  const auto consumer = reader(*queue);
  EXPECT_EQ(take(*consumer, 1).at(0).message.value.size(), kMegabyte);
  EXPECT_TRUE(nothing_comes(*consumer));
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
  const auto taken = take(*reader(*queue), 2 * before.partitions.size());
  EXPECT_EQ(std::count_if(taken.begin(), taken.end(),
                          [](const Delivered& each) { return each.message.value == "to one"; }),
            static_cast<std::ptrdiff_t>(before.partitions.size()));
}

TEST_P(QueueContract, APartitionThatIsNotThereTakesNothing) {
  const auto result = wait_for<AppendResult>(
      [&](auto done) { queue->append_to(9'999, message("lost"), std::move(done)); });
  ASSERT_TRUE(std::holds_alternative<AppendFailure>(result));
  EXPECT_FALSE(std::get<AppendFailure>(result).may_have_landed);
  EXPECT_TRUE(nothing_comes(*reader(*queue)));
}

TEST_P(QueueContract, MessagesOfAPartitionAreTakenInTheirOrder) {
  const UserId key = test::new_id<UserId>();
  for (int n = 0; n < 100; ++n) append(*queue, {key, std::to_string(n), {}});
  const auto consumer = reader(*queue);
  std::vector<Delivered> taken = take(*consumer, 30);
  for (Delivered& more : take(*consumer, 70)) taken.push_back(std::move(more));
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(taken[static_cast<std::size_t>(n)].message.value, std::to_string(n));
    EXPECT_EQ(taken[static_cast<std::size_t>(n)].offset, taken[0].offset + n);
  }
}

TEST_P(QueueContract, ATakeOfAnEmptyLogEndsWithNothing) {
  EXPECT_TRUE(nothing_comes(*reader(*queue)));
}

TEST_P(QueueContract, WhatIsAppendedMeanwhileIsTaken) {
  const auto consumer = reader(*queue);
  EXPECT_TRUE(nothing_comes(*consumer));
  append(*queue, message("late"));
  EXPECT_EQ(take(*consumer, 1).size(), 1U);
}

TEST_P(QueueContract, NothingIsGivenBeforeAPositionWasSought) {
  append(*queue, message("a"));
  const auto consumer = queue->consumer();
  join(*consumer);
  const auto taken = consumer->take(1, kNothingComes);
  EXPECT_FALSE(taken && !taken->empty());
}

/// Each member looks in turn, as workers do, until every partition is read by one and the others
/// know that they have none or others.
void settle(const std::vector<Consumer*>& members, std::size_t partitions,
            std::map<Consumer*, std::vector<std::int32_t>> assigned) {
  constexpr Duration kTurn = std::chrono::milliseconds(50);
  const auto is_settled = [&] {
    std::multiset<std::int32_t> read;
    for (const auto& [member, own] : assigned) read.insert(own.begin(), own.end());
    const std::set<std::int32_t> distinct(read.begin(), read.end());
    return assigned.size() == members.size() && read.size() == partitions &&
           distinct.size() == partitions;
  };
  for (int turn = 0; turn < 400 && !is_settled(); ++turn)
    for (Consumer* member : members) {
      (void)member->take(1, kTurn);
      if (const auto told = member->assignment(kTurn); told && *told) assigned[member] = **told;
    }
  if (!is_settled()) throw std::runtime_error("the members do not agree on who reads what");
}

TEST_P(QueueContract, MembersShareThePartitionsAndWhoIsLeftReadsOn) {
  const std::size_t partitions = status(*queue).partitions.size();
  const Appended a = append(*queue, again("a"));
  append(*queue, again("b"));
  const auto other_queue = world->open();
  auto first = reader(*queue);
  const Delivered taken = take(*first, 1).at(0);
  EXPECT_EQ(taken.offset, a.offset);
  (void)first->seek({});
  const auto second = other_queue->consumer();
  std::vector<std::int32_t> all;
  for (std::size_t partition = 0; partition < partitions; ++partition)
    all.push_back(static_cast<std::int32_t>(partition));
  settle({first.get(), second.get()}, partitions, {{first.get(), all}});
  first.reset();
  settle({second.get()}, partitions, {});
  ASSERT_TRUE(seek(*second, after(taken)));
  EXPECT_EQ(take(*second, 1).at(0).message.value, "b");
}

TEST_P(QueueContract, AnAssignmentIsToldOnce) {
  const auto consumer = queue->consumer();
  EXPECT_FALSE(join(*consumer).empty());
  const auto again = consumer->assignment(Duration(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, std::nullopt);
}

TEST_P(QueueContract, ReadsOnFromAPositionThatFits) {
  for (const char* value : {"a", "b", "c"}) append(*queue, again(value));
  auto consumer = reader(*queue);
  const auto taken = take(*consumer, 2);
  ASSERT_TRUE(seek(*consumer, after(taken[0])));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "b");
  ASSERT_TRUE(seek(*consumer, position(taken[0].partition, 0)));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "a");
}

TEST_P(QueueContract, ThePlaceAtTheVeryEndFits) {
  append(*queue, message("a"));
  auto consumer = reader(*queue);
  const auto taken = take(*consumer, 1);
  ASSERT_TRUE(seek(*consumer, after(taken[0])));
  EXPECT_TRUE(nothing_comes(*consumer));
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
  append(*queue, again("a"));
  append(*queue, again("b"));
  auto consumer = reader(*queue);
  const Position fits = after(take(*consumer, 1).at(0));
  for (const Misfit& misfit : kMisfits) {
    Position position = fits;
    misfit.spoil(position);
    const auto sought = seek(*consumer, position);
    ASSERT_FALSE(sought) << misfit.name;
    EXPECT_EQ(sought.error().code, Code::invalid_input) << misfit.name;
    EXPECT_GT(sought.error().detail.size(), 20U) << misfit.name;
    const auto taken = consumer->take(10, Duration(0));
    EXPECT_FALSE(taken && !taken->empty()) << misfit.name << ": a reset";
  }
  EXPECT_TRUE(seek(*consumer, fits));
}

TEST_P(QueueContract, ALogWhoseBeginningIsGoneIsNotReadFromWhereItBegins) {
  append(*queue, again("a"));
  append(*queue, again("b"));
  auto consumer = reader(*queue);
  const Position known = after(take(*consumer, 1).at(0));
  world->drop_up_to(known.partition, known.next_offset - 1);
  EXPECT_FALSE(seek(*consumer, position(known.partition, 0)));
  EXPECT_EQ(static_cast<bool>(seek(*consumer, known)), world->may_drop_the_last());
  EXPECT_TRUE(seek(*consumer, position(known.partition, known.next_offset)))
      << "whoever gives up what is lost cannot read on";
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "b");
}

TEST_P(QueueContract, ALogThatIsEmptyAgainIsAnotherOneUnlessItsRetentionEmptiesIt) {
  append(*queue, again("a"));
  auto consumer = reader(*queue);
  const Position known = after(take(*consumer, 1).at(0));
  world->drop_up_to(known.partition, known.next_offset - 1);
  ASSERT_EQ(static_cast<bool>(seek(*consumer, known)), world->may_drop_the_last());
  if (!world->may_drop_the_last()) return;
  append(*queue, again("b"));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "b");
  ASSERT_TRUE(seek(*consumer, known));
  EXPECT_EQ(take(*consumer, 1).at(0).message.value, "b");
}

TEST_P(QueueContract, ALogThatDoesNotHoldTheNextMessageIsNotReadOn) {
  append(*queue, again("a"));
  const Appended next = append(*queue, again("b"));
  append(*queue, again("c"));
  auto consumer = reader(*queue);
  const Position known = after(take(*consumer, 1).at(0));
  world->drop_up_to(known.partition, next.offset);
  EXPECT_FALSE(seek(*consumer, known));
  EXPECT_FALSE(seek(*consumer, position(known.partition, known.next_offset)));
}

TEST_P(QueueContract, TellsWhereTheLogBeginsAndEndsAndHowFarItsReadersAre) {
  append(*queue, again("a"));
  const Appended last = append(*queue, again("b"));
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

TEST_P(QueueContract, AReaderThatFindsNothingMoreStillTellsHowFarItIs) {
  append(*queue, again("a"));
  const Appended last = append(*queue, again("b"));
  auto consumer = reader(*queue);
  for (const Delivered& each : take(*consumer, 2)) ASSERT_TRUE(consumer->commit({after(each)}));
  const auto committed = [&] {
    return status(*queue).partitions.at(static_cast<std::size_t>(last.partition)).committed;
  };
  for (int look = 0; look < 100 && committed() <= last.offset; ++look)
    ASSERT_TRUE(nothing_comes(*consumer));
  EXPECT_EQ(committed(), last.offset + 1);
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
  const auto consumer = reader(*queue);
  EXPECT_EQ(take(*consumer, places.size()).size(), places.size());
  EXPECT_TRUE(nothing_comes(*consumer));
}

TEST_P(QueueContract, WhatWaitsWhenAQueueEndsIsAnswered) {
  std::atomic<int> answered = 0;
  for (int n = 0; n < 300; ++n)
    queue->append(message("x"), [&](const AppendResult& /*result*/) { ++answered; });
  queue.reset();
  EXPECT_EQ(answered, 300);
}

INSTANTIATE_TEST_SUITE_P(Backends, QueueContract,
                         testing::Values(test::sqlite_queue_backend(), test::kafka_queue_backend(),
                                         test::memory_queue_backend()),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace vote

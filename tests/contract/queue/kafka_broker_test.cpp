// What the queue on Kafka owes while its broker is killed or frozen, and once it is back: each of
// these tests has a broker of its own.
#include "world/kafka_broker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

#include "queue/kafka/kafka_queue.h"
#include "runtime/blocking.h"
#include "world/kafka.h"
#include "world/votes.h"

namespace vote {
namespace {

using Steady = std::chrono::steady_clock;

class KafkaBrokerTest : public testing::Test {
 protected:
  static constexpr Duration kPatience = std::chrono::seconds(30);
  static constexpr Duration kTurn = std::chrono::milliseconds(50);

  template <class Condition>
  static bool comes_true(Condition is_so) {
    for (const auto end = Steady::now() + kPatience; Steady::now() < end;)
      if (is_so()) return true;
    return false;
  }
  AppendResult append(const std::string& value) {
    auto result = wait_for<AppendResult>([&](auto done) {
      queue.append({test::new_id<UserId>(), value, {}}, std::move(done));
    });
    if (std::holds_alternative<Appended>(result)) acknowledged.insert(value);
    return result;
  }
  bool lands(const std::string& value) { return std::holds_alternative<Appended>(append(value)); }
  /// Reads from the beginning until everything that was acknowledged has come.
  bool nothing_is_lost(Consumer& consumer) {
    std::set<std::string> missing = acknowledged;
    bool reads = false;
    return comes_true([&] {
      const auto told = consumer.assignment(kTurn);
      if (told && *told) reads = false;
      if (told && !reads) reads = seek_beginning(consumer);
      const auto taken = consumer.take(1000, kTurn);
      if (!taken)
        reads = false;
      else
        for (const Delivered& each : *taken) missing.erase(each.message.value);
      return missing.empty();
    });
  }
  bool seek_beginning(Consumer& consumer) {
    return static_cast<bool>(consumer.seek(topics.beginning()));
  }

  test::KafkaBroker broker;
  test::KafkaTopics topics{broker.address()};
  KafkaQueue queue{topics.settings()};
  std::set<std::string> acknowledged;
};

TEST_F(KafkaBrokerTest, KilledItIsMissedAtOnceAndFoundAgain) {
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(lands("before " + std::to_string(n)));
  const auto consumer = queue.consumer();
  ASSERT_TRUE(comes_true([&] {
    const auto told = consumer->assignment(kTurn);
    return told && *told && !(*told)->empty();
  }));
  ASSERT_TRUE(seek_beginning(*consumer));
  broker.kill();
  ASSERT_TRUE(comes_true([&] { return !queue.reachable(); }));
  const auto refused = append("while it is away");
  ASSERT_TRUE(std::holds_alternative<AppendFailure>(refused));
  EXPECT_FALSE(std::get<AppendFailure>(refused).may_have_landed);
  EXPECT_TRUE(comes_true([&] { return !consumer->take(1000, kTurn); }))
      << "a broker that is away looks like an empty log";
  const auto seeking = consumer->seek({});
  ASSERT_FALSE(seeking);
  EXPECT_EQ(seeking.error().code, Code::unavailable);
  broker.start();
  EXPECT_TRUE(comes_true([&] { return lands("after"); }));
  EXPECT_TRUE(nothing_is_lost(*consumer));
}

TEST_F(KafkaBrokerTest, AMemberLeavesItWithinWhatAServiceManagerWaitsAlthoughItHasJustFrozen) {
  constexpr Duration kStopMax = std::chrono::seconds(30);  // TimeoutStopSec of the units
  ASSERT_TRUE(lands("a") && lands("b"));
  auto consumer = queue.consumer();
  ASSERT_TRUE(comes_true([&] {
    const auto told = consumer->assignment(kTurn);
    return told && *told && !(*told)->empty();
  }));
  ASSERT_TRUE(seek_beginning(*consumer));
  std::vector<Delivered> taken;
  ASSERT_TRUE(comes_true([&] {
    const auto more = consumer->take(10, kTurn);
    if (more) taken.insert(taken.end(), more->begin(), more->end());
    return taken.size() == 2;
  }));
  for (const Delivered& each : taken)
    ASSERT_TRUE(consumer->commit({{"", each.partition, each.offset + 1, std::nullopt, 0}}));
  broker.freeze();
  std::promise<void> left;
  std::thread leaving([&] {
    consumer.reset();
    left.set_value();
  });
  EXPECT_EQ(left.get_future().wait_for(kStopMax), std::future_status::ready);
  broker.thaw();
  leaving.join();
}

TEST_F(KafkaBrokerTest, FrozenEveryAppendIsAnsweredAndNoMoreIsHeldThanMayBe) {
  constexpr std::size_t kTooMany = KafkaQueue::kAppendsWaitingMax + 1'000;
  ASSERT_TRUE(lands("before"));
  broker.freeze();
  std::atomic<std::size_t> certain = 0;
  std::atomic<std::size_t> answered = 0;
  std::promise<void> all;
  for (std::size_t n = 0; n < kTooMany; ++n)
    queue.append({UserId{}, "x", {}}, [&](const AppendResult& result) {
      if (const auto* failure = std::get_if<AppendFailure>(&result))
        if (!failure->may_have_landed) ++certain;
      if (++answered == kTooMany) all.set_value();
    });
  const std::size_t refused = certain;
  EXPECT_GE(refused, 1'000U) << "those that were too many waited all the same";
  ASSERT_EQ(all.get_future().wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(certain, refused) << "what librdkafka took may be in the log";
  ASSERT_TRUE(comes_true([&] { return !queue.reachable(); }));
  broker.thaw();
  EXPECT_TRUE(comes_true([&] { return lands("after"); }));
  EXPECT_TRUE(nothing_is_lost(*queue.consumer()));
}

}  // namespace
}  // namespace vote

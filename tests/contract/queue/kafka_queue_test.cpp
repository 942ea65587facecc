// What only the queue on Kafka owes: topics that are not as they must be, members that come and go,
// and what other programs read and write there.
#include "queue/kafka/kafka_queue.h"

#include <map>
#include <nlohmann/json.hpp>

#include "contract/queue/fixture.h"
#include "queue/kafka/cluster.h"
#include "queue/kafka/producer.h"
#include "queue/kafka/topics.h"
#include "world/kafka.h"
#include "world/kafka_broker.h"

namespace vote {
namespace {

using Steady = std::chrono::steady_clock;

/// Of topics that the test may spoil.
class KafkaQueueTest : public testing::Test {
 protected:
  static constexpr Duration kPatience = std::chrono::seconds(20);
  static constexpr Duration kTurn = std::chrono::milliseconds(50);

  static AppendResult append(Queue& to, const Message& message) {
    return wait_for<AppendResult>([&](auto done) { to.append(message, std::move(done)); });
  }
  static AppendResult append(Queue& to, const std::string& value) {
    return append(to, Message{test::new_id<UserId>(), value, {}});
  }
  static bool landed(const AppendResult& result) {
    return std::holds_alternative<Appended>(result);
  }
  /// Again and again until `is_so`.
  template <class Condition>
  static bool comes_true(Condition is_so) {
    for (const auto end = Steady::now() + kPatience; Steady::now() < end;)
      if (is_so()) return true;
    return false;
  }
  /// What it is refused with, empty where it is opened.
  std::string refusal() const {
    try {
      const KafkaQueue queue(settings);
      return "";
    } catch (const KafkaError& error) {
      EXPECT_EQ(error.kind(), KafkaError::Kind::unusable);
      return error.what();
    }
  }

  test::KafkaTopics topics;
  KafkaSettings settings = topics.settings();
};

TEST_F(KafkaQueueTest, WithoutItsTopicsSaysWhatToDo) {
  settings.topic += "-missing";
  EXPECT_NE(refusal().find(settings.topic), std::string::npos);
  EXPECT_NE(refusal().find("votectl queue create"), std::string::npos);
  settings = topics.settings();
  settings.dead_letter_topic += "-missing";
  EXPECT_NE(refusal().find(settings.dead_letter_topic), std::string::npos);
}

TEST_F(KafkaQueueTest, ATopicThatStampsWithItsSendersTimeIsRefused) {
  settings.topic += "-create-time";
  topics.make(settings.topic, 3, {{"message.timestamp.type", "CreateTime"}});
  EXPECT_NE(refusal().find("message.timestamp.type=LogAppendTime"), std::string::npos);
  topics.remove(settings.topic);
}

TEST_F(KafkaQueueTest, ATopicOfAnotherNumberOfPartitionsIsRefused) {
  ++settings.partitions;
  EXPECT_NE(refusal().find("has 3 partitions, not 4"), std::string::npos);
}

TEST_F(KafkaQueueTest, ACompactedTopicIsRefused) {
  settings.dead_letter_topic += "-compacted";
  topics.make(settings.dead_letter_topic, 1,
              {{"message.timestamp.type", "LogAppendTime"}, {"cleanup.policy", "compact"}});
  EXPECT_NE(refusal().find("cleanup.policy=delete"), std::string::npos);
  topics.remove(settings.dead_letter_topic);
}

TEST_F(KafkaQueueTest, TopicsAreMadeOnceWithTheirSettings) {
  const auto said = make_kafka_topics(settings);
  ASSERT_GE(said.size(), 2U);
  EXPECT_NE(said[0].find("was there already"), std::string::npos);
  const kafka::Cluster cluster(settings);
  auto made = cluster.settings_of(settings.topic);
  EXPECT_EQ(made["message.timestamp.type"], "LogAppendTime");
  EXPECT_EQ(made["retention.ms"], "604800000");
  EXPECT_EQ(made["unclean.leader.election.enable"], "false");
  EXPECT_EQ(cluster.settings_of(settings.dead_letter_topic)["retention.ms"], "-1");
}

TEST_F(KafkaQueueTest, WhatMakesATopicLessSafeIsAWarningThatSaysWhatItCosts) {
  topics.alter(settings.topic, "message.timestamp.type", "LogAppendTime");  // the rest: defaults
  topics.alter(settings.dead_letter_topic, "message.timestamp.type", "LogAppendTime");
  std::string said;
  for (const std::string& line : make_kafka_topics(settings)) said += line + '\n';
  EXPECT_NE(said.find("warning: topic " + settings.dead_letter_topic + " keeps messages for"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("1 replica where 3 are advised"), std::string::npos) << said;
  EXPECT_NE(said.find("takes messages of at most"), std::string::npos) << said;
}

TEST_F(KafkaQueueTest, ADeletedTopicTakesNothingUntilItIsThereAgain) {
  KafkaQueue queue(settings);
  ASSERT_TRUE(landed(append(queue, "a")));
  topics.remove(settings.topic);
  ASSERT_TRUE(comes_true([&] { return !queue.reachable(); }));
  const auto refused = append(queue, "b");
  ASSERT_FALSE(landed(refused));
  EXPECT_FALSE(std::get<AppendFailure>(refused).may_have_landed);
  EXPECT_NE(std::get<AppendFailure>(refused).detail.find("votectl queue create"),
            std::string::npos);
  make_kafka_topics(settings);
  EXPECT_TRUE(comes_true([&] { return landed(append(queue, "c")); }));
}

TEST_F(KafkaQueueTest, AStampThatIsNotTheBrokersIsNoAcknowledgementAndNoVote) {
  KafkaQueue queue(settings);
  topics.alter(settings.topic, "message.timestamp.type", "CreateTime");
  ASSERT_TRUE(comes_true([&] { return !landed(append(queue, "by another clock")); }));
  ASSERT_TRUE(comes_true([&] { return !queue.reachable(); }));
  topics.alter(settings.topic, "message.timestamp.type", "LogAppendTime");
  ASSERT_TRUE(comes_true([&] { return landed(append(queue, "by the broker's clock")); }));
  const auto consumer = queue.consumer();
  ASSERT_TRUE(comes_true([&] {
    const auto told = consumer->assignment(kTurn);
    return told && *told && !(*told)->empty();
  }));
  ASSERT_TRUE(consumer->seek(topics.beginning()));
  std::vector<std::string> values;
  ASSERT_TRUE(comes_true([&] {
    const auto taken = consumer->take(100, kTurn);
    for (const Delivered& each : *taken) values.push_back(each.message.value);
    return !values.empty() && values.back() == "by the broker's clock";
  }));
  EXPECT_EQ(std::count(values.begin(), values.end(), "by another clock"), 0);
}

TEST_F(KafkaQueueTest, WhatIsTooLongIsRefusedAsThatAndCertainlyNotAppended) {
  KafkaQueue queue(settings);
  const Message longest{UserId{}, std::string(KafkaQueue::kValueBytesMax, 'x'), {}};
  Message longer = longest;
  longer.value += 'x';
  Message headed{UserId{}, "x", {{"x-long", longer.value + longer.value}}};
  EXPECT_TRUE(landed(append(queue, longest)));
  for (const Message& message : {longer, headed}) {
    const auto refused = append(queue, message);
    ASSERT_FALSE(landed(refused));
    EXPECT_TRUE(std::get<AppendFailure>(refused).is_too_long);
    EXPECT_FALSE(std::get<AppendFailure>(refused).may_have_landed);
    const auto buried =
        wait_for<Result<Done>>([&](auto done) { queue.add_dead_letter(message, std::move(done)); });
    ASSERT_FALSE(buried);
    EXPECT_EQ(buried.error().code, Code::too_large);
  }
}

TEST_F(KafkaQueueTest, WhatABrokerHasRefusedIsNotCertainlyNotAppended) {
  settings.topic += "-narrow";
  topics.make(settings.topic, 3,
              {{"message.timestamp.type", "LogAppendTime"}, {"max.message.bytes", "10000"}});
  KafkaQueue queue(settings);
  ASSERT_TRUE(landed(append(queue, "short")));
  const auto refused = append(queue, std::string(20'000, 'x'));
  ASSERT_FALSE(landed(refused));
  EXPECT_TRUE(std::get<AppendFailure>(refused).is_too_long);
  EXPECT_TRUE(std::get<AppendFailure>(refused).may_have_landed);
  topics.remove(settings.topic);
}

TEST_F(KafkaQueueTest, WhereNoBrokerAnswersItOpensAndRefusesAtOnce) {
  settings.brokers = "127.0.0.1:1";
  KafkaQueue queue(settings);
  EXPECT_FALSE(queue.reachable());
  const auto result = append(queue, "a");
  ASSERT_FALSE(landed(result));
  EXPECT_FALSE(std::get<AppendFailure>(result).may_have_landed);
  EXPECT_NE(std::get<AppendFailure>(result).detail.find("127.0.0.1:1"), std::string::npos);
  const auto told =
      wait_for<Result<QueueStatus>>([&](auto done) { queue.status(std::move(done)); });
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, Code::unavailable);
  const auto consumer = queue.consumer();
  const auto assigned = consumer->assignment(Duration(0));
  ASSERT_FALSE(assigned);
  EXPECT_EQ(assigned.error().code, Code::unavailable);
  EXPECT_EQ(consumer->seek({}).error().code, Code::unavailable);
}

TEST_F(KafkaQueueTest, AProducerThatGaveUpForGoodIsReplaced) {
  const kafka::Cluster cluster(settings);
  kafka::Watch watch(settings, cluster);
  kafka::Producer producer(settings, watch);
  const auto send = [&] {
    return wait_for<AppendResult>([&](auto done) {
      producer.send({settings.topic, 0, "key", "value", {}}, std::move(done));
    });
  };
  ASSERT_TRUE(landed(send()));
  producer.fail_for_good();
  const auto refused = send();
  ASSERT_FALSE(landed(refused));
  EXPECT_FALSE(std::get<AppendFailure>(refused).may_have_landed);
  watch.start([&] { producer.renew_if_fatal(); });
  EXPECT_TRUE(comes_true([&] { return landed(send()); }));
  watch.stop();
}

TEST_F(KafkaQueueTest, KcatReadsWhatWasAppended) {
  KafkaQueue queue(settings);
  const UserId voter = test::new_id<UserId>();
  const auto result = wait_for<AppendResult>([&](auto done) {
    queue.append({voter, R"({"v":1})", {{"x-retry-count", "2"}}}, std::move(done));
  });
  ASSERT_TRUE(landed(result));
  const auto line = nlohmann::json::parse(test::output_of(
      "kcat -C -J -q -e -o beginning -b " + settings.brokers + " -t " + settings.topic));
  EXPECT_EQ(line["key"], voter.text());
  EXPECT_EQ(line["payload"], R"({"v":1})");
  EXPECT_EQ(line["headers"], nlohmann::json({"x-retry-count", "2"}));
  EXPECT_EQ(line["tstype"], "logappend");
  EXPECT_EQ(line["partition"], std::get<Appended>(result).partition);
  EXPECT_EQ(line["offset"], std::get<Appended>(result).offset);
}

TEST_F(KafkaQueueTest, AMemberThatIsAwayTooLongGivesItsPartitionsUpAndComesBack) {
  settings.properties = {{"session.timeout.ms", "6000"}, {"max.poll.interval.ms", "6000"}};
  KafkaQueue queue(settings);
  const auto away = queue.consumer();
  const auto other = queue.consumer();
  std::map<Consumer*, std::size_t> reads;
  const auto look = [&](Consumer& member) {
    (void)member.take(1, kTurn);
    const auto told = member.assignment(kTurn);
    if (told && *told) reads[&member] = (*told)->size();
  };
  ASSERT_TRUE(comes_true([&] {
    look(*away);
    return reads[away.get()] == 3;
  }));
  ASSERT_TRUE(comes_true([&] {
    look(*other);
    return reads[other.get()] == 3;
  })) << "its partitions are read by nobody";
  EXPECT_TRUE(comes_true([&] {
    look(*other);
    look(*away);
    return reads[away.get()] > 0 && reads[other.get()] > 0 &&
           reads[away.get()] + reads[other.get()] == 3;
  }));
}

TEST(KafkaProperty, WhatThePromisesRestOnMustNotBeSet) {
  for (const char* name :
       {"acks", "request.required.acks", "enable.auto.commit", "auto.offset.reset",
        "partition.assignment.strategy", "enable.idempotence", "bootstrap.servers",
        "metadata.broker.list", "message.timeout.ms"})
    EXPECT_EQ(kafka_property_defect(name, "1").find("must not be set: "), 0U) << name;
}

TEST(KafkaProperty, OthersMustBeLibrdkafkas) {
  EXPECT_EQ(kafka_property_defect("security.protocol", "SASL_SSL"), "");
  EXPECT_EQ(kafka_property_defect("linger.ms", "5"), "");
  EXPECT_NE(kafka_property_defect("linger.ms", "soon").find("must be"), std::string::npos);
  EXPECT_NE(kafka_property_defect("no.such.thing", "1").find("none of that name"),
            std::string::npos);
}

}  // namespace
}  // namespace vote

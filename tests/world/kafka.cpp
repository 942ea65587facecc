#include "world/kafka.h"

#include <stdexcept>

#include "queue/kafka/cluster.h"
#include "queue/kafka/topics.h"
#include "world/environment.h"
#include "world/votes.h"

namespace vote::test {
namespace {

using kafka::Freed;

constexpr int kAnswerMs = 15'000;

using NamedTopic = std::unique_ptr<rd_kafka_DeleteTopic_t, Freed<rd_kafka_DeleteTopic_destroy>>;
using Records = std::unique_ptr<rd_kafka_DeleteRecords_t, Freed<rd_kafka_DeleteRecords_destroy>>;
using Resource = std::unique_ptr<rd_kafka_ConfigResource_t, Freed<rd_kafka_ConfigResource_destroy>>;

/// Starts what an operator wishes and waits until the brokers have done it.
template <class Start>
kafka::Event ask(const KafkaSettings& settings, Start start) {
  const kafka::Client client =
      kafka::client_of(RD_KAFKA_PRODUCER, kafka::conf_of(settings, {}), settings);
  const kafka::EventQueue queue(rd_kafka_queue_new(client.get()));
  start(client.get(), queue.get());
  kafka::Event event(rd_kafka_queue_poll(queue.get(), kAnswerMs));
  if (!event) throw std::runtime_error("Kafka did not do it");
  if (const auto code = rd_kafka_event_error(event.get()))
    throw std::runtime_error(rd_kafka_err2str(code));
  return event;
}

}  // namespace

std::string kafka_brokers() {
  return server_url("VOTE_QUEUE_URL").substr(std::string("kafka://").size());
}

KafkaTopics::KafkaTopics(const std::string& brokers) {
  const std::string name = "test-" + new_id<PollId>().text();
  settings_.brokers = brokers.empty() ? kafka_brokers() : brokers;
  settings_.topic = name;
  settings_.dead_letter_topic = name + "-dlq";
  settings_.group = name;
  settings_.partitions = kPartitions;
  make_kafka_topics(settings_);
}

KafkaTopics::~KafkaTopics() {
  try {
    remove(settings_.topic);
    remove(settings_.dead_letter_topic);
  } catch (const std::exception&) {
    return;  // the brokers are gone, or the test has removed it
  }
}

std::vector<Position> KafkaTopics::beginning() const {
  std::vector<Position> positions(kPartitions);
  for (std::uint32_t partition = 0; partition < kPartitions; ++partition) {
    positions[partition].topic = settings_.topic;
    positions[partition].partition = static_cast<std::int32_t>(partition);
  }
  return positions;
}

void KafkaTopics::drop_up_to(std::int32_t partition, std::int64_t offset) {
  const kafka::Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), settings_.topic.c_str(), partition)->offset =
      offset + 1;
  const Records wish(rd_kafka_DeleteRecords_new(list.get()));
  const auto event = ask(settings_, [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteRecords_t* records = wish.get();
    rd_kafka_DeleteRecords(client, &records, 1, nullptr, queue);
  });
  const auto* done =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  if (done->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error(rd_kafka_err2str(done->elems[0].err));
}

void KafkaTopics::remove(const std::string& topic) {
  const NamedTopic wish(rd_kafka_DeleteTopic_new(topic.c_str()));
  ask(settings_, [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopic_t* named = wish.get();
    rd_kafka_DeleteTopics(client, &named, 1, nullptr, queue);
  });
}

void KafkaTopics::make(const std::string& topic, std::int32_t partitions,
                       const std::map<std::string, std::string>& settings) {
  kafka::Cluster(settings_).make({topic, partitions, 1, settings});
}

void KafkaTopics::alter(const std::string& topic, const std::string& setting,
                        const std::string& value) {
  const Resource wish(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_set_config(wish.get(), setting.c_str(), value.c_str());
  ask(settings_, [&](rd_kafka_t* client, rd_kafka_queue_t* queue) {
    rd_kafka_ConfigResource_t* resource = wish.get();
    rd_kafka_AlterConfigs(client, &resource, 1, nullptr, queue);
  });
}

}  // namespace vote::test

#include "queue/kafka/settings.h"

#include <array>
#include <utility>

#include "queue/kafka/handles.h"

namespace vote {
namespace {

constexpr std::string_view kAcks = "a vote is acknowledged once every in-sync replica has it";
constexpr std::string_view kBrokers = "queue.url names the brokers";
constexpr std::string_view kPositions =
    "the store, not the broker, remembers how far the workers are";
constexpr std::string_view kTimeMax = "a request waits for its answer no longer than that";
constexpr std::string_view kWaiting = "what waits for the brokers is bounded by the queue itself";
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kFixed{{
    {"acks", kAcks},
    {"request.required.acks", kAcks},
    {"bootstrap.servers", kBrokers},
    {"metadata.broker.list", kBrokers},
    {"enable.auto.commit", kPositions},
    {"auto.commit.enable", kPositions},
    {"auto.offset.reset", "an offset outside the log stops the workers, and never skips votes"},
    {"partition.assignment.strategy", "others lose assignments in librdkafka 2.0.2"},
    {"enable.idempotence", "it turns fatal when a broker is lost, and a vote may come twice"},
    {"transactional.id", "it turns fatal when a broker is lost, and a vote may come twice"},
    {"message.timeout.ms", kTimeMax},
    {"delivery.timeout.ms", kTimeMax},
    {"request.timeout.ms", kTimeMax},
    {"message.max.bytes", "how long a message may be is the topic's to say (max.message.bytes)"},
    {"queue.buffering.max.messages", kWaiting},
    {"queue.buffering.max.kbytes", kWaiting},
    {"enable.partition.eof", "the store tells where a partition was read to its end"},
    {"delivery.report.only.error", "a vote is accepted by the report of its delivery"},
    {"allow.auto.create.topics", "topics are made by votectl queue create, with their settings"},
}};

}  // namespace

std::string kafka_property_defect(const std::string& name, const std::string& value) {
  for (const auto& [fixed, why] : kFixed)
    if (name == fixed) return "must not be set: " + std::string(why);
  const kafka::Conf conf(rd_kafka_conf_new());
  std::array<char, 512> words{};
  switch (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), words.data(), words.size())) {
    case RD_KAFKA_CONF_OK:
      return "";
    case RD_KAFKA_CONF_UNKNOWN:
      return "must be a property of librdkafka, which has none of that name";
    default:
      return "must be as librdkafka takes it: " + std::string(words.data());
  }
}

std::string kafka::name_of(const KafkaSettings& settings) {
  return "kafka://" + settings.brokers;
}

}  // namespace vote

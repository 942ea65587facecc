#include "program/backend/kafka_brokers.h"

#include <algorithm>

#include "config/address.h"
#include "queue/kafka/topics.h"

namespace vote::program {
namespace {

constexpr std::string_view kPrefix = "kafka://";
constexpr std::string_view kKeyPrefix = "queue.kafka.";

}  // namespace

std::string kafka_url_defect(const std::string& url) {
  std::string must =
      "must be kafka:// and host:port of one or more brokers, such as "
      "kafka://one.example.org:9092,two.example.org:9092";
  if (!url.starts_with(kPrefix)) return must;
  std::string_view rest = std::string_view(url).substr(kPrefix.size());
  for (;;) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto broker = parse_address(rest.substr(0, comma));
    if (!broker || broker->port == 0) return must;
    if (comma == rest.size()) return "";
    rest.remove_prefix(comma + 1);
  }
}

std::string kafka_key_defect(std::string_view key, const Config& config) {
  if (!key.starts_with(kKeyPrefix)) return "";
  const std::string property(key.substr(kKeyPrefix.size()));
  return kafka_property_defect(property, config.queue.kafka.at(property));
}

KafkaSettings kafka_settings(const Config& config) {
  KafkaSettings settings;
  settings.brokers = config.queue.url.substr(kPrefix.size());
  settings.topic = config.queue.topic;
  settings.dead_letter_topic = config.queue.dead_letter_topic;
  settings.partitions = config.queue.partitions;
  settings.properties = config.queue.kafka;
  if (const auto group = settings.properties.find("group.id"); group != settings.properties.end())
    settings.group = group->second;
  return settings;
}

std::vector<std::string> kafka_make_topics(const Config& config) {
  try {
    return make_kafka_topics(kafka_settings(config));
  } catch (const KafkaError& error) {
    if (error.kind() == KafkaError::Kind::unusable) throw;
    throw KafkaError(error.kind(), std::string(error.what()) +
                                       "; check that the brokers run and queue.url names them");
  }
}

}  // namespace vote::program

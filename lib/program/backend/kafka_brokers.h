#pragma once
// Kafka brokers as a backend: their URL, what [queue.kafka] hands through, the queue's topics.
// Internal to program/backend/.
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "queue/kafka/settings.h"

namespace vote::program {

/// What is wrong with "kafka://host:port,host:port" ("must …"), or nothing. Connects nowhere.
std::string kafka_url_defect(const std::string& url);
/// What is wrong with the key "queue.kafka.…", or nothing, also where it is another key.
std::string kafka_key_defect(std::string_view key, const Config& config);
KafkaSettings kafka_settings(const Config& config);

/// Throws KafkaError.
std::vector<std::string> kafka_make_topics(const Config& config);

}  // namespace vote::program

#pragma once
// Where the Kafka queue is and how librdkafka is told to behave: the defaults of the house, then
// what [queue.kafka] hands through, then what the promises rest on and nobody may change.
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "vote/time.h"

namespace vote {

struct KafkaSettings {
  std::string brokers;  // "host:port,host:port"
  std::string topic = "votes";
  std::string dead_letter_topic = "votes-dlq";
  std::uint32_t partitions = 12;                  // of `topic`
  std::string group = "vote-processors";          // of those who read it
  std::map<std::string, std::string> properties;  // of librdkafka, by name
};

/// What is wrong with one of `properties` ("must …"), or nothing: librdkafka has none of that name,
/// does not take that value, or it is one that the queue's promises rest on.
std::string kafka_property_defect(const std::string& name, const std::string& value);

/// What Kafka's trouble is, on which brokers or topic, and what to do.
class KafkaError : public std::runtime_error {
 public:
  enum class Kind {
    unavailable,  // no answer now; later there may be one
    unusable      // an answer that only somebody can change
  };
  KafkaError(Kind kind, const std::string& what) : std::runtime_error(what), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

namespace kafka {

/// Every request ends within that, with an answer or without.
inline constexpr Duration kRequestTimeMax = std::chrono::seconds(3);

/// `kafka://one:9092,two:9092`, for messages.
std::string name_of(const KafkaSettings& settings);

}  // namespace kafka
}  // namespace vote

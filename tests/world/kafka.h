#pragma once
// Topics of its own for each test, on the brokers of the environment, and what only who runs Kafka
// can do to them.
#include <map>
#include <string>
#include <vector>

#include "queue/kafka/settings.h"
#include "queue/queue.h"

namespace vote::test {

class KafkaTopics {
 public:
  static constexpr std::uint32_t kPartitions = 3;

  /// Makes them as `votectl queue create` does. `brokers`: "host:port"; empty: those of
  /// VOTE_QUEUE_URL.
  explicit KafkaTopics(const std::string& brokers = "");
  /// Removes them, where the brokers still run.
  ~KafkaTopics();
  KafkaTopics(const KafkaTopics&) = delete;

  /// Of topics and of a group that nobody else has.
  const KafkaSettings& settings() const { return settings_; }

  /// Of each partition, where nothing is known of it.
  std::vector<Position> beginning() const;

  void drop_up_to(std::int32_t partition, std::int64_t offset);
  void remove(const std::string& topic);
  void make(const std::string& topic, std::int32_t partitions,
            const std::map<std::string, std::string>& settings);
  /// Sets one setting of a topic; others that were set before are the brokers' defaults again.
  void alter(const std::string& topic, const std::string& setting, const std::string& value);

 private:
  KafkaSettings settings_;
};

/// "host:port" of the environment's brokers.
std::string kafka_brokers();

}  // namespace vote::test

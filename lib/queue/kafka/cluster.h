#pragma once
// What a Kafka cluster can be asked about its topics, and told to make: a client that neither
// appends nor reads. Internal to queue/kafka/. Thread-safe; the calls block, each for
// a few times kRequestTimeMax at most, and throw KafkaError.
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "queue/kafka/client.h"

namespace vote::kafka {

struct PartitionLayout {
  std::int32_t partition = 0;
  std::int32_t replicas = 0;
  std::int32_t in_sync = 0;  // of the replicas
};

struct TopicToMake {
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replicas = 0;
  std::map<std::string, std::string> settings;
};

class Cluster {
 public:
  explicit Cluster(const KafkaSettings& settings);

  std::size_t brokers() const;
  /// In order of partition; nothing where there is no such topic.
  std::optional<std::vector<PartitionLayout>> layout(const std::string& topic) const;
  /// The topic's settings as the brokers apply them, by name.
  std::map<std::string, std::string> settings_of(const std::string& topic) const;
  /// False where it is there already.
  bool make(const TopicToMake& topic) const;

  struct Ends {
    std::int64_t first = 0;  // offset of what the log still holds
    std::int64_t end = 0;    // where the next message goes
  };
  /// Of partitions 0 to `partitions` - 1.
  std::vector<Ends> ends(const std::string& topic, std::int32_t partitions) const;
  /// What the group has committed; 0 where it has nothing.
  std::vector<std::int64_t> committed(const std::string& topic, std::int32_t partitions) const;

 private:
  template <class Start>
  Event ask(rd_kafka_admin_op_t request, const std::string& what, Start start) const;
  rd_kafka_resp_err_t ask_offsets(rd_kafka_topic_partition_list_t& list, std::int64_t which) const;
  std::vector<std::int64_t> offsets(const std::string& topic, std::int32_t partitions,
                                    std::int64_t which) const;
  std::string of(const std::string& topic) const;  // "votes on kafka://…"

  static void note(rd_kafka_t* client, int code, const char* words, void* cluster);
  KafkaError error_of(rd_kafka_resp_err_t code, const std::string& what) const;

  const KafkaSettings settings_;
  mutable std::mutex mutex_;
  mutable std::string last_words_;  // of the last connection that failed
  Client client_;
};

}  // namespace vote::kafka

#pragma once
// Appends, and answers each exactly once: acknowledged by every in-sync
// replica, or not, and then whether it may be in the log all the same. Retries are librdkafka's,
// without idempotence: a second copy does no harm. Internal to queue/kafka/. Thread-safe.
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "queue/kafka/client.h"
#include "queue/kafka/waiting.h"
#include "queue/kafka/watch.h"

namespace vote::kafka {

struct Record {
  const std::string& topic;
  std::int32_t partition = RD_KAFKA_PARTITION_UA;  // that: by the key
  std::string key = {};
  std::optional<std::string> value = {};  // nothing is not the same as an empty one
  Headers headers = {};
};

class Producer {
 public:
  Producer(const KafkaSettings& settings, Watch& watch);
  /// Answers what waits: appends it where the brokers answer, else as a failure.
  ~Producer();

  void send(const Record& record, Completion<AppendResult> done);
  /// Where librdkafka has given up for good, answers what waits and begins anew. For the watch.
  void renew_if_fatal();
  /// As if librdkafka had given up. For tests: without idempotence nothing makes it.
  void fail_for_good();

 private:
  class Generation;

  const KafkaSettings& settings_;
  Watch& watch_;
  std::shared_mutex mutex_;
  std::unique_ptr<Generation> generation_;
};

}  // namespace vote::kafka

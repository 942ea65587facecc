#pragma once
// Reads partitions of a topic from offsets of one's choice, outside the group of workers. Internal
// to queue/kafka/. Used by one thread; the calls block and throw KafkaError.
#include <cstdint>
#include <string>
#include <vector>

#include "queue/kafka/client.h"

namespace vote::kafka {

struct LogPlace {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

class LogReader {
 public:
  LogReader(const KafkaSettings& settings, std::string topic);
  ~LogReader();
  LogReader(const LogReader&) = delete;

  /// From now on reads from there, and nothing else.
  void start(const std::vector<LogPlace>& places);
  /// The next of any of the partitions; one with err RD_KAFKA_RESP_ERR__PARTITION_EOF where a
  /// partition ends for now. Throws where nothing comes within kRequestTimeMax, or a place is
  /// outside the log.
  MessageHandle next();

  /// Lets go of what was fetched.
  void stop();

 private:
  KafkaSettings settings_;
  std::string topic_;
  Client client_;
  Topic handle_;
  EventQueue queue_;
  std::vector<LogPlace> started_;
};

}  // namespace vote::kafka

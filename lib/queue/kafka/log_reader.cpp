#include "queue/kafka/log_reader.h"

#include <utility>

namespace vote::kafka {

LogReader::LogReader(const KafkaSettings& settings, std::string topic)
    : settings_(settings),
      topic_(std::move(topic)),
      client_(client_of(RD_KAFKA_CONSUMER,
                        conf_of(settings, {{"enable.partition.eof", "true"},
                                           {"auto.offset.reset", "error"},
                                           {"allow.auto.create.topics", "false"},
                                           {"group.id", settings.group},
                                           {"enable.auto.commit", "false"},
                                           // The end is told, not waited for.
                                           {"fetch.wait.max.ms", "10"}}),
                        settings)),
      handle_(rd_kafka_topic_new(client_.get(), topic_.c_str(), nullptr)),
      queue_(rd_kafka_queue_new(client_.get())) {}

LogReader::~LogReader() {
  stop();
}

void LogReader::start(const std::vector<LogPlace>& places) {
  stop();
  for (const LogPlace& place : places) {
    if (rd_kafka_consume_start_queue(handle_.get(), place.partition, place.offset, queue_.get()) !=
        0)
      throw error_of(rd_kafka_last_error(), "topic " + topic_ + " on " + name_of(settings_));
    started_.push_back(place);
  }
}

void LogReader::stop() {
  for (const LogPlace& place : std::exchange(started_, {}))
    rd_kafka_consume_stop(handle_.get(), place.partition);
}

MessageHandle LogReader::next() {
  MessageHandle message(rd_kafka_consume_queue(queue_.get(), milliseconds(kRequestTimeMax)));
  const std::string what = "topic " + topic_ + " on " + name_of(settings_);
  if (!message) throw error_of(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  const bool usual = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
                     message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  if (!usual) throw error_of(message->err, what);
  return message;
}

}  // namespace vote::kafka

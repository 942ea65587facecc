#pragma once
// The dead letters, as the topic of one partition that holds letters and removals makes them. A
// letter's id is its offset + 1; its key says where the message died ("votes/3/17"). A removal is a
// message without a value whose headers name the letter and the one who removes: of several, the
// first in the log has removed it. A second letter of the same origin and value is no letter while
// the first is there. Internal to queue/kafka/.
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "queue/kafka/cluster.h"
#include "queue/kafka/log_reader.h"
#include "queue/kafka/producer.h"
#include "queue/queue.h"

namespace vote::kafka {

/// What is appended for a letter.
Record letter_record(const std::string& topic, const Message& message);

/// Keeps which letters there are, and not the letters. Used by one thread; the calls block, read
/// what the log holds by then, and throw KafkaError.
class DeadLetters {
 public:
  DeadLetters(const KafkaSettings& settings, const Cluster& cluster, Producer& producer);

  std::size_t count();
  /// In order of id, those after `after`.
  std::vector<DeadLetter> list(std::int64_t after, std::size_t limit);
  /// For each of `ids` whether it was there; all of them at the cost of one.
  std::vector<Result<bool>> remove(const std::vector<std::int64_t>& ids);

 private:
  void read_new();
  void read_up_to(std::int64_t end);
  void note(const rd_kafka_message_t& message);
  void note_letter(const rd_kafka_message_t& message);
  void forget_up_to(std::int64_t first);
  void move_to(std::int64_t offset);
  void rest();
  Record removal_record(std::int64_t id, const std::string& token) const;

  const KafkaSettings& settings_;
  const Cluster& cluster_;
  Producer& producer_;
  std::unique_ptr<LogReader> reader_;        // null: from the next read on
  std::int64_t reader_at_ = -1;              // where it reads next; -1: nowhere
  std::int64_t next_ = 0;                    // up to here the log is known
  std::map<std::int64_t, std::string> ids_;  // of the letters that are there, with their identity
  std::set<std::string> identities_;         // of those that have one
  std::set<std::string> removals_;           // of `remove`, by token, that have removed something
  std::set<std::string> awaited_;            // tokens whose success is to be noted
};

}  // namespace vote::kafka

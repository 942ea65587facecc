#pragma once
// The queue on Kafka, by librdkafka: a topic of votes in partitions that are chosen by the voter,
// and a topic of dead letters. A message is durable once every in-sync replica has it;
// the stamp is the broker's clock (LogAppendTime, in milliseconds). Workers are the group
// vote-processors; kcat reads what is written here.
//
// While no broker answers, or the topics are not as they must be, appends are refused at once, and
// certainly not appended; they are taken again within 5 s of the brokers' return. Of what
// was once handed to librdkafka a failure is never certain. What waits for brokers is bounded in
// number and in bytes.
#include <memory>
#include <string>

#include "queue/kafka/settings.h"
#include "queue/queue.h"

namespace vote {

class KafkaQueue final : public Queue {
 public:
  static constexpr Duration kAppendTimeMax = std::chrono::seconds(5);  // then it is answered
  static constexpr std::size_t kAppendsWaitingMax = 50'000;            // beyond: a failure at once
  static constexpr std::size_t kQuestionsWaitingMax = 100'000;         // status and dead letters
  static constexpr std::size_t kValueBytesMax = 1'048'576;

  /// Throws KafkaError (unusable): a topic is missing, or not as it must be, or the settings do not
  /// go together. Brokers that do not answer are no error: the topics are verified as soon as they
  /// do.
  explicit KafkaQueue(KafkaSettings settings);
  ~KafkaQueue() override;

  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  std::string topic() const override;
  bool reachable() const override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vote

#include "queue/kafka/kafka_queue.h"

#include <utility>

#include "queue/kafka/cluster.h"
#include "queue/kafka/consumer.h"
#include "queue/kafka/producer.h"
#include "queue/kafka/questions.h"
#include "queue/kafka/watch.h"

namespace vote {

using namespace kafka;

struct KafkaQueue::Parts {
  explicit Parts(KafkaSettings wanted) : settings(std::move(wanted)) {
    watch.start([this] { producer.renew_if_fatal(); });
  }
  // The watch's thread uses the producer, and the questions' ask all of them.
  ~Parts() {
    questions.reset();
    watch.stop();
  }
  Parts(const Parts&) = delete;

  void send(const Record& record, Completion<AppendResult> done) {
    if (record.value && record.value->size() > kValueBytesMax)
      return done(AppendFailure{
          false, "the message is longer than " + std::to_string(kValueBytesMax) + " bytes", true});
    producer.send(record, std::move(done));
  }

  const KafkaSettings settings;
  Cluster cluster{settings};
  Watch watch{settings, cluster};
  Producer producer{settings, watch};
  std::unique_ptr<Questions> questions =
      std::make_unique<Questions>(settings, cluster, watch, producer);
};

KafkaQueue::KafkaQueue(KafkaSettings settings)
    : parts_(std::make_unique<Parts>(std::move(settings))) {}

KafkaQueue::~KafkaQueue() = default;

void KafkaQueue::append(Message message, Completion<AppendResult> done) {
  parts_->send({parts_->settings.topic, RD_KAFKA_PARTITION_UA, message.key.text(),
                std::move(message.value), std::move(message.headers)},
               std::move(done));
}

void KafkaQueue::append_to(std::int32_t partition, Message message, Completion<AppendResult> done) {
  if (partition < 0 || partition >= static_cast<std::int64_t>(parts_->settings.partitions))
    return done(AppendFailure{false, "topic " + parts_->settings.topic + " has no partition " +
                                         std::to_string(partition)});
  parts_->send({parts_->settings.topic, partition, message.key.text(), std::move(message.value),
                std::move(message.headers)},
               std::move(done));
}

std::unique_ptr<Consumer> KafkaQueue::consumer() {
  return std::make_unique<KafkaConsumer>(parts_->settings, parts_->cluster, parts_->watch);
}

void KafkaQueue::add_dead_letter(Message message, Completion<Result<Done>> done) {
  parts_->send(
      letter_record(parts_->settings.dead_letter_topic, message),
      [done = std::move(done)](const AppendResult& result) mutable {
        const auto* failure = std::get_if<AppendFailure>(&result);
        if (failure == nullptr) return done(Done{});
        if (failure->is_too_long)
          return done(Error{Code::too_large, "too long for a dead letter", failure->detail});
        done(Error{Code::unavailable, "the queue does not answer now: try again", failure->detail});
      });
}

void KafkaQueue::dead_letters(std::int64_t after, std::size_t limit,
                              Completion<Result<std::vector<DeadLetter>>> done) {
  parts_->questions->ask(ListWish{after, limit, std::move(done)});
}

void KafkaQueue::remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) {
  parts_->questions->ask(RemoveWish{id, std::move(done)});
}

void KafkaQueue::status(Completion<Result<QueueStatus>> done) {
  parts_->questions->ask(StatusWish{std::move(done)});
}

std::string KafkaQueue::topic() const {
  return parts_->settings.topic;
}

bool KafkaQueue::reachable() const {
  return parts_->watch.ready();
}

}  // namespace vote

#include "contract/queue/backend.h"
#include "queue/kafka/kafka_queue.h"
#include "world/kafka.h"

namespace vote::test {
namespace {

class KafkaQueueWorld final : public QueueWorld {
 public:
  std::unique_ptr<Queue> open() override {
    return std::make_unique<KafkaQueue>(topics_.settings());
  }
  void drop_up_to(std::int32_t partition, std::int64_t offset) override {
    topics_.drop_up_to(partition, offset);
  }
  bool may_drop_the_last() const override { return true; }
  std::string topic() const override { return topics_.settings().topic; }

 private:
  KafkaTopics topics_;
};

}  // namespace

QueueBackend kafka_queue_backend() {
  return {"Kafka", [] { return std::make_unique<KafkaQueueWorld>(); }};
}

}  // namespace vote::test

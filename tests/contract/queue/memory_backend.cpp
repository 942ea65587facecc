#include "contract/queue/backend.h"
#include "decorators/queue.h"
#include "simulated/queue.h"

namespace vote::test {
namespace {

class MemoryQueueWorld final : public QueueWorld {
 public:
  std::unique_ptr<Queue> open() override { return std::make_unique<FaultyQueue>(queue_); }
  void drop_up_to(std::int32_t partition, std::int64_t offset) override {
    queue_.drop_up_to(partition, offset);
  }
  std::string topic() const override { return queue_.topic(); }

 private:
  static constexpr std::size_t kPartitions = 3;
  SystemClock clock_;
  simulated::MemoryQueue queue_{"votes", kPartitions, clock_};
};

}  // namespace

QueueBackend memory_queue_backend() {
  return {"Simulated", [] { return std::make_unique<MemoryQueueWorld>(); }};
}

}  // namespace vote::test

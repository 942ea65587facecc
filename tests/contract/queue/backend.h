#pragma once
// What the queue's suite needs of a backend: queues on one log, opened as often as a test likes,
// and the log itself where only its owner can reach it.
#include <functional>
#include <memory>
#include <string>

#include "queue/queue.h"
#include "world/time.h"

namespace vote::test {

/// A log of its own, gone with this object.
class QueueWorld {
 public:
  virtual ~QueueWorld() = default;
  /// One more handle on the log, as another process would open it.
  virtual std::unique_ptr<Queue> open() = 0;
  /// Makes what was processed disappear as the backend's retention would, up to and with `offset`.
  virtual void drop_up_to(std::int32_t partition, std::int64_t offset) = 0;
  /// Whether retention may take the last message too, by which a log is known.
  virtual bool may_drop_the_last() const { return false; }
  /// The topic as the backend knows it.
  virtual std::string topic() const = 0;
};

/// One whose clock is the test's. A broker's is not.
class ClockedQueueWorld : public QueueWorld {
 public:
  /// Sets the clock that stamps to another moment, also to an earlier one.
  virtual void jump(Time to) = 0;
};

struct QueueBackend {
  std::string name;
  std::function<std::unique_ptr<QueueWorld>()> make;
};

QueueBackend sqlite_queue_backend();
QueueBackend kafka_queue_backend();
QueueBackend memory_queue_backend();

std::unique_ptr<ClockedQueueWorld> make_clocked_queue_world();

}  // namespace vote::test

#include "contract/queue/backend.h"
#include "queue/sqlite/sqlite_queue.h"
#include "world/files.h"

namespace vote::test {
namespace {

/// Wall time as told, measured time the machine's, a hundredfold.
class JumpingClock final : public Clock {
 public:
  Time now() const override { return time_of(now_us_); }
  Duration elapsed() const override { return hasty_.elapsed(); }
  void jump(Time to) { now_us_ = microseconds_of(to); }

 private:
  HastyClock hasty_;
  std::atomic<std::int64_t> now_us_{microseconds_of(kStart)};
};

class SqliteQueueWorld final : public ClockedQueueWorld {
 public:
  SqliteQueueWorld() { make_file(path_, "queue"); }
  std::unique_ptr<Queue> open() override {
    return std::make_unique<SqliteQueue>(path_, topic(), clock_);
  }
  void jump(Time to) override { clock_.jump(to); }
  void drop_up_to(std::int32_t /*the only one*/, std::int64_t offset) override {
    change(path_, "DELETE FROM messages WHERE \"offset\" <= " + std::to_string(offset));
  }
  std::string topic() const override { return "votes"; }

 private:
  Folder folder_;
  std::string path_ = folder_.file("queue.db");
  JumpingClock clock_;
};

}  // namespace

QueueBackend sqlite_queue_backend() {
  return {"Sqlite", [] { return std::make_unique<SqliteQueueWorld>(); }};
}

std::unique_ptr<ClockedQueueWorld> make_clocked_queue_world() {
  return std::make_unique<SqliteQueueWorld>();
}

}  // namespace vote::test

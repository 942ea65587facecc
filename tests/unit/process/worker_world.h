#pragma once
// A worker on the embedded engine, with faults between it and each port.
#include <algorithm>
#include <optional>
#include <vector>

#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "process/worker.h"
#include "world/engine.h"

namespace vote::test {

/// A store that notes the votes of each batch it is handed, and may refuse one request's data.
class WatchedStore final : public FaultyStore {
 public:
  using FaultyStore::FaultyStore;
  std::vector<std::vector<RequestId>> batches;
  std::optional<RequestId> refused;  // as data that the store cannot take
  int refusals_left = 1'000;

  void record(Batch batch, Completion<Result<BatchReport>> done) override;
  int times_handed(RequestId request) const;
};

class WorkerWorld : public testing::Test {
 protected:
  WorkerWorld();
  ~WorkerWorld() override;

  /// A worker of its own runs until the queue is drained.
  WorkerTotals drain();
  std::int64_t next_offset() const;
  std::int64_t end_offset() const;
  void forget_positions() const { change(files.store, "DELETE FROM queue_positions"); }

  HastyClock clock;
  EngineFiles files;
  Engine engine{files, clock};
  WatchedStore store{engine.store};
  FaultyQueue queue{engine.queue};
  FaultyCache cache{engine.cache};
  WorkerSettings settings;
  Stop stop;
  Poll poll = add_poll(engine.store, new_poll());
};

}  // namespace vote::test

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

  void record(Batch batch, Completion<Result<BatchReport>> done) override {
    std::vector<RequestId> requests;
    bool bad = false;
    for (const VoteToRecord& vote : batch.votes) {
      requests.push_back(vote.vote.request);
      bad = bad || vote.vote.request == refused;
    }
    batches.push_back(std::move(requests));
    if (bad && refusals_left-- > 0) return done(Error{Code::invalid_input, "no such data"});
    FaultyStore::record(std::move(batch), std::move(done));
  }
  int times_handed(RequestId request) const {
    int times = 0;
    for (const auto& batch : batches)
      times += static_cast<int>(std::count(batch.begin(), batch.end(), request));
    return times;
  }
};

class WorkerWorld : public testing::Test {
 protected:
  WorkerWorld() { settings.batch_wait = Duration(0); }

  /// A worker of its own runs until the queue is drained.
  WorkerTotals drain() {
    Worker worker(store, queue, cache, settings);
    worker.run(stop, true);
    return worker.totals();
  }
  std::int64_t next_offset() const {
    return number(files.store, "SELECT coalesce(max(next_offset), 0) FROM queue_positions");
  }
  std::int64_t end_offset() const {
    return number(files.queue, "SELECT coalesce(max(\"offset\") + 1, 0) FROM messages");
  }
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

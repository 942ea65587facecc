#pragma once
// Reconcile on the embedded engine, with faults between it and each port, and a worker at hand.
#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "reconcile/reconcile.h"
#include "world/engine.h"

namespace vote::test {

class ReconcileWorld : public testing::Test {
 protected:
  ReconcileWorld() { poll = changeable(); }

  Poll changeable() {
    Poll fresh = new_poll();
    fresh.settings.allow_vote_change = true;
    return add_poll(engine.store, fresh);
  }
  ReconcileSummary pass(const PollSelection& selection = {}) {
    Reconcile reconcile(store, queue, cache, clock, settings);
    auto summary = reconcile.pass(selection, stop);
    if (!summary) throw std::runtime_error(summary.error().detail);
    return *summary;
  }
  void work() { drain(engine, clock); }
  void cast(int votes) {
    for (int n = 0; n < votes; ++n) append(engine.queue, new_vote(poll, n % 3));
  }
  /// To the first moment at which a closing message may be appended.
  void pass_the_end() {
    clock.advance(std::chrono::hours(1) + kGrace + kClocksApartMax + Duration(1));
  }
  Poll stored() {
    return *wait_for<Result<Poll>>([&](auto done) { engine.store.poll(poll.id, std::move(done)); });
  }
  PollCounts counts() {
    return *wait_for<Result<PollCounts>>(
        [&](auto done) { engine.store.counts(poll.id, std::move(done)); });
  }
  bool is_final() { return stored().final_at.has_value(); }
  void tamper(const std::string& sql) const { change(files.store, sql); }

  HastyClock clock;
  EngineFiles files;
  Engine engine{files, clock};
  FaultyStore store{engine.store};
  FaultyQueue queue{engine.queue};
  ManualClock standing{kStart};  // by which what the cache holds does not grow old
  MemoryCache shown{standing};
  FaultyCache cache{shown};
  ReconcileSettings settings;
  Stop stop;
  Poll poll;
};

}  // namespace vote::test

#pragma once
// The product's parts, each in a simulated process: an API, a worker, a reconcile. Their own code,
// on links that stand for the network.
#include "api/scoreboard.h"
#include "fault/simulation/cache_link.h"
#include "fault/simulation/queue_link.h"
#include "fault/simulation/store_link.h"
#include "ingest/ballots.h"
#include "process/worker.h"
#include "reconcile/reconcile.h"
#include "store/sqlite/sqlite_store.h"

namespace vote::simulated {

/// What a process has of each port.
struct Links {
  Links(Process& process, bool has_shared_cache)
      : store(link_to_store(process), process.environment().store_clock, kGrace),
        queue(process),
        cache(process, has_shared_cache) {}
  SqliteStore store;
  QueueLink queue;
  CacheLink cache;
};

class Api final : public Process {
 public:
  Api(Environment& environment, std::string name, bool has_shared_cache);

  /// Takes its lease, then serves.
  void start();
  /// As by SIGTERM: takes no new requests, answers those it has, gives its lease back.
  void end();
  bool serves() const { return serves_ && !dead(); }
  bool had_lease() const { return copies_.lease_runs(); }
  const CastTotals& totals() const { return ballots_.totals(); }

  // By a fiber of this process; `answered` is not called where it dies before.
  using Answered = std::function<void(unsigned status, std::string_view code)>;
  void cast(const CastVote& vote, CastTerms terms, Answered answered);
  void change(const CastVote& vote, Answered answered);
  /// Null: no answer, or none of use.
  api::Scoreboard::Page results(PollId poll);
  /// Closes it by hand.
  bool close(PollId poll);

 private:
  template <class T>
  void answer(const Answered& answered, const Result<T>& result, unsigned status);

  Links links_;
  FiberTimers timers_;
  PollCopies copies_;
  Ballots ballots_;
  api::Scoreboard scoreboard_;
  bool serves_ = false;
  std::size_t busy_ = 0;  // requests
};

class WorkerPart final : public Process {
 public:
  WorkerPart(Environment& environment, std::string name, bool has_shared_cache,
             WorkerSettings settings);
  void start();
  void end() { stop.request(); }

 private:
  Links links_;
  Worker worker_;
};

class ReconcilePart final : public Process {
 public:
  ReconcilePart(Environment& environment, std::string name, bool has_shared_cache);
  void start();
  void end() { stop.request(); }

 private:
  Links links_;
  Reconcile reconcile_;
};

}  // namespace vote::simulated

#pragma once
// Closes polls that are due, recounts votes against counters, audit log and cache, repairs what
// differs, and makes results final. Safe beside APIs and workers
// under load, and beside itself: closing messages are harmless twice, a repair and the last step of
// a poll are each made once, by the store. Blocks; one thread.
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cache/cache.h"
#include "queue/queue.h"
#include "reconcile/differences.h"
#include "reconcile/metrics.h"
#include "reconcile/summary.h"
#include "runtime/clock.h"
#include "runtime/stop.h"
#include "store/store.h"

namespace vote {

inline constexpr Duration kAfterClosing = std::chrono::seconds(1);  // then the workers are asked

struct ReconcileSettings {
  bool dry_run = false;  // looks, reports, changes nothing; what stands counts as not repaired
};

/// Which polls: those that are published and not final; or also final ones, whose differences are
/// reported and never repaired; or this one.
struct PollSelection {
  bool also_final = false;
  std::optional<PollId> poll;
};

class Reconcile {
 public:
  /// `clock` measures; nothing is decided by it.
  Reconcile(Store& store, Queue& queue, Cache& cache, const Clock& clock,
            ReconcileSettings settings);

  /// Looks at each poll once, until `stop`. not_found: the one poll that was selected; unavailable:
  /// store or queue do not answer (what was done before is done). Each difference is logged, with
  /// poll, option, was and is; so is each poll that became final.
  Result<ReconcileSummary> pass(const PollSelection& selection, const Stop& stop);

  /// Passes, `every` so often, until `stop`; sooner after closing messages were appended. A store
  /// or queue that does not answer is waited for, with a growing delay.
  void run(const PollSelection& selection, Duration every, Stop& stop);

  /// Of all passes so far.
  const PassTotals& totals() const { return totals_; }

 private:
  void look_at_all(const PollSelection& selection, const Stop& stop);
  void look_at_unfinished(const Stop& stop);
  void look_at(PollId poll);
  void look_for_dangling();
  bool close(const EndOfPoll& end, const QueueStatus& queue,
             const std::vector<Position>& positions);
  void append_closings(PollId poll, const std::vector<std::int32_t>& partitions);
  void note_closing(PollId poll, const Appended& place);
  bool is_held_back(const EndOfPoll& end);
  void finalise(const EndOfPoll& end, const QueueStatus& queue);
  std::optional<PollCounts> recount(const Poll& poll);
  bool repair(const Recount& found, const std::vector<Difference>& differences,
              std::uint64_t version_above);
  /// Whether the last pass did not say the same: what stays as it is is logged once.
  bool is_news(std::string what);
  void leave(const Recount& found, const std::vector<Difference>& differences);

  Store& store_;
  Queue& queue_;
  Cache& cache_;
  const Clock& clock_;
  ReconcileSettings settings_;
  PassTotals totals_;
  ReconcileSummary summary_;
  std::set<std::string> said_;  // in this pass
  std::set<std::string> said_before_;
};

}  // namespace vote

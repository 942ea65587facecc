#pragma once
// What the passes of a reconcile came to, counted for whoever asks meanwhile
// (metrics/catalogue.h: vote_reconcile_…).
#include <atomic>

#include "metrics/registry.h"
#include "reconcile/summary.h"
#include "vote/time.h"

namespace vote {

class PassTotals {
 public:
  /// A pass that ended at `now`. One that store or queue cut short has done what its summary says.
  void note(const ReconcileSummary& summary, bool is_done, Duration took, Time now);

  /// From any thread.
  void write(metrics::Sheet& sheet) const;

 private:
  using Gauge = std::atomic<std::uint64_t>;

  metrics::Counter done_;
  metrics::Counter failed_;
  metrics::Counter closed_;
  metrics::Counter finalised_;
  metrics::Counter repaired_;
  metrics::Histogram took_;
  // Of the last pass that was done.
  Gauge seen_ = 0;
  Gauge waiting_ = 0;
  Gauge held_ = 0;
  Gauge unrepaired_ = 0;
  Gauge at_us_ = 0;
};

}  // namespace vote

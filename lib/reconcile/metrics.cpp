#include "reconcile/metrics.h"

namespace vote {

void PassTotals::note(const ReconcileSummary& summary, bool is_done, Duration took, Time now) {
  ++(is_done ? done_ : failed_);
  closed_ += summary.closed;
  finalised_ += summary.finalised;
  repaired_ += summary.repaired;
  took_.note(took);
  if (!is_done) return;
  seen_ = summary.polls;
  waiting_ = summary.waiting.size();
  held_ = summary.held.size();
  unrepaired_ = summary.unrepaired;
  at_us_ = static_cast<std::uint64_t>(microseconds_of(now));
}

void PassTotals::write(metrics::Sheet& sheet) const {
  const auto gauge = [](const Gauge& value) { return static_cast<double>(value.load()); };
  sheet.add(metrics::kPasses, done_, {{"result", "done"}});
  sheet.add(metrics::kPasses, failed_, {{"result", "failed"}});
  sheet.add(metrics::kPassDuration, took_);
  sheet.add(metrics::kLastPass, gauge(at_us_) / 1e6);
  sheet.add(metrics::kClosed, closed_);
  sheet.add(metrics::kFinalised, finalised_);
  sheet.add(metrics::kRepaired, repaired_);
  sheet.add(metrics::kUnrepaired, gauge(unrepaired_));
  sheet.add(metrics::kPolls, gauge(seen_), {{"state", "seen"}});
  sheet.add(metrics::kPolls, gauge(waiting_), {{"state", "waiting"}});
  sheet.add(metrics::kPolls, gauge(held_), {{"state", "held_back"}});
}

}  // namespace vote

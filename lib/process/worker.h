#pragma once
// The worker's side: queue → store → cache. One worker runs on one thread;
// any number of processes may run one each. Killed at any instruction, it loses nothing and counts
// nothing twice: the store's transaction holds votes, audit, counters and positions.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cache/cache.h"
#include "process/recent.h"
#include "process/totals.h"
#include "queue/queue.h"
#include "runtime/clock.h"
#include "runtime/stop.h"
#include "store/store.h"

namespace vote {

struct WorkerSettings {
  std::string topic = "votes";
  std::size_t batch_size = 2000;
  Duration batch_wait = std::chrono::milliseconds(10);
  std::uint32_t max_retries = 3;
};

/// Why a worker stopped by itself: a position that is not in the log any more, or whose log is
/// another one. What happened, on what, what to do.
class PositionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Worker {
 public:
  /// `clock` measures; nothing is decided by it.
  Worker(Store& store, Queue& queue, Cache& cache, const Clock& clock, WorkerSettings settings);
  ~Worker();

  /// Processes until `stop`, or, with `once`, until the queue is drained, be it by another worker
  /// that reads it. Throws PositionLost.
  /// A store or queue that does not answer is waited for, with a growing delay, without limit.
  void run(Stop& stop, bool once);
  /// Both from any thread, also while it runs.
  const WorkerTotals& totals() const { return totals_; }
  WorkerState state() const;

 private:
  static constexpr std::int64_t kNoneWaits = -1;
  struct Work;  // a message on its way through a batch
  struct Stopped {
  };  // stop was requested while a part did not answer; the batch is read again later

  bool join(Duration wait);
  std::vector<Position> stored_positions();
  void look_up_positions();
  bool is_moved();
  void forget_positions();
  bool is_drained();
  void leave();
  std::vector<Work> take();
  Result<std::vector<Work>> take(std::size_t max, Duration wait);
  void read_ahead();
  std::vector<Work> hand_over(std::vector<Work> batch);
  std::vector<Work> lose_place(const Error& error);
  void process(std::vector<Work> batch);
  std::vector<Batch::Move> moves_of(const std::vector<Work>& batch) const;
  Batch passing(const std::vector<Work>& batch, const std::vector<Batch::Move>& moves) const;
  bool record_all(std::vector<Work>& batch, const std::vector<Batch::Move>& moves);
  bool record_alone(std::span<Work*> votes, const Batch& fence);
  std::optional<Result<BatchReport>> record(std::span<Work*> votes, const Batch& passing);
  static std::string_view outcome_of(const Work& work);
  void say(const std::vector<Work>& batch, Duration took) const;
  void apply(std::span<Work*> votes, const BatchReport& report);
  bool pass(std::vector<Work>& batch, const std::vector<Batch::Move>& moves);
  bool send_round(Work& work);
  void bury(Work& work);

  template <class T, class Call>
  T until_it_answers(std::string_view part, Call call);

  Store& store_;
  Queue& queue_;
  Cache& cache_;
  const Clock& clock_;
  WorkerSettings settings_;
  Stop* stop_ = nullptr;
  std::unique_ptr<Consumer> consumer_;
  std::vector<std::int32_t> partitions_;  // that this member reads; empty: it stands by
  std::vector<Position> positions_;       // where the next batch begins; empty: to be looked up
  Duration next_look_{};                  // at the store's positions, by clock_.elapsed()
  // What was taken while the store recorded the batch before; for positions_ alone.
  std::optional<Result<std::vector<Work>>> ahead_;
  RecentRequests recent_;
  WorkerTotals totals_;
  std::atomic<std::size_t> partitions_read_ = 0;
  std::atomic<bool> store_answers_ = true;
  std::atomic<bool> queue_answers_ = true;
  std::atomic<std::int64_t> oldest_us_ = kNoneWaits;
};

}  // namespace vote

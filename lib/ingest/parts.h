#pragma once
// What one cast or change stands on; shared by all of them. Internal to ingest/.
#include <atomic>

#include "ingest/ballots.h"

namespace vote {

struct Ballots::Parts {
  Store& store;
  Queue& queue;
  Cache& cache;
  PollCopies& polls;
  Timers& timers;
  const Clock& clock;
  BallotSettings settings;
  std::atomic<bool> queue_fits{settings.queue_fits};
  std::atomic<bool> queue_answers{true};
  std::atomic<Duration> append_failed{Duration::min()};  // by clock.elapsed()
  CastTotals totals{};

  /// Whether an append has a chance, and may be made.
  bool takes_appends() const { return queue_fits && queue.reachable(); }

  /// Notes how an append went, and logs where that has changed.
  void note(const AppendResult& result);

  /// Whether `time` is over, by the store's clock, and the store has processed all that the queue
  /// stamped until then: what it does not hold was not appended before `time`. False where nobody
  /// can tell.
  void has_processed(Time time, Completion<bool> done);

  /// True where these positions may be those of the queue that there is now.
  void unless_another_log(std::vector<Position> positions, Completion<bool> done);

  /// Of a voter of whom the store knows no ballot, or does not answer.
  void status_without_ballot(PollId poll, UserId voter, bool store_answered,
                             Completion<Result<VoteStatus>> done);
};

}  // namespace vote

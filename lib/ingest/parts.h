#pragma once
// What one cast or change stands on; shared by all of them. Internal to ingest/.
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
};

}  // namespace vote

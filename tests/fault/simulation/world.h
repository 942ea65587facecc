#pragma once
// One simulated world, from its seed to its verdict: servers, the product's processes, clients, and
// what goes wrong; then calm, until every result is final; then the judge of vote-loadgen.
#include <string>
#include <vector>

#include "fault/simulation/kinds.h"
#include "simulated/scheduler.h"

namespace vote::simulated {

/// Worlds of another version draw other things from the same seed.
inline constexpr unsigned kScheduleVersion = 2;

struct Outcome {
  std::vector<std::string> wrong;  // empty: every promise was kept
  std::uint64_t requests = 0;
  std::uint64_t tries = 0;
  std::uint64_t faults = 0;
  std::uint64_t superseded = 0;
  bool marks_kept = false;        // all the time, so that nothing may be superseded
  std::uint64_t fingerprint = 0;  // of all that was drawn
};

/// Adds to `counts` what went wrong, by kind. `traces`: tells on stdout what happens, as it does.
Outcome run_world(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces);

}  // namespace vote::simulated

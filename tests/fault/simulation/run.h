#pragma once
// Many worlds, one after the other on each of several processes, and what came of all of them.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fault/simulation/world.h"

namespace vote::simulated {

struct Wishes {
  std::uint64_t first = 1;  // seed
  std::uint64_t seeds = 0;  // how many; where `minutes` is set, without end
  std::optional<std::uint64_t> minutes;
  unsigned processes = 1;
};

struct Failure {
  std::uint64_t seed = 0;
  std::vector<std::string> wrong;
};

struct Totals {
  std::uint64_t worlds = 0;
  std::uint64_t requests = 0;
  std::uint64_t tries = 0;
  std::uint64_t superseded = 0;
  std::uint64_t marks_kept = 0;             // worlds
  std::uint64_t requests_min = UINT64_MAX;  // of one world
  std::uint64_t faults_min = UINT64_MAX;
  Counts counts{};
  std::vector<Failure> failures;  // in the order of their seeds
};

/// Ends early once kFailuresMax worlds have failed in one process.
Totals run_many(const Wishes& wishes);
inline constexpr std::size_t kFailuresMax = 20;

/// One world on a thread of its own, whose randomness is the seed's too.
Outcome run_alone(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces);

}  // namespace vote::simulated

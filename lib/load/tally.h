#pragma once
// What a run came to. Plain values.
#include <array>
#include <cstdint>

#include "load/histogram.h"

namespace vote::load {

inline constexpr unsigned kStatusEnd = 600;

struct Tally {
  std::uint64_t sent = 0;
  std::uint64_t unsent = 0;     // due, but no connection was free until the run was given up
  std::uint64_t no_answer = 0;  // the connection was lost, or kAnswerTimeMax passed
  std::array<std::uint64_t, kStatusEnd> by_status{};
  Histogram latency;     // of what was answered, from the time its request was due
  Duration elapsed{};    // until the last answer
  Duration cpu{};        // that the run took of this process
  bool ran_out = false;  // of requests, before the time was over

  std::uint64_t answered() const { return latency.count(); }
  /// Answers with a status from `first` up to, not including, `end`.
  std::uint64_t between(unsigned first, unsigned end) const;
  /// Answers a second.
  double rate() const;
};

}  // namespace vote::load

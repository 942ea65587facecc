#pragma once
// vote-loadgen: its flags, then what they ask for: a run, a judgement, or both. One thread beside
// those of its parts.
#include <CLI/App.hpp>

#include "config/config.h"
#include "config/exit_code.h"
#include "load/verify.h"
#include "load/wishes.h"
#include "runtime/clock.h"

namespace vote::load {

class Load {
 public:
  void add_to(CLI::App& app) { wishes_.add_to(app); }
  /// Reports go to stdout, progress (on a terminal) and errors to stderr. A judgement's exit code,
  /// unless it is `ok`, comes before the run's (run.h); `unavailable` where the queue is not
  /// drained in time.
  ExitCode run(const Config& config, const Clock& clock, const Backends& backends);

 private:
  Wishes wishes_;
};

}  // namespace vote::load

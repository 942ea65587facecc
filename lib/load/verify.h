#pragma once
// --verify: the judge with its witnesses, from flags to report and exit code. One thread.
#include <string>
#include <vector>

#include "config/exit_code.h"
#include "load/judge/judge.h"
#include "load/wishes.h"

namespace vote::load {

/// How the store and the queue themselves are reached: handed in by the program, for nothing here
/// knows a backend. Each call opens anew and throws std::runtime_error that says what is wrong with
/// which file and what to do.
struct Backends {
  OpenEvidence evidence;
  std::function<std::unique_ptr<Queue>()> queue;
};

/// The APIs are those of --url, else those of the journals' headers. Throws what the judge throws.
Judgement verify(const std::vector<std::string>& journals, const Wishes& wishes,
                 const Config& config, const Clock& clock, const Backends& backends);

ExitCode exit_code_of(Verdict verdict);

}  // namespace vote::load

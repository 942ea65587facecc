#pragma once
// Promise 4 for one poll, and the final result of promise 5: every figure against the ballots, and
// the audit log also choice by choice, so that no entry makes up for another that is missing. One
// thread.
#include <optional>
#include <string>
#include <vector>

#include "load/evidence.h"
#include "load/judge/ballots.h"
#include "load/judge/findings.h"
#include "load/judge/testimony.h"

namespace vote::load {

/// What one API shows of a poll.
struct ShownBy {
  std::string url;
  Shown shown;
};

void judge_counts(Testimony& testimony, std::size_t poll, Evidence& evidence, const Held& held,
                  const std::vector<ShownBy>& shown, Findings& findings);

/// Whether that is what the store's counters are.
bool agrees(const Shown& shown, const StoredPoll& stored);

}  // namespace vote::load

#pragma once
// What a pass of reconcile came to: one line for a person or a mail of cron, one JSON object for
// scripts, one exit code. Plain values.
#include <cstdint>
#include <string>
#include <vector>

#include "config/exit_code.h"
#include "vote/ids.h"

namespace vote {

/// A poll that is not final though its end has come, and why not.
struct PollNotFinal {
  PollId poll;
  std::string reason;
};

struct ReconcileSummary {
  std::uint64_t polls = 0;      // looked at
  std::uint64_t closed = 0;     // closing messages appended
  std::uint64_t finalised = 0;  // made final by this pass
  std::uint64_t repaired = 0;   // differences
  std::uint64_t unrepaired = 0;
  std::vector<PollNotFinal> waiting;  // it needs time, or workers that run
  std::vector<PollNotFinal> held;     // somebody has to decide something
};

/// `unrepaired` where something needs a person, else `repaired` where something was; else ok.
ExitCode exit_code(const ReconcileSummary& summary);

inline constexpr std::size_t kPollsNamedMax = 5;  // of each kind in the line
std::string to_line(const ReconcileSummary& summary);
std::string to_json(const ReconcileSummary& summary);

}  // namespace vote

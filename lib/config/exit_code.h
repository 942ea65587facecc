#pragma once
// The one catalogue of exit codes, for all programs. Scripts rely on the numbers: none is ever
// given another meaning.
#include <span>
#include <string_view>

namespace vote {

enum class ExitCode {
  ok = 0,
  failed = 1,        // something that no other code names
  usage = 2,         // flags and arguments
  unauthorized = 3,  // no token, or one that does not hold
  forbidden = 4,
  not_found = 5,
  conflict = 6,     // what stands is in the way: already voted, poll closed, name taken
  refused = 7,      // the input, or lines of it
  unavailable = 8,  // no answer, or "try again later"
  config = 9,       // the configuration, or the secret file
  storage = 10,     // a store or queue that cannot be used: locked, full, newer, no database
  violated = 11,  // what was promised is broken: the judge found votes lost, doubled or miscounted
  repaired = 12,  // counts that differed, and do no more
  unrepaired = 13,    // what somebody has to look at: counts that differ, undecided votes
  inconclusive = 14,  // the judge found nothing, but lacks evidence
};

struct ExitCodeEntry {
  ExitCode code;
  std::string_view meaning;  // one line, for --help and manual pages
};
/// All of them, in order of their numbers.
std::span<const ExitCodeEntry> exit_codes();

}  // namespace vote

#pragma once
// Promises 1 to 3 for one poll: a merge of what was sent with the rows of votes, voter by voter.
// One thread.
#include <cstdint>
#include <map>
#include <vector>

#include "load/choices.h"
#include "load/evidence.h"
#include "load/judge/findings.h"
#include "load/judge/testimony.h"

namespace vote::load {

/// How requests ended, by all of their tries.
struct Ends {
  std::uint64_t counted = 0;     // some try was answered 201 (a change: 200)
  std::uint64_t accepted = 0;    // some try was answered 202
  std::uint64_t no = 0;          // every try was answered 4xx
  std::uint64_t refused = 0;     // at first without an answer, then 4xx for good
  std::uint64_t unknown = 0;     // anything else
  std::uint64_t superseded = 0;  // of those accepted: another request of the voter stands

  std::uint64_t requests() const { return counted + accepted + no + refused + unknown; }
};

/// So many of each choice.
using ChoiceCounts = std::map<ChoiceNumber, std::int64_t>;

/// What the rows hold.
struct Held {
  std::uint64_t ballots = 0;           // that are not empty
  std::vector<std::uint64_t> options;  // by position - 1
  ChoiceCounts cast;                   // rows that were cast so
  ChoiceCounts stand;                  // rows that stand so
  std::int64_t superseded = 0;  // keys of accepted requests that another one's ballot replaced
};

/// Judges the poll of that index in `testimony`; adds to `ends`.
Held judge_ballots(Testimony& testimony, std::size_t poll, Evidence& evidence, Findings& findings,
                   Ends& ends);

}  // namespace vote::load

#pragma once
// Ballots as lines of text, for bulk voting: VOTER<TAB>CHOICE[<TAB>CHOICE…], or a choice alone.
// Pure.
#include <string>
#include <string_view>
#include <vector>

#include "vote/error.h"
#include "vote/ids.h"

namespace vote::command {

inline constexpr std::size_t kBallotLineBytesMax = 65'536;
inline constexpr std::size_t kVoterBytesMax = 1'024;

struct BallotLine {
  std::string voter;  // empty: nobody in particular, a fresh voter
  std::vector<std::string> choices;
};

/// A carriage return at the end is dropped. malformed says what is wrong with the line.
Result<BallotLine> parse_ballot_line(std::string_view line);

/// The voter of that name: a UUID stands for itself; any other text becomes a name-based UUID, the
/// same in every run and version of this program (RFC 9562 appendix B.2: version 8 of SHA-256 over
/// a namespace and the text).
UserId voter_named(std::string_view name);

/// The request that this voter makes with this choice on this poll, the same in every run, so that
/// a file sent twice is the same requests twice. The order of the options does not matter.
RequestId request_of(PollId poll, UserId voter, std::vector<OptionId> options);

}  // namespace vote::command

#pragma once
// A poll and its ballots in a file, as votectl export writes them and votectl import reads them:
// one face for both formats. One thread.
//
// NDJSON: a header {"format":"vote-export","version":1,…,"poll":{…}}, a line a ballot
// {"user_id","request_id","cast_at","revision","option_ids"}, or of an anonymous export a line a
// choice {"ballots":N,"option_ids"}, and {"end":true,"ballots":N,"results":{…}} as the last line,
// so that a file that ends in the middle is known.
//
// CSV: the first row names the columns: user_id, request_id, cast_at and revision, or of an
// anonymous export ballots (how many of this kind), each of which may be missing, and option:TEXT
// for each option, in the order of the poll. A row a ballot: 1 in the columns of its options, 0 or
// nothing in the others. No row tells the end.
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "command/exchange/place.h"
#include "command/exchange/rereadable.h"
#include "runtime/clock.h"
#include "vote/poll.h"

namespace vote::command {

inline constexpr std::uint64_t kBallotsMax = 10'000'000;  // in one file

/// What a file knows of a ballot; the rest is made when it is imported.
struct FileBallot {
  Place place;
  std::uint64_t count = 1;  // so many of the same choice, of voters without a name
  std::optional<UserId> voter;
  std::optional<RequestId> request;
  std::optional<Time> cast_at;
  std::uint32_t revision = 0;
  std::vector<OptionId> options;  // none: revoked, or left blank
};

class BallotFile {
 public:
  virtual ~BallotFile() = default;

  /// As the header has it. What a CSV does not tell is left empty: all but the options.
  virtual const Poll& poll() const = 0;

  virtual void rewind() = 0;
  struct End {};
  using Next = std::variant<FileBallot, Complaint, End>;
  /// After a complaint that is not fatal, the next one.
  virtual Next next() = 0;
};

enum class BallotFormat { ndjson, csv };
/// By the first byte: '{' begins NDJSON.
BallotFormat format_of(Rereadable& input);

/// Reads the header; a complaint where it does not hold. `input` must live as long.
using Opened = std::variant<std::unique_ptr<BallotFile>, Complaint>;
Opened open_ndjson(Rereadable& input);
Opened open_csv(Rereadable& input, const Clock& clock);

}  // namespace vote::command

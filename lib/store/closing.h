#pragma once
// What the store knows of the end of polls: closing messages, votes on which nobody has decided
// yet, recounts. Plain values.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vote/ballot.h"
#include "vote/poll.h"

namespace vote {

/// A closing message, read in a batch.
struct ClosingRead {
  PollId poll;
  std::string topic;
  std::int32_t partition = 0;
  Time stamp;
};

/// A message that a position passes though nobody has decided on it: it goes round again, or is a
/// dead letter. Named by its poll and `digest`, message_digest of its value, which is the same on
/// every round.
struct UndecidedVote {
  enum class State { retry, dead_letter };
  PollId poll;
  std::uint64_t digest = 0;
  std::optional<UserId> voter;  // nothing: the message does not say
  std::optional<RequestId> request;
  Time first_stamp;
  State state = State::retry;
  std::string reason;
};
std::string_view name(UndecidedVote::State state);

/// How far apart the clocks of queue and store may be.
inline constexpr Duration kClocksApartMax = std::chrono::seconds(2);

/// How far a poll is on its way to a final result. Each part may be of a moment of its own:
/// `finalise` looks at all of them anew, at one.
struct EndOfPoll {
  struct Closing {
    std::int32_t partition = 0;
    std::optional<std::int64_t> sent_offset;  // of the newest closing message that was noted
    std::optional<Time> sent_stamp;
    std::optional<Time> read_stamp;  // of the newest that a worker has read
  };
  Poll poll;
  Time now;                 // the store's
  bool is_decided = false;  // the end has passed; of a poll closed by hand the cut-off is known
  /// End as decided so far, grace, and how far clocks may be apart: a closing message with a later
  /// stamp has every vote in time before it.
  Time closed_after;
  std::vector<Closing> closings;       // of one topic
  std::vector<UndecidedVote> holding;  // votes in time that hold it back; kHoldingShownMax at most
  std::uint64_t holding_total = 0;     // no less than are in `holding`
};
inline constexpr std::size_t kHoldingShownMax = 20;

/// Votes by option, in display order, and ballots that are not empty. Signed: what a log adds up to
/// may be anything.
struct VoteSums {
  std::vector<std::int64_t> options;
  std::int64_t ballots = 0;
  bool operator==(const VoteSums&) const = default;
};

/// What the tables say of one poll, all as of one moment.
struct Recount {
  Poll poll;
  PollCounts counters;              // as shown
  VoteSums ballots;                 // by the rows of `votes`
  VoteSums audited;                 // cast(new) + changed(new) - changed(old) - revoked(old)
  std::uint64_t stray_choices = 0;  // choices of an option that the poll has not
  std::uint64_t stray_counters = 0;
  std::vector<UserId> disagreeing;  // voters of whom ballot and audit log say different things
  std::uint64_t repairs = 0;        // how often the counters had been repaired
};
inline constexpr std::size_t kDisagreeingShownMax = 20;

/// Ballots of a poll that is not there.
struct DanglingVotes {
  PollId poll;
  std::uint64_t ballots = 0;
};
inline constexpr std::size_t kDanglingShownMax = 100;

/// An operator's word on a dead letter.
enum class Settlement { dropped, requeued, kept };

enum class Finality {
  made_final,
  was_final,
  not_due,    // not decided, or the store's clock is not past the end and the grace
  not_read,   // a closing message was not read in each partition
  held_back,  // by undecided votes
  elsewhere,  // votes may wait in another topic
  miscounted  // counters are not what was counted: count again
};

}  // namespace vote

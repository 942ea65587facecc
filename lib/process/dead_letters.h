#pragma once
// What an operator does about dead letters: looks at them, sends their votes round again, or drops
// them for good. The calls block; one thread.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "store/store.h"

namespace vote {

/// A dead letter as an operator reads it; what it does not say is empty.
struct BuriedVote {
  DeadLetter letter;
  std::string reason;  // the word that x-error begins with: "unknown_poll", "malformed"
  std::string error;   // x-error, whole
  MessageIds ids;      // as the message names them, which is whatever somebody sent
  std::string topic;   // whence it came, as partition and offset
  std::string partition;
  std::string offset;
  std::string first_stamp;                // of its first copy, by which it is in time
  std::uint64_t digest = 0;               // of the message's value, by which the store knows it
  std::optional<std::uint64_t> cut_from;  // how many bytes that has, where the letter holds fewer
};
BuriedVote read_dead_letter(DeadLetter letter);
/// "votes/0/17": topic, partition, offset; empty where it does not say.
std::string origin_of(const BuriedVote& vote);

/// Which dead letters are meant; what is not set holds for all.
struct BuriedVoteFilter {
  std::optional<std::string> reason;
  std::optional<PollId> poll;
  std::optional<Time> since;  // buried then or later
  std::optional<Time> until;  // buried before

  bool matches(const BuriedVote& vote) const;
};

/// Hands over those that the filter lets through, in order of id, until `take` answers false. Holds
/// a few of them in memory, however many there are.
Result<Done> each_dead_letter(Queue& queue, const BuriedVoteFilter& filter,
                              const std::function<bool(const BuriedVote&)>& take);

/// not_found: there is none with this id (any more).
Result<BuriedVote> find_dead_letter(Queue& queue, std::int64_t id);

using BuriedVotes = std::vector<BuriedVote>;
using Decided = std::vector<Result<Done>>;  // one for each vote, in their order

/// An operator who decides. Each decision is in the store's operator log before it is carried out;
/// one that cannot be logged is not carried out. What is requeued holds its poll's results back
/// until a worker has read it, what is dropped does no more. Killed at any instruction, a decision
/// can be made again: a vote sent round twice is one request, and counts once. What is decided
/// together shares the transactions of store and queue.
class Operator {
 public:
  /// `actor`: as the operator log names who decides, "os:root".
  Operator(Store& store, Queue& queue, std::string actor);

  /// Appends the votes to the queue again, with the stamp of their first copy, so that what was in
  /// time still is, and with no rounds behind them; then removes the dead letters. not_found:
  /// somebody else decided on it at the same moment (what was appended counts once at most).
  /// unavailable: not done, or not all of it; may be done again. too_large: the queue takes none so
  /// long; the letter stays.
  Decided requeue(const BuriedVotes& votes);
  /// What requeue would refuse, changing nothing: poll_final where a poll's results are final,
  /// too_large where the letter does not hold all of its message.
  Decided can_requeue(const BuriedVotes& votes);

  /// Removes the dead letters for good: their votes do not count, unless a copy was sent round
  /// before, which holds its poll back until a worker has read it. not_found: somebody else decided
  /// on it at the same moment.
  Decided drop(const BuriedVotes& votes);
  Decided can_drop(const BuriedVotes& votes);

 private:
  Result<Done> can_requeue(PollId poll);
  void note(const BuriedVotes& votes, const std::string& action, Decided& decided);
  void settle(const BuriedVotes& votes, Settlement settlement, Decided& decided);
  void append(const BuriedVotes& votes, Decided& decided);
  void keep(const BuriedVotes& votes, const Decided& decided);
  void remove(const BuriedVotes& votes, Decided& decided);

  Store& store_;
  Queue& queue_;
  std::string actor_;
};

}  // namespace vote

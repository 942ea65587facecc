#pragma once
// Votes that hold their polls back although nobody can decide on them any more: the queue that they
// went round in is gone, or their dead letters are. Only the store remembers them. The calls block;
// one thread.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "runtime/clock.h"
#include "store/store.h"

namespace vote {

struct LostVotes {
  std::vector<UndecidedVote> votes;  // up to kHoldingShownMax a poll, the oldest first
  /// Votes that hold polls back and were not looked at: there were too many of their poll before
  /// them.
  std::uint64_t not_looked_at = 0;
};

/// How long the workers are given to read what the queue holds.
inline constexpr Duration kWorkersReadMax = std::chrono::seconds(5);

/// Looks for them in one poll, or in all. A vote that goes round is lost once workers have read all
/// that the queue held, `rounds` times over, and it is undecided still; so it has to be more than
/// [worker] max_retries. A dead letter is lost where the dead letters have none with its message.
/// unavailable: the workers did not read that much within kWorkersReadMax. invalid_input: votes may
/// wait in a topic that is not the queue's.
Result<LostVotes> find_lost_votes(Store& store, Queue& queue, const Clock& clock,
                                  std::uint32_t rounds, std::optional<PollId> poll);

/// An operator's word that this vote is gone: noted in the operator log as dropped, so that its
/// voter can vote again, and it holds its poll back no more. `actor`: "os:root".
Result<Done> give_up(Store& store, const std::string& actor, const UndecidedVote& vote);

}  // namespace vote

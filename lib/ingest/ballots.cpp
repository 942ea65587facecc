#include "ingest/ballots.h"

#include <algorithm>

#include "ingest/parts.h"

namespace vote {
namespace {

VoteStatus status_of(StandingVote standing) {
  VoteStatus status;
  status.state = standing.options.empty() ? VoteState::revoked : VoteState::confirmed;
  status.standing = std::move(standing);
  return status;
}

/// Without a ballot from the store whatever a mark says is still on its way: also one that the
/// store had confirmed before it was set back.
VoteStatus status_of(const Mark& mark) {
  VoteStatus status;
  if (mark.state == MarkState::none) return status;
  status.state = VoteState::pending;
  status.request = mark.request;
  return status;
}

}  // namespace

Ballots::Ballots(Store& store, Queue& queue, Cache& cache, PollCopies& polls, Timers& timers,
                 const Clock& clock, BallotSettings settings)
    : parts_(new Parts{store, queue, cache, polls, timers, clock, settings}) {}

Ballots::~Ballots() = default;

void Ballots::status(PollId poll, UserId voter, Completion<Result<VoteStatus>> done) {
  auto stored = [parts = parts_, poll, voter,
                 done = std::move(done)](Result<std::optional<StandingVote>> answer) mutable {
    if (answer && *answer) return done(status_of(std::move(**answer)));
    const bool store_answered = static_cast<bool>(answer);
    parts->cache.stands(poll, voter, [store_answered, done = std::move(done)](Mark mark) mutable {
      if (!store_answered && mark.state == MarkState::none)
        return done(Error{Code::unavailable, "the store does not answer now: try again"});
      done(status_of(mark));
    });
  };
  parts_->store.vote_of(poll, voter, std::move(stored));
}

}  // namespace vote

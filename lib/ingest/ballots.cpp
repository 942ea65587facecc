#include "ingest/ballots.h"

#include <algorithm>

#include "ingest/parts.h"
#include "log/log.h"

namespace vote {
namespace {

VoteStatus status_of(StandingVote standing) {
  VoteStatus status;
  status.state = standing.options.empty() ? VoteState::revoked : VoteState::confirmed;
  status.standing = std::move(standing);
  return status;
}

/// Without a ballot from the store whatever a mark says is still on its way, unless an operator has
/// dropped it: also one that the store had confirmed before it was set back.
VoteStatus status_of(const Mark& mark) {
  VoteStatus status;
  if (mark.state == MarkState::none) return status;
  status.state = VoteState::pending;
  status.request = mark.request;
  return status;
}

/// Whether positions, read before the status, may be this log's: none is behind its end. Those of a
/// log that was longer, and in whose place there is another one now, would cover it unread.
bool may_fit(const std::vector<Position>& positions, const QueueStatus& status) {
  return std::all_of(positions.begin(), positions.end(), [&](const Position& position) {
    return std::none_of(
        status.partitions.begin(), status.partitions.end(), [&](const PartitionStatus& log) {
          return log.partition == position.partition && log.end_offset < position.next_offset;
        });
  });
}

}  // namespace

void Ballots::Parts::note(const AppendResult& result) {
  const auto* failure = std::get_if<AppendFailure>(&result);
  if (failure == nullptr) {
    if (!queue_answers.load(std::memory_order_relaxed) && !queue_answers.exchange(true))
      log::info("queue_answers");
    return;
  }
  ++totals.append_failures;
  append_failed = clock.elapsed();
  if (queue_answers.exchange(false))
    log::warn("queue_does_not_answer", {{"reason", failure->detail}});
}

void Ballots::Parts::has_processed(Time time, Completion<bool> done) {
  if (polls.store_now() <= time) return done(false);
  queue.status([this, time, done = std::move(done)](Result<QueueStatus> status) mutable {
    if (!status) return done(false);
    const std::string topic = status->topic;
    store.positions(topic, [this, time, status = std::move(*status), done = std::move(done)](
                               Result<std::vector<Position>> positions) mutable {
      if (!positions || !are_past(time, kClocksApartMax, *positions, status)) return done(false);
      unless_another_log(std::move(*positions), std::move(done));
    });
  });
}

void Ballots::Parts::unless_another_log(std::vector<Position> positions, Completion<bool> done) {
  queue.status([positions = std::move(positions),
                done = std::move(done)](const Result<QueueStatus>& now) mutable {
    done(now && may_fit(positions, *now));
  });
}

Ballots::Ballots(Store& store, Queue& queue, Cache& cache, PollCopies& polls, Timers& timers,
                 const Clock& clock, BallotSettings settings)
    : parts_(new Parts{store, queue, cache, polls, timers, clock, settings}) {}

Ballots::~Ballots() = default;

const CastTotals& Ballots::totals() const {
  return parts_->totals;
}
bool Ballots::queue_answers() const {
  if (!parts_->takes_appends()) return false;
  return parts_->queue_answers ||
         parts_->append_failed.load() + kFailureBelieved < parts_->clock.elapsed();
}
void Ballots::use_queue() {
  parts_->queue_fits = true;
}
AcceptMode Ballots::mode() const {
  if (queue_answers() && parts_->polls.lease_runs()) return AcceptMode::queue;
  return parts_->polls.store_answers() ? AcceptMode::store : AcceptMode::none;
}

std::string_view name(AcceptMode mode) {
  if (mode == AcceptMode::none) return "none";
  return mode == AcceptMode::queue ? "queue" : "store";
}

void Ballots::Parts::status_without_ballot(PollId poll, UserId voter, bool store_answered,
                                           Completion<Result<VoteStatus>> done) {
  cache.stands(poll, voter, [=, this, done = std::move(done)](Mark mark) mutable {
    if (!store_answered && mark.state == MarkState::none)
      return done(Error{Code::unavailable, "the store does not answer now: try again"});
    if (!store_answered || mark.state == MarkState::none) return done(status_of(mark));
    store.trace_of(poll, voter, mark.request,
                   [mark, done = std::move(done)](const Result<RequestTrace>& trace) mutable {
                     done(trace && trace->dropped ? VoteStatus{} : status_of(mark));
                   });
  });
}

void Ballots::status(PollId poll, UserId voter, Completion<Result<VoteStatus>> done) {
  parts_->store.vote_of(
      poll, voter,
      [parts = parts_, poll, voter,
       done = std::move(done)](Result<std::optional<StandingVote>> answer) mutable {
        if (answer && *answer) return done(status_of(std::move(**answer)));
        parts->status_without_ballot(poll, voter, static_cast<bool>(answer), std::move(done));
      });
}

}  // namespace vote

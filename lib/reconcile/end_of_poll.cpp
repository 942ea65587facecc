// From a poll's end to its final result: closing messages, the wait for the workers, votes that
// nobody has decided on, and the last step.
#include <algorithm>
#include <future>
#include <memory>

#include "log/log.h"
#include "reconcile/answer.h"
#include "reconcile/reconcile.h"

namespace vote {
namespace {

constexpr int kFinalisingsMax = 3;  // where the poll is counted on meanwhile

bool is_past(const std::optional<Time>& stamp, Time moment) {
  return stamp && *stamp > moment;
}

const EndOfPoll::Closing* find(const EndOfPoll& end, std::int32_t partition) {
  const auto found =
      std::find_if(end.closings.begin(), end.closings.end(),
                   [&](const EndOfPoll::Closing& each) { return each.partition == partition; });
  return found == end.closings.end() ? nullptr : &*found;
}

/// How far the closing of one partition is.
enum class Closing { missing, sent, read };
Closing standing_of(const EndOfPoll::Closing* closing, Time closed_after, std::int64_t processed) {
  if (closing == nullptr) return Closing::missing;
  if (is_past(closing->read_stamp, closed_after)) return Closing::read;
  const bool is_sent =
      is_past(closing->sent_stamp, closed_after) && closing->sent_offset >= processed;
  return is_sent ? Closing::sent : Closing::missing;
}

std::int64_t offset_of(const std::vector<Position>& positions, std::int32_t partition) {
  const auto found = std::find_if(positions.begin(), positions.end(), [&](const Position& each) {
    return each.partition == partition;
  });
  return found == positions.end() ? 0 : found->next_offset;
}

std::string undecided(const EndOfPoll& end) {
  const std::string number = std::to_string(end.holding_total);
  return number + (end.holding_total == 1 ? " vote" : " votes") + " in time undecided";
}

}  // namespace

void Reconcile::look_at(PollId poll) {
  // Before the closings: what a position had passed then was noted with it.
  const auto positions = answer_of<std::vector<Position>>(
      [&](auto done) { store_.positions(queue_.topic(), std::move(done)); });
  const auto end = answer_of<EndOfPoll>(
      [&](auto done) { store_.end_of_poll(poll, queue_.topic(), std::move(done)); });
  ++summary_.polls;
  const bool is_due = !end.poll.final_at && end.poll.status_at(end.now) == PollStatus::closed;
  if (is_due) {
    // The partitions are asked for after the closings: one that was added since has none.
    const auto queue = answer_of<QueueStatus>([&](auto done) { queue_.status(std::move(done)); });
    if (close(end, queue, positions) && !is_held_back(end)) return finalise(end, queue);
  }
  recount(end.poll);
}

/// True once closing messages have been read everywhere; else says what is waited for.
bool Reconcile::close(const EndOfPoll& end, const QueueStatus& queue,
                      const std::vector<Position>& positions) {
  const auto wait_for_it = [&](std::string reason) {
    summary_.waiting.push_back({end.poll.id, std::move(reason)});
    return false;
  };
  if (!end.is_decided)
    return wait_for_it("its cut-off waits for the leases of APIs: see votectl api list");
  if (end.now <= end.closed_after)
    return wait_for_it("votes in time may come until " + to_text(end.closed_after));
  std::string reason;
  std::vector<std::int32_t> unclosed;
  for (const PartitionStatus& log : queue.partitions) {
    const std::int64_t processed = offset_of(positions, log.partition);
    switch (standing_of(find(end, log.partition), end.closed_after, processed)) {
      case Closing::read:
        break;
      case Closing::sent:
        reason = "workers are at offset " + std::to_string(processed) + " of " +
                 std::to_string(log.end_offset) + " in partition " + std::to_string(log.partition);
        break;
      case Closing::missing:
        unclosed.push_back(log.partition);
        break;
    }
  }
  if (!unclosed.empty() && settings_.dry_run)
    return wait_for_it("closing messages are to be appended");
  if (!unclosed.empty()) {
    append_closings(end.poll.id, unclosed);
    reason = "closing messages were appended just now";
  }
  return reason.empty() || wait_for_it(std::move(reason));
}

/// To these partitions all at once; then notes each, also where another was not taken.
void Reconcile::append_closings(PollId poll, const std::vector<std::int32_t>& partitions) {
  std::vector<std::future<AppendResult>> results;
  for (const std::int32_t partition : partitions) {
    auto promise = std::make_shared<std::promise<AppendResult>>();
    results.push_back(promise->get_future());
    queue_.append_to(partition, {UserId{}, to_message(ClosePoll{poll}), {}},
                     [promise](AppendResult result) { promise->set_value(std::move(result)); });
  }
  std::optional<AppendFailure> failed;
  for (auto& result : results) {
    const AppendResult appended = result.get();
    if (const auto* failure = std::get_if<AppendFailure>(&appended))
      failed = *failure;
    else
      note_closing(poll, std::get<Appended>(appended));
  }
  if (failed)
    throw NoAnswer{{Code::unavailable, "the queue does not answer now: try again", failed->detail}};
  ++summary_.closed;
}

void Reconcile::note_closing(PollId poll, const Appended& place) {
  answer_of<Done>(
      [&](auto done) { store_.note_closing(poll, queue_.topic(), place, std::move(done)); });
  log::info("closing_appended", {{"poll_id", poll.text()},
                                 {"partition", place.partition},
                                 {"offset", place.offset},
                                 {"stamp", to_text(place.stamp)}});
}

/// Votes in time on which nobody has decided: on another round they only need time.
bool Reconcile::is_held_back(const EndOfPoll& end) {
  if (end.holding_total == 0) return false;
  const bool all_go_round =
      end.holding_total == end.holding.size() &&
      std::all_of(end.holding.begin(), end.holding.end(), [](const UndecidedVote& vote) {
        return vote.state == UndecidedVote::State::retry;
      });
  if (all_go_round) {
    summary_.waiting.push_back(
        {end.poll.id,
         undecided(end) + ", on another round (where that does not end: vote-dlq lost)"});
    return true;
  }
  for (const UndecidedVote& vote : end.holding)
    if (is_news("undecided " + end.poll.id.text() + std::to_string(vote.digest)))
      log::warn("vote_undecided", {{"poll_id", end.poll.id.text()},
                                   {"state", name(vote.state)},
                                   {"user_id", vote.voter ? vote.voter->text() : ""},
                                   {"request_id", vote.request ? vote.request->text() : ""},
                                   {"reason", vote.reason}});
  summary_.held.push_back(
      {end.poll.id,
       undecided(end) + ": requeue or drop them with vote-dlq (where it has none: vote-dlq lost)"});
  return true;
}

void Reconcile::finalise(const EndOfPoll& end, const QueueStatus& queue) {
  const PollId poll = end.poll.id;
  std::vector<std::int32_t> partitions;
  for (const PartitionStatus& log : queue.partitions) partitions.push_back(log.partition);
  for (int attempt = 0; attempt < kFinalisingsMax; ++attempt) {
    const auto counts = recount(end.poll);
    if (!counts)
      return summary_.held.push_back({poll, "its counts differ: see the log of vote-reconcile"});
    if (settings_.dry_run) return summary_.waiting.push_back({poll, "it is to be made final"});
    const auto finality = answer_of<Finality>([&](auto done) {
      store_.finalise(poll, queue_.topic(), partitions, *counts, std::move(done));
    });
    switch (finality) {
      case Finality::made_final:
        ++summary_.finalised;
        return log::info("poll_final",
                         {{"poll_id", poll.text()}, {"total_votes", counts->total_votes}});
      case Finality::was_final:
        return;
      case Finality::elsewhere:
        return summary_.held.push_back(
            {poll,
             "votes may wait in another queue than the configured one: vote-dlq lost names it"});
      case Finality::held_back:
        return summary_.held.push_back({poll, "votes in time are undecided"});
      case Finality::not_due:
      case Finality::not_read:
        return summary_.waiting.push_back({poll, "its end was put off meanwhile"});
      case Finality::miscounted:
        break;
    }
  }
  summary_.waiting.push_back({poll, "it was counted on meanwhile"});
}

}  // namespace vote

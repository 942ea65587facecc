// The batch function: votes, audit, counters and positions in the one transaction it runs in.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

class Recording {
 public:
  Recording(StoreConnection& connection, const Batch& batch, Time now)
      : connection_(connection),
        batch_(batch),
        now_(now),
        insert_(connection.statement("INSERT INTO votes VALUES (?1, ?2, ?3, ?4, NULL, ?5, 0)"
                                     " ON CONFLICT (poll_id, user_id) DO NOTHING")) {}

  BatchReport run() {
    BatchReport report;
    if (!positions_stand(connection_, batch_.moves)) {
      report.positions_moved = true;
      return report;
    }
    report.outcomes.reserve(batch_.votes.size());
    for (const VoteToRecord& vote : batch_.votes) {
      report.outcomes.push_back(record(vote));
      if (is_refusal(report.outcomes.back().outcome)) report.moves_held = true;
    }
    if (!report.moves_held) pass();
    report.counts = counters_.write(connection_);
    for (const PollCounts& counts : report.counts)
      report.polls.push_back(*connection_.poll(counts.poll));
    return report;
  }

 private:
  void pass() {
    move_positions(connection_, batch_.moves);
    note_closings_read(connection_, batch_.closings);
    note_undecided(connection_, batch_.undecided);
  }

  RecordOutcome record(const VoteToRecord& vote) {
    const Poll* poll = poll_of(vote.vote);
    if (poll == nullptr) return {Recorded::unknown_poll, {}, 0};
    counters_.touch(*poll);
    if (check_choice(*poll, vote.vote.options)) return {Recorded::unknown_option, {}, 0};
    const std::string choices = choices_text(*poll, vote.vote.options);
    if (const auto refusal = refusal_of(*poll, vote.stamp)) {
      // What stands is answered for ever, whatever the time; nothing new is written.
      const auto ballot = read_ballot(connection_, poll->id, vote.vote.voter);
      return ballot ? compare(*poll, *ballot, vote.vote, choices) : RecordOutcome{*refusal, {}, 0};
    }
    const Time at = vote.stamp.value_or(now_);
    if (insert(vote.vote, choices, at)) {
      write_audit(connection_, vote.vote, {"cast", nullptr, &choices, at});
      counters_.add(*poll, choices, +1);
      return {Recorded::recorded, vote.vote.request, digest_of(vote.vote.options)};
    }
    const auto ballot = read_ballot(connection_, poll->id, vote.vote.voter);
    const RecordOutcome outcome = compare(*poll, *ballot, vote.vote, choices);
    if (batch_.note_superseded && outcome.outcome != Recorded::same)
      write_audit(connection_, vote.vote, {"superseded", nullptr, &choices, at});
    return outcome;
  }

  const Poll* poll_of(const CastVote& vote) {
    if (last_ == nullptr || last_->id != vote.poll) last_ = connection_.poll(vote.poll);
    return last_;
  }

  /// A stamped vote was accepted by an API that saw the poll open, and is acknowledged perhaps: no
  /// start refuses it. Without a stamp the store's own clock decides on both ends.
  std::optional<Recorded> refusal_of(const Poll& poll, std::optional<Time> stamp) const {
    if (!poll.published) return Recorded::not_active;
    if (poll.final_at) return Recorded::final;
    if (!stamp && now_ < poll.start_time) return Recorded::not_active;
    if (stamp.value_or(now_) > poll.in_time_until()) return Recorded::too_late;
    return std::nullopt;
  }

  bool insert(const CastVote& vote, const std::string& choices, Time at) {
    insert_.bind_blob(1, vote.poll.raw())
        .bind_blob(2, vote.voter.raw())
        .bind_blob(3, vote.request.raw())
        .bind_text(4, choices)
        .bind(5, microseconds_of(at))
        .run();
    return connection_.database().changes() == 1;
  }

  static RecordOutcome compare(const Poll& poll, const Ballot& ballot, const CastVote& vote,
                               const std::string& choices) {
    RecordOutcome outcome{Recorded::superseded, ballot.request,
                          digest_of(options_of(poll, ballot.as_cast()))};
    if (ballot.request == vote.request)
      outcome.outcome = ballot.as_cast() == choices ? Recorded::same : Recorded::key_reused;
    return outcome;
  }

  StoreConnection& connection_;
  const Batch& batch_;
  const Time now_;
  sqlite::Statement& insert_;
  CounterChanges counters_;
  const Poll* last_ = nullptr;
};

}  // namespace

Result<BatchReport> record(StoreConnection& connection, const Batch& batch, Time now) {
  return Recording(connection, batch, now).run();
}

}  // namespace vote

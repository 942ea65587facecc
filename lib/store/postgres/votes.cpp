// The batch function's caller: it takes votes of different (poll, voter) at once, in that order, so
// a batch in which a voter is met again is handed over in rounds.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// A vote on its way, and where its outcome goes.
struct Asked {
  const VoteToRecord* vote = nullptr;
  const NumberedPoll* poll = nullptr;
  std::optional<std::string> choices;  // nothing: no choice of this poll
  RecordOutcome* outcome = nullptr;
};

bool is_before(const Asked& one, const Asked& other) {
  const auto number = [](const Asked& vote) {
    return vote.poll == nullptr ? 0 : vote.poll->number;
  };
  if (number(one) != number(other)) return number(one) < number(other);
  return one.vote->vote.voter < other.vote->vote.voter;
}

/// The votes of one round as the arrays that record_votes takes.
class Round {
 public:
  void add(const Asked& asked) {
    const CastVote& vote = asked.vote->vote;
    polls_.add(asked.poll == nullptr ? std::nullopt : std::optional(asked.poll->number));
    voters_.add(vote.voter);
    requests_.add(vote.request);
    ballots_.add_choices(asked.choices);
    stamps_.add(asked.vote->stamp);
    addresses_.add(address_of(vote.ip));
    agents_.add(agent_number(vote.user_agent));
  }
  Rows run(Session& session, bool note_superseded) const {
    return session.run(
        "SELECT place, reason, standing_request, encode(standing_cast, 'hex')"
        " FROM record_votes($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Params()
            .add(polls_.text())
            .add(voters_.text())
            .add(requests_.text())
            .add(ballots_.text())
            .add(stamps_.text())
            .add(addresses_.text())
            .add(names_.text())
            .add(agents_.text())
            .add(note_superseded));
  }

 private:
  std::int64_t agent_number(const std::string& name) {
    const auto [known, is_new] =
        numbers_.try_emplace(name, static_cast<std::int64_t>(numbers_.size()) + 1);
    if (is_new) names_.add(name);
    return known->second;
  }

  Array polls_, voters_, requests_, ballots_, stamps_, addresses_, agents_, names_;
  std::unordered_map<std::string, std::int64_t> numbers_;
};

class Recording {
 public:
  Recording(Session& session, bool note_superseded)
      : session_(session), note_superseded_(note_superseded) {}

  void add(const std::vector<VoteToRecord>& votes, std::vector<RecordOutcome>& outcomes) {
    outcomes.resize(votes.size());
    for (std::size_t i = 0; i < votes.size(); ++i) add(votes[i], outcomes[i]);
  }
  void run() {
    while (!asked_.empty()) {
      // Stable, so that of a voter's votes the first one is first.
      std::stable_sort(asked_.begin(), asked_.end(), is_before);
      std::vector<Asked> later;
      std::vector<Asked> now;
      for (const Asked& asked : asked_)
        (now.empty() || is_before(now.back(), asked) ? now : later).push_back(asked);
      record(now);
      asked_ = std::move(later);
    }
  }

 private:
  void add(const VoteToRecord& vote, RecordOutcome& outcome) {
    if (last_ == nullptr || last_->poll.id != vote.vote.poll) last_ = session_.poll(vote.vote.poll);
    Asked asked{&vote, last_, std::nullopt, &outcome};
    if (last_ != nullptr && !check_choice(last_->poll, vote.vote.options))
      asked.choices = choices_of(last_->poll, vote.vote.options);
    asked_.push_back(std::move(asked));
  }

  void record(const std::vector<Asked>& votes) {
    Round round;
    for (const Asked& asked : votes) {
      round.add(asked);
      *asked.outcome = {Recorded::recorded, asked.vote->vote.request,
                        digest_of(asked.vote->vote.options)};
    }
    const Rows rows = round.run(session_, note_superseded_);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      const Asked& asked = votes.at(static_cast<std::size_t>(rows.integer(row, 0)) - 1);
      *asked.outcome = outcome_of(rows, row, asked);
    }
  }

  static RecordOutcome outcome_of(const Rows& rows, std::size_t row, const Asked& asked) {
    static const std::map<std::string_view, Recorded> kRefusals{
        {"unknown_poll", Recorded::unknown_poll},
        {"unknown_option", Recorded::unknown_option},
        {"not_active", Recorded::not_active},
        {"too_late", Recorded::too_late},
        {"final", Recorded::final}};
    if (const auto refusal = kRefusals.find(rows.text(row, 1)); refusal != kRefusals.end())
      return {refusal->second, {}, 0};
    const std::string_view cast = rows.text(row, 3);
    RecordOutcome outcome{Recorded::superseded, rows.id<RequestId>(row, 2),
                          digest_of(options_of(asked.poll->poll, cast))};
    if (outcome.standing == asked.vote->vote.request)
      outcome.outcome = cast == asked.choices ? Recorded::same : Recorded::key_reused;
    return outcome;
  }

  Session& session_;
  const bool note_superseded_;
  const NumberedPoll* last_ = nullptr;
  std::vector<Asked> asked_;
};

/// The polls that batches of one transaction touched, with the counts that it leaves them with:
/// asked of the server once, however many batches there are.
class Touched {
 public:
  Touched(Session& session, const std::vector<const Batch*>& batches) {
    std::set<PollId> ids;
    for (const Batch* batch : batches)
      for (const VoteToRecord& vote : batch->votes) ids.insert(vote.vote.poll);
    for (const PollId id : ids)
      if (const NumberedPoll* poll = session.poll(id)) polls_.push_back(poll);
    for (PollCounts& counts : read_counts(session, polls_)) {
      const PollId id = counts.poll;
      counts_.emplace(id, std::move(counts));
    }
  }

  void report(const Batch& batch, BatchReport& report) const {
    std::set<PollId> ids;
    for (const VoteToRecord& vote : batch.votes) ids.insert(vote.vote.poll);
    for (const NumberedPoll* poll : polls_) {
      if (!ids.contains(poll->poll.id)) continue;
      report.counts.push_back(counts_.at(poll->poll.id));
      report.polls.push_back(poll->poll);
    }
  }

 private:
  std::vector<const NumberedPoll*> polls_;
  std::map<PollId, PollCounts> counts_;
};

BatchReport moved() {
  BatchReport report;
  report.positions_moved = true;
  return report;
}

void pass(Session& session, const Batch& batch) {
  move_positions(session, batch.moves);
  note_closings_read(session, batch.closings);
  note_undecided(session, batch.undecided);
}

}  // namespace

std::vector<Result<BatchReport>> record(Session& session,
                                        const std::vector<const Batch*>& batches) {
  if (!positions_stand(session, batches.front()->moves)) return {moved()};
  std::vector<BatchReport> reports(batches.size());
  Recording recording(session, batches.front()->note_superseded);
  for (std::size_t i = 0; i < batches.size(); ++i)
    recording.add(batches[i]->votes, reports[i].outcomes);
  recording.run();
  const Touched touched(session, batches);
  std::vector<Result<BatchReport>> answers;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    BatchReport& report = reports[i];
    report.moves_held =
        std::any_of(report.outcomes.begin(), report.outcomes.end(),
                    [](const RecordOutcome& outcome) { return is_refusal(outcome.outcome); });
    if (!report.moves_held) pass(session, *batches[i]);
    touched.report(*batches[i], report);
    answers.emplace_back(std::move(report));
  }
  return answers;
}

}  // namespace vote::postgres

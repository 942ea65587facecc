#pragma once
// What a store of ballots must answer, said a second time and plainly: maps in memory, one vote
// after the other, nothing kept but what was decided. Property tests hold a store against it.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "contract/store/house.h"

namespace vote::test {

class Model {
 public:
  /// Of the audit log.
  struct Entry {
    std::string action;
    RequestId request;
    std::vector<OptionId> old_options;
    std::vector<OptionId> new_options;
    Time at;
    bool operator==(const Entry&) const = default;
  };
  struct Ballot {
    RequestId request;
    std::vector<OptionId> cast;
    std::vector<OptionId> stands;
    Time cast_at;
    std::uint32_t revision = 0;
    std::set<RequestId> superseded;
    std::map<RequestId, std::pair<std::vector<OptionId>, std::uint32_t>> changes;
    std::vector<Entry> audit;
  };
  using Voter = std::pair<PollId, UserId>;

  std::map<PollId, Poll> polls;
  std::map<Voter, Ballot> ballots;
  std::map<std::int32_t, Position> positions;  // by partition of the one topic
  std::map<std::pair<PollId, std::int32_t>, Time> closings_read;
  std::map<std::pair<PollId, std::uint64_t>, UndecidedVote> undecided;

  struct Answer {
    bool positions_moved = false;
    bool moves_held = false;
    std::vector<RecordOutcome> outcomes;
    std::set<PollId> touched;
  };
  Answer record(const Batch& batch, Time now) {
    Answer answer;
    for (const Batch::Move& move : batch.moves)
      if (next_offset(move.to.partition) != move.from_offset) answer.positions_moved = true;
    if (answer.positions_moved) return answer;
    for (const VoteToRecord& one : batch.votes) {
      answer.outcomes.push_back(record(one, now, batch.note_superseded));
      if (is_refusal(answer.outcomes.back().outcome)) answer.moves_held = true;
      if (polls.contains(one.vote.poll)) answer.touched.insert(one.vote.poll);
    }
    if (!answer.moves_held) pass(batch);
    return answer;
  }

  /// Whether it would be one for the dead letters, as things are.
  bool refuses(const VoteToRecord& one, Time now) const {
    const auto poll = polls.find(one.vote.poll);
    if (poll == polls.end() || !is_a_choice(poll->second, one.vote.options)) return true;
    return refusal_of(poll->second, one.stamp, now) &&
           !ballots.contains({one.vote.poll, one.vote.voter});
  }

  struct Changed {
    std::optional<Code> refused;
    bool repeated = false;
    std::vector<OptionId> options;
    std::uint32_t revision = 0;
  };
  Changed change(const CastVote& vote, Time now) {
    const auto known = polls.find(vote.poll);
    if (known == polls.end()) return refused(Code::not_found);
    const Poll& poll = known->second;
    const auto found = ballots.find({vote.poll, vote.voter});
    if (found != ballots.end())
      if (auto first = first_answer(found->second, vote)) return *first;
    if (poll.final_at) return refused(Code::poll_final);
    if (!poll.published || poll.close_requested_at || now >= poll.end_time || now < poll.start_time)
      return refused(Code::poll_not_active);
    if (!poll.settings.allow_vote_change) return refused(Code::change_not_allowed);
    if (!vote.options.empty() && !is_a_choice(poll, vote.options))
      return refused(Code::invalid_option);
    if (found == ballots.end()) return refused(Code::vote_pending);
    Ballot& ballot = found->second;
    if (vote.options.empty() && ballot.stands.empty()) return refused(Code::no_vote);
    ballot.audit.push_back({vote.options.empty() ? "revoked" : "changed", vote.request,
                            ballot.stands, vote.options, now});
    ballot.stands = vote.options;
    ++ballot.revision;
    ballot.changes[vote.request] = {vote.options, ballot.revision};
    return {std::nullopt, false, vote.options, ballot.revision};
  }

  void close(PollId id, Time now) {
    Poll& poll = polls.at(id);
    if (!poll.published || poll.close_requested_at || poll.final_at || now >= poll.end_time) return;
    poll.close_requested_at = now;  // no API holds a lease, so that every one knows
    poll.cutoff = now;
  }

  Finality finalise(PollId id, const std::vector<std::int32_t>& partitions, Time now) {
    Poll& poll = polls.at(id);
    if (poll.final_at) return Finality::was_final;
    if (!is_decided(poll, now) || now <= in_time_until(poll)) return Finality::not_due;
    for (const std::int32_t partition : partitions) {
      const auto read = closings_read.find({id, partition});
      if (read == closings_read.end() || read->second <= closed_after(poll))
        return Finality::not_read;
    }
    if (partitions.empty()) return Finality::not_read;
    if (!holding(poll).empty()) return Finality::held_back;
    poll.final_at = now;
    std::erase_if(undecided, [&](const auto& each) { return each.first.first == id; });
    return Finality::made_final;
  }

  static bool is_decided(const Poll& poll, Time now) {
    return poll.published && (poll.cutoff || now >= poll.end_time);
  }
  static Time closed_after(const Poll& poll) { return in_time_until(poll) + kClocksApartMax; }
  std::vector<UndecidedVote> holding(const Poll& poll) const {
    std::vector<UndecidedVote> votes;
    for (const auto& [key, vote] : undecided)
      if (key.first == poll.id && vote.first_stamp <= in_time_until(poll) &&
          !(vote.voter && ballots.contains({poll.id, *vote.voter})))
        votes.push_back(vote);
    return votes;
  }

  Tally tally(const Poll& poll) const {
    Tally tally{std::vector<std::int64_t>(poll.options.size()), 0};
    for (const auto& [key, ballot] : ballots) {
      if (key.first != poll.id || ballot.stands.empty()) continue;
      ++tally.ballots;
      for (std::size_t i = 0; i < poll.options.size(); ++i)
        for (const OptionId& option : ballot.stands)
          if (option == poll.options[i].id) ++tally.options[i];
    }
    return tally;
  }

  std::size_t ballots_of(PollId poll) const {
    return static_cast<std::size_t>(
        std::count_if(ballots.begin(), ballots.end(),
                      [&](const auto& each) { return each.first.first == poll; }));
  }

  std::int64_t next_offset(std::int32_t partition) const {
    const auto found = positions.find(partition);
    return found == positions.end() ? 0 : found->second.next_offset;
  }

  /// What was known of polls that are not looked at any more.
  void forget_polls() {
    polls.clear();
    ballots.clear();
    closings_read.clear();
    undecided.clear();
  }

 private:
  static Changed refused(Code code) { return {code, false, {}, 0}; }
  static Time in_time_until(const Poll& poll) {
    return (poll.cutoff ? std::min(*poll.cutoff, poll.end_time) : poll.end_time) + kGrace;
  }
  static bool is_a_choice(const Poll& poll, const std::vector<OptionId>& options) {
    const std::set<OptionId> different(options.begin(), options.end());
    std::size_t known = 0;
    for (const PollOption& option : poll.options) known += different.count(option.id);
    return !options.empty() && different.size() == options.size() && known == options.size() &&
           options.size() <= poll.settings.max_votes_per_user;
  }

  static std::optional<Recorded> refusal_of(const Poll& poll, std::optional<Time> stamp, Time now) {
    if (!poll.published) return Recorded::not_active;
    if (poll.final_at) return Recorded::final;
    if (!stamp && now < poll.start_time) return Recorded::not_active;
    if (stamp.value_or(now) > in_time_until(poll)) return Recorded::too_late;
    return std::nullopt;
  }
  RecordOutcome record(const VoteToRecord& one, Time now, bool note_superseded) {
    const CastVote& vote = one.vote;
    const auto known = polls.find(vote.poll);
    if (known == polls.end()) return {Recorded::unknown_poll, {}, 0};
    const Poll& poll = known->second;
    if (!is_a_choice(poll, vote.options)) return {Recorded::unknown_option, {}, 0};
    const auto refusal = refusal_of(poll, one.stamp, now);
    const Time at = one.stamp.value_or(now);
    const auto found = ballots.find({vote.poll, vote.voter});
    if (found == ballots.end()) {
      if (refusal) return {*refusal, {}, 0};
      ballots[{vote.poll, vote.voter}] = {vote.request,
                                          vote.options,
                                          vote.options,
                                          at,
                                          0,
                                          {},
                                          {},
                                          {{"cast", vote.request, {}, vote.options, at}}};
      return {Recorded::recorded, vote.request, digest_of(vote.options)};
    }
    Ballot& ballot = found->second;
    RecordOutcome outcome{Recorded::superseded, ballot.request, digest_of(ballot.cast)};
    if (ballot.request == vote.request)
      outcome.outcome = ballot.cast == vote.options ? Recorded::same : Recorded::key_reused;
    if (outcome.outcome == Recorded::same || refusal || !note_superseded) return outcome;
    if (!ballot.changes.contains(vote.request) && ballot.superseded.insert(vote.request).second)
      ballot.audit.push_back({"superseded", vote.request, {}, vote.options, at});
    return outcome;
  }

  void pass(const Batch& batch) {
    for (const Batch::Move& move : batch.moves)
      if (move.to.next_offset != move.from_offset) positions[move.to.partition] = move.to;
    for (const ClosingRead& closing : batch.closings) {
      if (!polls.contains(closing.poll) || polls.at(closing.poll).final_at) continue;
      Time& read =
          closings_read.try_emplace({closing.poll, closing.partition}, closing.stamp).first->second;
      read = std::max(read, closing.stamp);
    }
    for (const UndecidedVote& vote : batch.undecided) note(vote);
  }
  void note(const UndecidedVote& vote) {
    const auto poll = polls.find(vote.poll);
    if (poll == polls.end() || poll->second.final_at) return;
    if (poll->second.published && vote.first_stamp > in_time_until(poll->second)) return;
    UndecidedVote& noted = undecided.try_emplace({vote.poll, vote.digest}, vote).first->second;
    noted.first_stamp = std::min(noted.first_stamp, vote.first_stamp);
    noted.state = vote.state;
    noted.reason = vote.reason;
  }

  static std::optional<Changed> first_answer(const Ballot& ballot, const CastVote& vote) {
    const Changed reused = refused(Code::idempotency_key_reused);
    if (vote.request == ballot.request) {
      if (vote.options != ballot.cast) return reused;
      return Changed{std::nullopt, true, ballot.cast, 0};
    }
    if (ballot.superseded.contains(vote.request)) return reused;
    const auto applied = ballot.changes.find(vote.request);
    if (applied == ballot.changes.end()) return std::nullopt;
    if (applied->second.first != vote.options) return reused;
    return Changed{std::nullopt, true, applied->second.first, applied->second.second};
  }
};

}  // namespace vote::test

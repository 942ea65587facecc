#pragma once
// What a store of ballots must answer, said a second time and plainly: maps in memory, one vote
// after the other, nothing kept but what was decided. Property tests hold a store against it.
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "contract/store/house.h"

namespace vote::test {

class Model {
 public:
  struct Ballot {
    RequestId request;
    std::vector<OptionId> cast;
    std::vector<OptionId> stands;
    std::uint32_t revision = 0;
    std::set<RequestId> superseded;
    std::map<RequestId, std::pair<std::vector<OptionId>, std::uint32_t>> changes;
  };

  std::map<PollId, Poll> polls;
  std::map<std::pair<PollId, UserId>, Ballot> ballots;
  std::int64_t position = 0;

  Recorded record(const CastVote& vote, std::optional<Time> stamp, Time now, bool note) {
    const auto poll = polls.find(vote.poll);
    if (poll == polls.end()) return Recorded::unknown_poll;
    if (!is_a_choice(poll->second, vote.options)) return Recorded::unknown_option;
    const bool late = stamp.value_or(now) > end_of(poll->second) + kGrace;
    const auto found = ballots.find({vote.poll, vote.voter});
    if (found == ballots.end()) {
      if (late) return Recorded::too_late;
      ballots[{vote.poll, vote.voter}] = {vote.request, vote.options, vote.options, 0, {}, {}};
      return Recorded::recorded;
    }
    Ballot& ballot = found->second;
    if (ballot.request == vote.request && ballot.cast == vote.options) return Recorded::same;
    if (note && !late && !ballot.changes.contains(vote.request))
      ballot.superseded.insert(vote.request);
    return ballot.request == vote.request ? Recorded::key_reused : Recorded::superseded;
  }

  struct Changed {
    std::optional<Code> refused;
    bool repeated = false;
    std::vector<OptionId> options;
    std::uint32_t revision = 0;
  };
  Changed change(const CastVote& vote, Time now) {
    const auto found = ballots.find({vote.poll, vote.voter});
    const Poll& poll = polls.at(vote.poll);
    if (found != ballots.end())
      if (auto first = first_answer(found->second, vote)) return *first;
    if (poll.close_requested_at || now >= poll.end_time)
      return {Code::poll_not_active, false, {}, 0};
    if (!poll.settings.allow_vote_change) return {Code::change_not_allowed, false, {}, 0};
    if (!vote.options.empty() && !is_a_choice(poll, vote.options))
      return {Code::invalid_option, false, {}, 0};
    if (found == ballots.end()) return {Code::vote_pending, false, {}, 0};
    Ballot& ballot = found->second;
    if (vote.options.empty() && ballot.stands.empty()) return {Code::no_vote, false, {}, 0};
    ballot.stands = vote.options;
    ++ballot.revision;
    ballot.changes[vote.request] = {vote.options, ballot.revision};
    return {std::nullopt, false, vote.options, ballot.revision};
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

 private:
  static Time end_of(const Poll& poll) {
    return poll.close_requested_at ? std::min(*poll.close_requested_at, poll.end_time)
                                   : poll.end_time;
  }
  static bool is_a_choice(const Poll& poll, const std::vector<OptionId>& options) {
    const std::set<OptionId> different(options.begin(), options.end());
    std::size_t known = 0;
    for (const PollOption& option : poll.options) known += different.count(option.id);
    return !options.empty() && different.size() == options.size() && known == options.size() &&
           options.size() <= poll.settings.max_votes_per_user;
  }
  static std::optional<Changed> first_answer(const Ballot& ballot, const CastVote& vote) {
    const Changed reused{Code::idempotency_key_reused, false, {}, 0};
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

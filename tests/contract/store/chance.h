#pragma once
// What a random history is made of, all drawn from one seed: polls, votes with copies, other orders
// and reused keys, batches and what they pass. The same seed draws the same again.
#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "contract/store/model.h"

namespace vote::test {

inline constexpr const char* kHistoryTopic = "votes";
inline constexpr std::int32_t kHistoryPartitions = 3;

class Chance {
 public:
  /// Of a history that begins now.
  Chance(std::uint32_t seed, Time now) : engine_(seed) {
    for (unsigned i = 3 + below(20); i > 0; --i) voters_.push_back(id<UserId>());
    for (unsigned i = 1 + below(4); i > 0; --i) polls_.push_back(some_poll(now));
  }

  const std::vector<Poll>& polls() const { return polls_; }
  const std::vector<UserId>& voters() const { return voters_; }

  unsigned below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(engine_);
  }
  bool one_in(unsigned number) { return below(number) == 0; }
  template <class Things>
  const auto& one_of(const Things& things) {
    return things[below(static_cast<unsigned>(things.size()))];
  }

  /// A choice that mostly holds, of a key that may have been used before; or a copy.
  CastVote some_vote() {
    if (!sent_.empty() && one_in(4)) return one_of(sent_);
    const Poll& poll = one_of(polls_);
    CastVote vote = new_vote(poll);
    vote.request = id<RequestId>();
    vote.voter = one_of(voters_);
    vote.options = some_choice(poll);
    if (one_in(25)) vote.poll = id<PollId>();
    auto& used = keys_[vote.voter];
    if (!used.empty() && one_in(2))
      vote.request = one_of(used);
    else
      used.push_back(vote.request);
    sent_.push_back(vote);
    return vote;
  }

  /// As a worker sends it (stamps, positions), as an API does, or anything between.
  Batch some_batch(const Model& model, Time now) {
    Batch batch;
    const unsigned most = one_in(20) ? 150 : 12;
    for (unsigned i = below(most); i > 0; --i)
      batch.votes.push_back({some_vote(), some_stamp(now)});
    batch.note_superseded = one_in(2);
    for (std::int32_t partition = 0; partition < kHistoryPartitions; ++partition)
      if (one_in(2)) batch.moves.push_back(some_move(model, partition, now));
    while (one_in(3)) batch.closings.push_back(some_closing(now));
    while (one_in(4)) batch.undecided.push_back(some_undecided(now));
    return batch;
  }

 private:
  template <class SomeId>
  SomeId id() {
    SomeId made;
    for (std::uint8_t& byte : made.uuid.bytes) byte = static_cast<std::uint8_t>(below(256));
    return made;
  }
  Duration seconds(unsigned end) { return std::chrono::seconds(below(end)); }

  Poll some_poll(Time now) {
    Poll poll = new_poll();
    poll.id = id<PollId>();
    poll.owner = id<UserId>();
    poll.options.clear();
    for (unsigned i = 2 + below(5); i > 0; --i) poll.options.push_back({id<OptionId>(), {}});
    const auto by_id = [](const PollOption& one, const PollOption& other) {
      return one.id < other.id;
    };
    std::sort(poll.options.begin(), poll.options.end(), by_id);
    for (std::size_t i = 0; i < poll.options.size(); ++i)
      poll.options[i].text = "option " + std::to_string(i + 1);
    poll.published = !one_in(8);
    poll.start_time = one_in(5) ? now + seconds(300) : now - std::chrono::hours(1);
    poll.end_time = std::max(now, poll.start_time) + std::chrono::minutes(1) + seconds(2400);
    poll.settings.allow_vote_change = !one_in(3);
    poll.settings.allow_multiple_options = one_in(2);
    if (poll.settings.allow_multiple_options)
      poll.settings.max_votes_per_user = 1 + below(static_cast<unsigned>(poll.options.size()));
    return poll;
  }

  std::vector<OptionId> some_choice(const Poll& poll) {
    const unsigned most = poll.settings.max_votes_per_user;
    std::vector<OptionId> options;
    for (unsigned i = one_in(12) ? below(4) : 1 + below(most); i > 0; --i)
      options.push_back(one_of(poll.options).id);
    if (one_in(25)) options.push_back(id<OptionId>());
    std::sort(options.begin(), options.end());
    if (!one_in(12)) options.erase(std::unique(options.begin(), options.end()), options.end());
    return options;
  }

  std::optional<Time> some_stamp(Time now) {
    if (one_in(3)) return std::nullopt;
    return now - seconds(60) + seconds(10);
  }

  Batch::Move some_move(const Model& model, std::int32_t partition, Time now) {
    const std::int64_t stands = model.next_offset(partition);
    const std::int64_t from = one_in(12) ? stands + 1 - 2 * below(2) : stands;
    return {from,
            {kHistoryTopic, partition, from + below(6), now - seconds(60),
             std::uint64_t{engine_()} << 32U | engine_()}};
  }

  /// About when it closes its poll, or a little before.
  ClosingRead some_closing(Time now) {
    const Poll& poll = one_of(polls_);
    const Time about = one_in(2) ? now : poll.end_time + kGrace + kClocksApartMax;
    return {one_in(12) ? id<PollId>() : poll.id, kHistoryTopic,
            static_cast<std::int32_t>(below(kHistoryPartitions)),
            about - std::chrono::seconds(2) + seconds(60)};
  }

  /// One of few messages, each of which says the same on every round.
  UndecidedVote some_undecided(Time now) {
    if (undecided_.empty() || (undecided_.size() < kHoldingShownMax && one_in(3))) {
      const std::uint64_t digest = std::uint64_t{engine_()} << 32U | engine_();
      undecided_.push_back({one_in(12) ? id<PollId>() : one_of(polls_).id, digest, one_of(voters_),
                            id<RequestId>(), Time(), UndecidedVote::State::retry, ""});
      if (one_in(4)) undecided_.back().voter = std::nullopt;
      if (!undecided_.back().voter) undecided_.back().request = std::nullopt;
    }
    UndecidedVote vote = one_of(undecided_);
    vote.first_stamp = now - seconds(600) + seconds(20);
    if (one_in(2)) vote.state = UndecidedVote::State::dead_letter;
    vote.reason = "reason " + std::to_string(below(3));
    return vote;
  }

  std::mt19937 engine_;
  std::vector<Poll> polls_;
  std::vector<UserId> voters_;
  std::vector<CastVote> sent_;
  std::map<UserId, std::vector<RequestId>> keys_;
  std::vector<UndecidedVote> undecided_;
};

}  // namespace vote::test

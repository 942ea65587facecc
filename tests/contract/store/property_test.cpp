// Random histories: batches with copies, reused keys, late and unknown votes; changes, revocations,
// positions, closings, restarts. After each step the store has answered as the model does.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "contract/store/house.h"
#include "contract/store/model.h"

namespace vote::test {
namespace {

constexpr std::uint32_t kHistories = 12;
constexpr int kSteps = 60;
constexpr std::size_t kVoters = 8;  // few, so that they meet themselves often

class StoreHistory : public StoreTest {
 protected:
  void live(std::uint32_t seed) {
    chance_.seed(seed);
    model_ = {};
    polls_.clear();
    voters_.clear();
    sent_.clear();
    keys_.clear();
    for (std::size_t i = 0; i < kVoters; ++i) voters_.push_back(new_id<UserId>());
    for (std::size_t i = 0; i < 3; ++i) {
      Poll poll = new_poll();
      poll.end_time = clock_.now() + std::chrono::minutes(5 + 20 * i);
      poll.settings.allow_vote_change = i != 0;
      poll.settings.allow_multiple_options = i == 2;
      poll.settings.max_votes_per_user = i == 2 ? 2 : 1;
      polls_.push_back(add_poll(*store_, poll));
      model_.polls[poll.id] = polls_.back();
    }
    topic_ = "votes-" + std::to_string(seed);
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      take_a_step();
      if (HasFailure()) return;
    }
    compare_all();
  }

  void take_a_step() {
    const unsigned die = below(20);
    if (die < 10)
      record_some();
    else if (die < 16)
      change_one();
    else if (die < 18)
      advance(std::chrono::seconds(below(120)));
    else if (die < 19)
      close_one();
    else
      restart();
  }

  unsigned below(unsigned end) {
    return std::uniform_int_distribution<unsigned>(0, end - 1)(chance_);
  }

  CastVote some_vote() {
    const Poll& poll = polls_[below(3)];
    CastVote vote = new_vote(poll);
    vote.voter = voters_[below(kVoters)];
    vote.options.clear();
    const unsigned options =
        below(12) == 0 ? below(4) : 1 + below(poll.settings.max_votes_per_user);
    for (unsigned i = 0; i < options; ++i) vote.options.push_back(poll.options[below(3)].id);
    if (below(25) == 0) vote.options.push_back(new_id<OptionId>());
    if (below(25) == 0) vote.poll = new_id<PollId>();
    std::sort(vote.options.begin(), vote.options.end());
    auto& used = keys_[vote.voter];
    if (!used.empty() && below(2) == 0)
      vote.request = used[below(static_cast<unsigned>(used.size()))];
    else
      used.push_back(vote.request);
    sent_.push_back(vote);
    return below(4) == 0 ? sent_[below(static_cast<unsigned>(sent_.size()))] : vote;
  }

  std::optional<Time> some_stamp() {
    if (below(3) == 0) return std::nullopt;
    return clock_.now() - std::chrono::seconds(below(60)) + std::chrono::seconds(below(10));
  }

  void record_some() {
    Batch batch;
    for (unsigned i = below(12); i > 0; --i) batch.votes.push_back({some_vote(), some_stamp()});
    batch.note_superseded = below(2) == 0;
    const std::int64_t from = below(6) == 0 ? model_.position + 1 : model_.position;
    const std::int64_t to = from + static_cast<std::int64_t>(batch.votes.size());
    batch.moves.push_back({from, {topic_, 0, to, clock_.now(), 1}});
    const Batch sent = batch;
    const auto report = record(std::move(batch));
    ASSERT_TRUE(report) << report.error().detail;
    ASSERT_EQ(report->positions_moved, from != model_.position);
    if (report->positions_moved) return;
    ASSERT_EQ(report->outcomes.size(), sent.votes.size());
    bool refused = false;
    for (std::size_t i = 0; i < sent.votes.size(); ++i) {
      const VoteToRecord& one = sent.votes[i];
      const Recorded expected =
          model_.record(one.vote, one.stamp, clock_.now(), sent.note_superseded);
      ASSERT_EQ(name(report->outcomes[i].outcome), name(expected)) << "vote " << i;
      refused = refused || is_refusal(expected);
      if (is_refusal(expected)) continue;
      const Model::Ballot& ballot = model_.ballots.at({one.vote.poll, one.vote.voter});
      EXPECT_EQ(report->outcomes[i].standing, ballot.request);
      EXPECT_EQ(report->outcomes[i].standing_digest, digest_of(ballot.cast));
    }
    ASSERT_EQ(report->moves_held, refused);
    if (!refused) model_.position = to;
    for (const PollCounts& counts : report->counts) compare(counts);
  }

  void change_one() {
    CastVote vote = some_vote();
    if (!model_.polls.contains(vote.poll)) return;
    if (below(3) == 0) vote.options.clear();
    const auto report = change(vote);
    const Model::Changed expected = model_.change(vote, clock_.now());
    if (expected.refused) {
      ASSERT_FALSE(report);
      ASSERT_EQ(name(report.error().code), name(*expected.refused));
      return;
    }
    ASSERT_TRUE(report) << report.error().detail;
    EXPECT_EQ(report->repeated, expected.repeated);
    EXPECT_EQ(report->standing.options, expected.options);
    EXPECT_EQ(report->standing.revision, expected.revision);
    compare(report->counts);
  }

  void close_one() {
    Poll& poll = model_.polls.at(polls_[below(3)].id);
    ASSERT_TRUE(close(poll));
    if (!poll.close_requested_at && clock_.now() < poll.end_time)
      poll.close_requested_at = clock_.now();
  }

  void compare(const PollCounts& counts) {
    EXPECT_EQ(tally_of(counts), model_.tally(model_.polls.at(counts.poll)));
    EXPECT_GE(counts.version, versions_[counts.poll]);
    versions_[counts.poll] = counts.version;
  }

  void compare_all() {
    for (const Poll& poll : polls_) {
      compare(counts(poll));
      EXPECT_EQ(house_->counted_by_ballots(poll), model_.tally(poll));
      EXPECT_EQ(house_->counted_by_audit(poll), model_.tally(poll));
      for (const UserId& voter : voters_) compare_ballot(poll, voter);
    }
    const auto positions = *wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store_->positions(topic_, std::move(done)); });
    EXPECT_EQ(positions.empty() ? 0 : positions[0].next_offset, model_.position);
  }

  void compare_ballot(const Poll& poll, UserId voter) {
    const auto standing = vote_of(poll, voter);
    const auto expected = model_.ballots.find({poll.id, voter});
    ASSERT_EQ(standing.has_value(), expected != model_.ballots.end());
    if (!standing) return;
    const Model::Ballot& ballot = expected->second;
    EXPECT_EQ(standing->request, ballot.request);
    EXPECT_EQ(standing->options, ballot.stands);
    EXPECT_EQ(standing->revision, ballot.revision);
    EXPECT_EQ(std::set(standing->superseded.begin(), standing->superseded.end()),
              ballot.superseded);
  }

  std::mt19937 chance_;
  Model model_;
  std::vector<Poll> polls_;
  std::vector<UserId> voters_;
  std::vector<CastVote> sent_;
  std::map<UserId, std::vector<RequestId>> keys_;
  std::map<PollId, std::uint64_t> versions_;
  std::string topic_;
};
VOTE_ON_EVERY_BACKEND(StoreHistory);

TEST_P(StoreHistory, AnswersAsThePlainModelDoes) {
  const char* given = std::getenv("VOTE_SEED");
  const std::uint32_t first =
      given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device()();
  std::cout << "VOTE_SEED=" << first << '\n';
  for (std::uint32_t seed = first; seed != first + kHistories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    live(seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace vote::test

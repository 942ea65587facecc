// Random histories: batches with copies, reused keys, late and unknown votes; changes, revocations,
// positions, closings, final results, restarts. After each step the store has answered as the model
// does; at the end of a history its tables say the same.
//
// PROPERTY_BATCHES says how many batches there are to be. Each history has a seed of its own, and a
// failure says which: with VOTE_SEED set to it and PROPERTY_BATCHES=1 that history alone is run.
#include <array>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>

#include "contract/store/chance.h"
#include "contract/store/house.h"
#include "contract/store/model.h"
#include "contract/store/story.h"

namespace vote::test {
namespace {

constexpr std::uint32_t kBatchesUsual = 300;
constexpr int kSteps = 60;
constexpr std::size_t kPage = 25;  // few, so that there are several
constexpr int kLookedUp = 3;  // voters of a poll; all of them are compared by the list of ballots

std::uint32_t setting(const char* name, std::uint32_t otherwise) {
  const char* given = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it here
  return given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : otherwise;
}

/// Of one of them, by the digest of its message.
using Held = std::map<std::uint64_t, UndecidedVote>;
Held by_digest(const std::vector<UndecidedVote>& votes) {
  Held held;
  for (const UndecidedVote& vote : votes) held[vote.digest] = vote;
  return held;
}

class StoreHistory : public StoreTest {
 protected:
  void live(std::uint32_t seed) {
    chance_ = std::make_unique<Chance>(seed, clock_.now());
    story_ = std::make_unique<Story>(clock_.now());
    model_.forget_polls();
    seen_.clear();
    for (const Poll& poll : chance_->polls()) {
      story_->tell(poll);
      model_.polls[poll.id] = add_poll(*store_, poll);
    }
    for (int step = 0; step < kSteps && !HasFailure(); ++step) take_a_step();
    if (!HasFailure()) compare_all();
  }

  void take_a_step() {
    const unsigned die = chance_->below(60);
    if (die < 33)
      record_some();
    else if (die < 35)
      record_two_at_once();
    else if (die < 48)
      change_one();
    else if (die < 52)
      pass_time();
    else if (die < 54)
      close_one();
    else if (die < 55)
      publish_one();
    else if (die < 59)
      finalise_one();
    else
      restart_store();
  }

  const Poll& some_poll() { return model_.polls.at(chance_->one_of(chance_->polls()).id); }

  void record_some() {
    Batch batch = chance_->some_batch(model_, clock_.now());
    if (chance_->one_in(2))  // else positions would seldom move
      std::erase_if(batch.votes,
                    [&](const VoteToRecord& one) { return model_.refuses(one, clock_.now()); });
    story_->tell(batch);
    ++batches_;
    const auto report = record(batch);
    ASSERT_TRUE(report) << report.error().detail << " " << report.error().cause;
    const Model::Answer expected = model_.record(batch, clock_.now());
    ASSERT_EQ(report->positions_moved, expected.positions_moved);
    ASSERT_EQ(report->moves_held, expected.moves_held);
    compare(report->outcomes, expected.outcomes);
    std::set<PollId> touched;
    for (const PollCounts& counts : report->counts) {
      compare(counts);
      touched.insert(counts.poll);
    }
    EXPECT_EQ(touched, expected.touched);
    ASSERT_EQ(report->polls.size(), touched.size());
    for (const Poll& poll : report->polls) EXPECT_EQ(poll.end_time, at(poll.id).end_time);
  }

  /// As a store's path does it, without positions: of different voters, so that it does not matter
  /// which is first.
  void record_two_at_once() {
    const Batch drawn = chance_->some_batch(model_, clock_.now());
    std::array<Batch, 2> batches;
    for (const VoteToRecord& one : drawn.votes)
      batches.at(one.vote.voter.uuid.bytes.back() % 2).votes.push_back(one);
    std::array<std::promise<Result<BatchReport>>, 2> reports;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      story_->tell(batches.at(i));
      ++batches_;
      store_->record(batches.at(i), [&promise = reports.at(i)](Result<BatchReport> report) {
        promise.set_value(std::move(report));
      });
    }
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const auto report = reports.at(i).get_future().get();
      ASSERT_TRUE(report) << report.error().detail << " " << report.error().cause;
      compare(report->outcomes, model_.record(batches.at(i), clock_.now()).outcomes);
    }
  }

  void compare(const std::vector<RecordOutcome>& outcomes,
               const std::vector<RecordOutcome>& expected) {
    ASSERT_EQ(outcomes.size(), expected.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      ++answered_[std::string(name(expected[i].outcome))];
      ASSERT_EQ(name(outcomes[i].outcome), name(expected[i].outcome)) << "vote " << i + 1;
      EXPECT_EQ(outcomes[i].standing, expected[i].standing) << "vote " << i + 1;
      EXPECT_EQ(outcomes[i].standing_digest, expected[i].standing_digest) << "vote " << i + 1;
    }
  }

  void change_one() {
    CastVote vote = chance_->some_vote();
    if (chance_->one_in(3)) vote.options.clear();
    story_->tell_change(vote);
    const auto report = change(vote);
    const Model::Changed expected = model_.change(vote, clock_.now());
    ++answered_[expected.refused ? std::string(name(*expected.refused))
                                 : (expected.repeated ? "change again" : "change")];
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

  void pass_time() {
    const Poll& poll = some_poll();
    const Time over = poll.end_time + kGrace + kClocksApartMax;
    if (chance_->one_in(4) && over > clock_.now())
      advance(over - clock_.now() + std::chrono::seconds(chance_->below(10)));
    else
      advance(std::chrono::seconds(chance_->below(120)));
    story_->tell_time(clock_.now());
  }

  void close_one() {
    const Poll& poll = some_poll();
    story_->tell("close", poll);
    if (!poll.published) return;
    const auto closed = close(poll);
    ASSERT_TRUE(closed) << closed.error().detail;
    model_.close(poll.id, clock_.now());
  }

  void publish_one() {
    const Poll& poll = some_poll();
    if (poll.published) return;
    story_->tell("publish", poll);
    const auto published = revise(poll, [](Poll current, Time /*now*/) {
      current.published = true;
      return current;
    });
    ASSERT_TRUE(published) << published.error().detail;
    model_.polls.at(poll.id).published = true;
  }

  void finalise_one() {
    const Poll poll = some_poll();
    story_->tell("finalise", poll);
    const std::vector<std::int32_t> partitions{0, 1, 2};
    const PollCounts counted = counts(poll);
    const auto finality = wait_for<Result<Finality>>([&](auto done) {
      store_->finalise(poll.id, kHistoryTopic, partitions, counted, std::move(done));
    });
    ASSERT_TRUE(finality) << finality.error().detail;
    const Finality expected = model_.finalise(poll.id, partitions, clock_.now());
    ++answered_["finality " + std::to_string(static_cast<int>(expected))];
    ASSERT_EQ(static_cast<int>(*finality), static_cast<int>(expected));
  }

  void restart_store() {
    story_->tell("restart");
    restart();
  }

  const Poll& at(PollId id) const { return model_.polls.at(id); }

  /// A version never goes back, and stands for one tally.
  void compare(const PollCounts& counts) {
    const Tally expected = model_.tally(at(counts.poll));
    EXPECT_EQ(tally_of(counts), expected);
    const auto [seen, is_first] = seen_.try_emplace(counts.poll, counts.version, expected);
    if (is_first) return;
    auto& [version, tally] = seen->second;
    EXPECT_GE(counts.version, version);
    EXPECT_TRUE(counts.version > version || tally == expected);
    seen->second = {counts.version, expected};
  }

  void compare_all() {
    for (const auto& [id, poll] : model_.polls) {
      compare(counts(poll));
      compare_ballots(poll);
      for (int i = 0; i < kLookedUp; ++i) compare_ballot(poll, chance_->one_of(chance_->voters()));
      compare_audit(poll);
      compare_end(poll);
    }
    const Poll& judged = some_poll();
    EXPECT_EQ(house_->counted_by_ballots(judged), model_.tally(judged));
    EXPECT_EQ(house_->counted_by_audit(judged), model_.tally(judged));
    const auto positions = *wait_for<Result<std::vector<Position>>>(
        [&](auto done) { store_->positions(kHistoryTopic, std::move(done)); });
    ASSERT_EQ(positions.size(), model_.positions.size());
    for (const Position& position : positions) {
      const Position& expected = model_.positions.at(position.partition);
      EXPECT_EQ(position.next_offset, expected.next_offset);
      EXPECT_EQ(position.last_stamp, expected.last_stamp);
      EXPECT_EQ(position.last_digest, expected.last_digest);
    }
  }

  void compare_ballots(const Poll& poll) {
    std::optional<UserId> last;
    std::size_t ballots = 0;
    for (std::size_t read = kPage; read == kPage; ballots += read) {
      const auto page = *wait_for<Result<std::vector<VoterBallot>>>(
          [&](auto done) { store_->ballots(poll.id, last, kPage, std::move(done)); });
      read = page.size();
      for (const VoterBallot& each : page) {
        const auto found = model_.ballots.find({poll.id, each.voter});
        ASSERT_NE(found, model_.ballots.end());
        EXPECT_EQ(each.request, found->second.request);
        EXPECT_EQ(each.options, found->second.stands);
        EXPECT_EQ(each.revision, found->second.revision);
        EXPECT_EQ(each.cast_at, found->second.cast_at);
        last = each.voter;
      }
    }
    EXPECT_EQ(ballots, model_.ballots_of(poll.id));
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
    EXPECT_EQ(standing->cast_digest, digest_of(ballot.cast));
    EXPECT_EQ(std::set(standing->superseded.begin(), standing->superseded.end()),
              ballot.superseded);
  }

  /// The order within a batch is kept for each voter, which is what a log is read for.
  void compare_audit(const Poll& poll) {
    std::map<UserId, std::vector<Model::Entry>> entries;
    std::int64_t last = 0;
    for (std::size_t read = kPage; read == kPage;) {
      const auto page = *wait_for<Result<std::vector<AuditEntry>>>(
          [&](auto done) { store_->audit(poll.id, last, kPage, std::move(done)); });
      for (const AuditEntry& entry : page) {
        ASSERT_GT(entry.log_id, last);
        last = entry.log_id;
        entries[entry.user].push_back(
            {entry.action, entry.request, entry.old_options, entry.new_options, entry.at});
      }
      read = page.size();
    }
    for (const UserId& voter : chance_->voters()) {
      const auto expected = model_.ballots.find({poll.id, voter});
      const auto empty = std::vector<Model::Entry>();
      EXPECT_EQ(entries[voter], expected == model_.ballots.end() ? empty : expected->second.audit);
    }
    EXPECT_LE(entries.size(), chance_->voters().size());
  }

  void compare_end(const Poll& poll) {
    const auto end = wait_for<Result<EndOfPoll>>(
        [&](auto done) { store_->end_of_poll(poll.id, kHistoryTopic, std::move(done)); });
    ASSERT_TRUE(end) << end.error().detail;
    EXPECT_EQ(end->is_decided, Model::is_decided(poll, clock_.now()));
    EXPECT_EQ(end->closed_after, Model::closed_after(poll));
    EXPECT_EQ(end->poll.final_at, poll.final_at);
    EXPECT_EQ(end->poll.cutoff, poll.cutoff);
    for (std::int32_t partition = 0; partition < kHistoryPartitions; ++partition) {
      std::optional<Time> read;
      for (const EndOfPoll::Closing& closing : end->closings)
        if (closing.partition == partition) read = closing.read_stamp;
      const auto expected = model_.closings_read.find({poll.id, partition});
      EXPECT_EQ(read, expected == model_.closings_read.end() ? std::nullopt
                                                             : std::optional(expected->second));
    }
    const Held held = by_digest(end->holding);
    const Held expected = by_digest(model_.holding(poll));
    ASSERT_EQ(end->holding_total, expected.size());
    for (const auto& [digest, vote] : expected) {
      ASSERT_TRUE(held.contains(digest));
      EXPECT_EQ(held.at(digest).voter, vote.voter);
      EXPECT_EQ(held.at(digest).request, vote.request);
      EXPECT_EQ(held.at(digest).first_stamp, vote.first_stamp);
      EXPECT_EQ(held.at(digest).state, vote.state);
      EXPECT_EQ(held.at(digest).reason, vote.reason);
    }
  }

  std::unique_ptr<Chance> chance_;
  std::unique_ptr<Story> story_;
  Model model_;
  std::map<PollId, std::pair<std::uint64_t, Tally>> seen_;
  std::map<std::string, std::uint64_t> answered_;
  std::uint32_t batches_ = 0;
};
VOTE_ON_EVERY_BACKEND(StoreHistory);

TEST_P(StoreHistory, AnswersAsThePlainModelDoes) {
  const std::uint32_t first = setting("VOTE_SEED", std::random_device()());
  const std::uint32_t batches = setting("PROPERTY_BATCHES", kBatchesUsual);
  std::cout << "VOTE_SEED=" << first << '\n';
  for (std::uint32_t seed = first; batches_ < batches; ++seed) {
    live(seed);
    ASSERT_FALSE(HasFailure()) << "VOTE_SEED=" << seed << " PROPERTY_BATCHES=1 does it again:\n"
                               << story_->text();
  }
  std::cout << batches_ << " batches;";
  for (const auto& [answer, times] : answered_) std::cout << ' ' << answer << ' ' << times;
  std::cout << '\n';
}

}  // namespace
}  // namespace vote::test

#include <algorithm>
#include <atomic>
#include <thread>

#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreRecount : public StoreTest {
 protected:
  Recount recount() {
    auto recount =
        wait_for<Result<Recount>>([&](auto done) { store_->recount(poll_.id, std::move(done)); });
    if (!recount) throw std::runtime_error(recount.error().detail);
    return *recount;
  }
  std::optional<PollCounts> repair(const Recount& recount, std::uint64_t version_above = 0) {
    auto counts = wait_for<Result<std::optional<PollCounts>>>(
        [&](auto done) { store_->repair(recount, version_above, std::move(done)); });
    if (!counts) throw std::runtime_error(counts.error().detail);
    return *counts;
  }
  static Tally tally_of(const VoteSums& sums) { return {sums.options, sums.ballots}; }
  static Tally tally_of(const PollCounts& counts) { return StoreTest::tally_of(counts); }
  void expect_all_alike(const Recount& recount) {
    EXPECT_EQ(tally_of(recount.ballots), tally_of(recount.counters));
    EXPECT_EQ(recount.ballots, recount.audited);
    EXPECT_EQ(recount.stray_choices, 0U);
    EXPECT_EQ(recount.stray_counters, 0U);
    EXPECT_TRUE(recount.disagreeing.empty());
  }
  /// Casts, a change, a revocation and a superseded request.
  std::vector<CastVote> vote_all_ways() {
    std::vector<CastVote> votes;
    for (std::size_t n = 0; n < 9; ++n) {
      votes.push_back(new_vote(poll_, n % 3));
      record(votes.back());
    }
    EXPECT_TRUE(change(another_request(votes[0], poll_, 2)));
    CastVote revocation = another_request(votes[1], poll_, 0);
    revocation.options.clear();
    EXPECT_TRUE(change(revocation));
    record(another_request(votes[2], poll_, 1));
    return votes;
  }

  Poll poll_ = new_changeable_poll();
};
VOTE_ON_EVERY_BACKEND(StoreRecount);

TEST_P(StoreRecount, AgreesWithCountersAndAuditLog) {
  expect_all_alike(recount());
  vote_all_ways();
  const Recount found = recount();
  expect_all_alike(found);
  EXPECT_EQ(tally_of(found.ballots), (Tally{{2, 2, 4}, 8}));
  EXPECT_EQ(found.counters.version, counts(poll_).version);
}

TEST_P(StoreRecount, OfNoPollThatIsThereIsNotFound) {
  poll_ = new_poll();
  EXPECT_EQ(code_of(wait_for<Result<Recount>>(
                [&](auto done) { store_->recount(poll_.id, std::move(done)); })),
            Code::not_found);
}

TEST_P(StoreRecount, RepairsCountersByTheBallots) {
  vote_all_ways();
  house_->tamper(
      "UPDATE option_counts SET vote_count = vote_count + 70 WHERE position = 1;"
      "UPDATE option_counts SET vote_count = 0 WHERE position = 2;"
      "UPDATE poll_totals SET total_votes = total_votes + 1");
  const std::uint64_t version = counts(poll_).version;
  const auto repaired = repair(recount());
  ASSERT_TRUE(repaired);
  EXPECT_GT(repaired->version, version) << "readers would keep what they have";
  EXPECT_EQ(tally_of(*repaired), (Tally{{2, 2, 4}, 8}));
  expect_all_alike(recount());
}

TEST_P(StoreRecount, RepairsCountersThatAreGoneOrOfNoOption) {
  vote_all_ways();
  const std::uint64_t version = counts(poll_).version;
  house_->tamper(
      "DELETE FROM option_counts WHERE position = 3; DELETE FROM poll_totals;"
      "UPDATE option_counts SET position = 99 WHERE position = 2");
  EXPECT_EQ(recount().stray_counters, 1U);
  ASSERT_TRUE(repair(recount()));
  expect_all_alike(recount());
  EXPECT_GT(counts(poll_).version, version);
}

TEST_P(StoreRecount, ARepairIsMadeOnce) {
  vote_all_ways();
  house_->tamper("UPDATE option_counts SET vote_count = vote_count + 5 WHERE position = 1");
  const Recount found = recount();
  EXPECT_TRUE(repair(found));
  EXPECT_FALSE(repair(found)) << "another reconcile found the same";
  expect_all_alike(recount());
}

TEST_P(StoreRecount, ARepairKeepsWhatWasCountedSince) {
  const auto votes = vote_all_ways();
  house_->tamper("UPDATE option_counts SET vote_count = vote_count + 5 WHERE position = 1");
  const Recount found = recount();
  record(new_vote(poll_, 0));
  ASSERT_TRUE(change(another_request(votes[3], poll_, 1)));
  ASSERT_TRUE(repair(found));
  expect_all_alike(recount());
  EXPECT_EQ(tally_of(counts(poll_)), house_->counted_by_ballots(poll_));
}

TEST_P(StoreRecount, ARepairIsNewerThanWhatACacheHolds) {
  record(new_vote(poll_));
  const std::uint64_t ahead = counts(poll_).version + 1'000;
  EXPECT_GT(repair(recount(), ahead)->version, ahead);
}

TEST_P(StoreRecount, NamesVotersOfWhomBallotAndAuditLogDiffer) {
  vote_all_ways();
  house_->tamper("UPDATE votes SET choices = " + house_->choice({2}) +
                 " WHERE user_id = (SELECT user_id FROM votes WHERE choices = " +
                 house_->choice({1}) + " ORDER BY user_id LIMIT 1)");
  const Recount found = recount();
  EXPECT_NE(found.ballots, found.audited);
  EXPECT_EQ(found.disagreeing.size(), 1U);
}

TEST_P(StoreRecount, SeesBallotsThatWereSwappedThoughTheSumsAgree) {
  const CastVote one = new_vote(poll_, 0);
  const CastVote other = new_vote(poll_, 1);
  for (int n = 0; n < 5; ++n) record(new_vote(poll_, 2));
  record(one);
  record(other);
  const std::string first = house_->choice({1});
  const std::string second = house_->choice({2});
  house_->tamper("UPDATE votes SET choices = CASE choices WHEN " + first + " THEN " + second +
                 " WHEN " + second + " THEN " + first + " ELSE choices END");
  const Recount found = recount();
  EXPECT_EQ(found.ballots, found.audited);
  std::vector<UserId> both{one.voter, other.voter};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(found.disagreeing, both);
}

TEST_P(StoreRecount, SeesABallotThatWasRemovedAndAnEntryThatWas) {
  const auto votes = vote_all_ways();
  house_->tamper(
      "DELETE FROM votes WHERE user_id ="
      " (SELECT user_id FROM votes ORDER BY user_id DESC LIMIT 1)");
  EXPECT_EQ(recount().disagreeing.size(), 1U);
  house_->tamper("DELETE FROM vote_audit_log WHERE action = " + house_->action("changed"));
  EXPECT_GE(recount().disagreeing.size(), 1U);
}

TEST_P(StoreRecount, CountsChoicesOfOptionsThatThePollHasNot) {
  vote_all_ways();
  house_->tamper("UPDATE votes SET choices = " + house_->choice({7}) +
                 " WHERE choices = " + house_->choice({3}));
  EXPECT_EQ(recount().stray_choices, 4U);
}

TEST_P(StoreRecount, IsOfOneMomentThoughVotesComeMeanwhile) {
  std::atomic<bool> over = false;
  const auto voting = house_->open(kGrace);
  std::thread voters([&] {
    for (std::size_t n = 0; !over; ++n) {
      Batch batch;
      std::vector<CastVote> votes;
      for (std::size_t i = 0; i < 20; ++i) {
        votes.push_back(new_vote(poll_, (n + i) % 3));
        batch.votes.push_back({votes.back(), kStart});
      }
      EXPECT_TRUE(record(*voting, std::move(batch)));
      EXPECT_TRUE(wait_for<Result<ChangeReport>>([&](auto done) {
        voting->change({another_request(votes[n % 20], poll_, n % 3)}, std::move(done));
      }));
    }
  });
  std::uint64_t versions = 0;
  for (std::uint64_t last = 0; versions < 30;) {
    const Recount found = recount();
    expect_all_alike(found);
    versions += found.counters.version == last ? 0 : 1;
    last = found.counters.version;
  }
  over = true;
  voters.join();
}

TEST_P(StoreRecount, BallotsOfPollsThatAreNotThereDangle) {
  const auto dangling = [&] {
    return *wait_for<Result<std::vector<DanglingVotes>>>(
        [&](auto done) { store_->dangling(std::move(done)); });
  };
  EXPECT_TRUE(dangling().empty());
  vote_all_ways();
  EXPECT_TRUE(dangling().empty());
  house_->tamper("DELETE FROM polls");
  ASSERT_EQ(dangling().size(), 1U);
  EXPECT_EQ(dangling()[0].poll, poll_.id);
  EXPECT_EQ(dangling()[0].ballots, 9U);
}

}  // namespace
}  // namespace vote::test

#include <algorithm>
#include <atomic>
#include <thread>

#include "unit/reconcile/world.h"

namespace vote {
namespace {

using test::new_vote;
using test::number;

constexpr const char* kCorrupt =
    "BEGIN IMMEDIATE;"
    "UPDATE option_counts SET vote_count = vote_count + 100 WHERE position = 1;"
    "UPDATE poll_totals SET total_votes = total_votes + 7;"
    "COMMIT";

class Recounting : public test::ReconcileWorld {
 protected:
  Recounting() {
    cast(30);
    work();
  }
};

TEST_F(Recounting, FindsNothingWhereAllAgree) {
  const ReconcileSummary summary = pass();
  EXPECT_EQ(summary.polls, 1U);
  EXPECT_EQ(summary.repaired + summary.unrepaired, 0U);
  EXPECT_EQ(exit_code(summary), ExitCode::ok);
}

TEST_F(Recounting, RepairsCountersAndSaysSo) {
  tamper(kCorrupt);
  const ReconcileSummary summary = pass();
  EXPECT_EQ(summary.repaired, 2U);
  EXPECT_EQ(summary.unrepaired, 0U);
  EXPECT_EQ(exit_code(summary), ExitCode::repaired);
  test::expect_counted(files, 30);
  EXPECT_EQ(exit_code(pass()), ExitCode::ok);
}

TEST_F(Recounting, DryRunLeavesThemAndSaysSo) {
  tamper(kCorrupt);
  settings.dry_run = true;
  const ReconcileSummary summary = pass();
  EXPECT_EQ(summary.unrepaired, 2U);
  EXPECT_EQ(exit_code(summary), ExitCode::unrepaired);
  EXPECT_EQ(counts().total_votes, 37U);
}

TEST_F(Recounting, RepairsWhatTheCacheShows) {
  PollCounts wrong = counts();
  wrong.options[0].votes += 5;
  shown.put(wrong);
  EXPECT_EQ(pass().repaired, 1U);
  const auto now = wait_for<std::optional<PollCounts>>(
      [&](auto done) { shown.counts(poll.id, std::move(done)); });
  ASSERT_TRUE(now);
  EXPECT_EQ(now->options[0].votes, 10U);
  EXPECT_EQ(pass().repaired, 0U);
}

TEST_F(Recounting, RepairsACacheThatIsAheadOfTheStore) {
  PollCounts ahead = counts();
  ahead.version += 50;
  ahead.total_votes += 1;
  shown.put(ahead);
  EXPECT_EQ(pass().repaired, 1U);
  EXPECT_GT(counts().version, ahead.version);
}

TEST_F(Recounting, BringsACacheThatHasMissedCountsUpToDate) {
  PollCounts behind = counts();
  behind.version -= 1;
  behind.total_votes -= 1;
  shown.put(behind);
  settings.dry_run = true;
  pass();
  const auto in_cache = [&] {
    return wait_for<std::optional<PollCounts>>(
        [&](auto done) { shown.counts(poll.id, std::move(done)); });
  };
  EXPECT_EQ(in_cache()->version, behind.version);
  settings.dry_run = false;
  EXPECT_EQ(pass().repaired, 0U) << "a cache may miss counts: no difference to tell of";
  EXPECT_EQ(in_cache()->version, counts().version);
  EXPECT_EQ(in_cache()->total_votes, counts().total_votes);
}

TEST_F(Recounting, AnAuditLogThatDiffersIsReportedAndKeepsThePollFromBeingFinal) {
  tamper(
      "UPDATE votes SET choices = '[2]' WHERE user_id = (SELECT min(user_id) FROM votes"
      " WHERE choices = '[1]')");
  pass_the_end();
  pass();
  work();
  const ReconcileSummary summary = pass();
  EXPECT_GT(summary.unrepaired, 0U);
  ASSERT_EQ(summary.held.size(), 1U);
  EXPECT_EQ(exit_code(summary), ExitCode::unrepaired);
  EXPECT_FALSE(is_final());
  EXPECT_EQ(number(files.store, "SELECT vote_count FROM option_counts WHERE position = 2"), 11)
      << "the ballots are what counts";
}

TEST_F(Recounting, AFinalPollIsLookedAtOnRequestAndNeverRepaired) {
  pass_the_end();
  pass();
  work();
  ASSERT_EQ(pass().finalised, 1U);
  tamper(kCorrupt);
  EXPECT_EQ(pass().unrepaired, 0U) << "it is done with";
  for (const PollSelection& selection :
       {PollSelection{true, std::nullopt}, PollSelection{false, poll.id}}) {
    const ReconcileSummary summary = pass(selection);
    EXPECT_EQ(summary.polls, 1U);
    EXPECT_EQ(summary.unrepaired, 2U);
    EXPECT_EQ(exit_code(summary), ExitCode::unrepaired);
  }
  EXPECT_EQ(counts().total_votes, 37U);
}

TEST_F(Recounting, OnePollIsSelectedByItsId) {
  changeable();
  EXPECT_EQ(pass().polls, 2U);
  EXPECT_EQ(pass({false, poll.id}).polls, 1U);
  Reconcile reconciling(store, queue, cache, clock, settings);
  const auto nothing = reconciling.pass({false, test::new_id<PollId>()}, stop);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Code::not_found);
}

TEST_F(Recounting, BallotsOfNoPollAreReported) {
  tamper("DELETE FROM polls");
  EXPECT_EQ(pass().unrepaired, 1U);
}

/// Voters vote and change, and counters are corrupted time and again, while two reconciles run:
/// nothing newer is overwritten, and all agrees in the end.
TEST_F(Recounting, TwoReconcilesBesideALoadRepairWhatIsPlantedAndLoseNothing) {
  std::atomic<bool> over = false;
  std::atomic<std::int64_t> cast_votes = 30;
  std::thread voters([&] {
    test::Engine own(files, clock);
    while (!over) {
      Batch batch;
      for (std::size_t n = 0; n < 50; ++n)
        batch.votes.push_back({new_vote(poll, n % 3), test::kStart});
      CastVote changed = batch.votes[0].vote;
      changed.request = test::new_id<RequestId>();
      changed.options = {poll.options[2].id};
      ASSERT_TRUE(wait_for<Result<BatchReport>>(
          [&](auto done) { own.store.record(std::move(batch), std::move(done)); }));
      ASSERT_TRUE(wait_for<Result<ChangeReport>>(
          [&](auto done) { own.store.change({changed}, std::move(done)); }));
      cast_votes += 50;
    }
  });
  std::atomic<std::uint64_t> repaired = 0;
  std::vector<std::thread> reconciles;
  for (int n = 0; n < 2; ++n)
    reconciles.emplace_back([&] {
      test::Engine own(files, clock);
      Reconcile reconciling(own.store, own.queue, own.cache, clock, {});
      while (!over) {
        const auto summary = reconciling.pass({}, stop);
        ASSERT_TRUE(summary) << summary.error().detail;
        EXPECT_EQ(summary->unrepaired, 0U);
        repaired += summary->repaired;
      }
    });
  for (std::uint64_t n = 1; n <= 10; ++n) {
    tamper(kCorrupt);
    while (repaired < 2 * n) std::this_thread::yield();
  }
  over = true;
  voters.join();
  for (std::thread& each : reconciles) each.join();
  pass();
  test::expect_counted(files, cast_votes);
  EXPECT_EQ(repaired, 20U) << "each was repaired once";
}

}  // namespace
}  // namespace vote

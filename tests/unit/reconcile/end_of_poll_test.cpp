#include <algorithm>
#include <array>
#include <thread>

#include "unit/reconcile/world.h"

namespace vote {
namespace {

using test::append;
using test::Fate;
using test::new_vote;
using test::number;

class EndOfAPoll : public test::ReconcileWorld {
 protected:
  std::int64_t closings() const {
    return number(files.queue, "SELECT count(*) FROM messages WHERE value LIKE '%\"close\"%'");
  }
  void close_by_hand() {
    ASSERT_TRUE(wait_for<Result<Poll>>(
        [&](auto done) { engine.store.revise_poll(poll.id, close_requested, std::move(done)); }));
  }
};

TEST_F(EndOfAPoll, IsReachedThroughTheQueueAndTheWorkers) {
  cast(7);
  EXPECT_EQ(pass().closed, 0U) << "it is open";
  pass_the_end();
  const ReconcileSummary closing = pass();
  EXPECT_EQ(closing.closed, 1U);
  EXPECT_EQ(closing.waiting.size(), 1U);
  EXPECT_EQ(exit_code(closing), ExitCode::ok);
  EXPECT_FALSE(is_final()) << "seven votes are in the queue";
  work();
  const ReconcileSummary last = pass();
  EXPECT_EQ(last.finalised, 1U);
  EXPECT_TRUE(last.waiting.empty());
  EXPECT_TRUE(is_final());
  EXPECT_EQ(counts().total_votes, 7U);
  EXPECT_EQ(pass().polls, 0U) << "it is done with";
}

TEST_F(EndOfAPoll, IsNotBeforeVotesInTimeCanHaveCome) {
  clock.advance(std::chrono::hours(1) + test::kGrace + kClocksApartMax);
  const ReconcileSummary summary = pass();
  EXPECT_EQ(summary.closed, 0U);
  ASSERT_EQ(summary.waiting.size(), 1U);
  EXPECT_EQ(summary.waiting[0].poll, poll.id);
  work();
  pass();
  EXPECT_FALSE(is_final());
}

TEST_F(EndOfAPoll, OfAPollWithoutVotesOnAnIdleQueue) {
  pass_the_end();
  pass();
  work();
  EXPECT_EQ(pass().finalised, 1U);
}

TEST_F(EndOfAPoll, WithoutWorkersWaitsForThemAndFillsNoQueue) {
  cast(3);
  pass_the_end();
  for (int n = 0; n < 3; ++n) pass();
  EXPECT_EQ(closings(), 1);
  const ReconcileSummary summary = pass();
  ASSERT_EQ(summary.waiting.size(), 1U);
  EXPECT_NE(summary.waiting[0].reason.find("offset 0 of 4"), std::string::npos)
      << summary.waiting[0].reason;
}

TEST_F(EndOfAPoll, AClosingMessageThatWasLostIsAppendedAgain) {
  pass_the_end();
  pass();
  work();
  tamper("UPDATE poll_closings SET read_stamp = NULL");
  EXPECT_EQ(pass().closed, 1U);
  work();
  EXPECT_EQ(pass().finalised, 1U);
}

TEST_F(EndOfAPoll, AClosingMessageStampedTooEarlyIsAppendedAgain) {
  pass_the_end();
  pass();
  tamper("UPDATE poll_closings SET sent_stamp = sent_stamp - 1");
  test::change(files.queue, "UPDATE messages SET stamp = stamp - 1");
  EXPECT_EQ(pass().closed, 1U);
  work();
  EXPECT_EQ(pass().finalised, 1U);
}

TEST_F(EndOfAPoll, ClosedByHandWaitsForTheLeasesAndTellsSo) {
  const Lease api{"api", test::new_id<UserId>(), 0, std::chrono::minutes(10), true};
  ASSERT_TRUE(
      wait_for<Result<Renewal>>([&](auto done) { engine.store.renew(api, std::move(done)); }));
  close_by_hand();
  const ReconcileSummary summary = pass();
  ASSERT_EQ(summary.waiting.size(), 1U);
  EXPECT_NE(summary.waiting[0].reason.find("lease"), std::string::npos);
  clock.advance(std::chrono::minutes(10));
  pass();
  EXPECT_TRUE(stored().cutoff) << "the lease has run out, and no API is there to notice";
  clock.advance(test::kGrace + kClocksApartMax + Duration(1));
  pass();
  work();
  EXPECT_EQ(pass().finalised, 1U);
}

TEST_F(EndOfAPoll, IsHeldBackByADeadLetterUntilAnOperatorDecides) {
  CastVote vote = new_vote(poll);
  vote.options = {test::new_id<OptionId>()};
  append(engine.queue, vote);
  pass_the_end();
  pass();
  work();
  const ReconcileSummary summary = pass();
  EXPECT_FALSE(is_final());
  ASSERT_EQ(summary.held.size(), 1U);
  EXPECT_EQ(summary.held[0].poll, poll.id);
  EXPECT_EQ(exit_code(summary), ExitCode::unrepaired);
  EXPECT_NE(to_line(summary).find(poll.id.text()), std::string::npos) << to_line(summary);
  ASSERT_TRUE(wait_for<Result<Done>>([&](auto done) {
    engine.store.settle({poll.id, message_digest(to_message(vote)), vote.voter, vote.request,
                         vote.accepted_at, UndecidedVote::State::dead_letter, ""},
                        Settlement::dropped, std::move(done));
  }));
  EXPECT_EQ(pass().finalised, 1U);
}

TEST_F(EndOfAPoll, ALateVoteIsADeadLetterAndHoldsNothingBack) {
  pass_the_end();
  append(engine.queue, new_vote(poll));
  pass();
  append(engine.queue, new_vote(poll));
  work();
  EXPECT_EQ(pass().finalised, 1U);
  append(engine.queue, new_vote(poll));
  work();
  EXPECT_EQ(test::dead_letters(engine.queue).size(), 3U);
  EXPECT_EQ(counts().total_votes, 0U);
}

/// What happens around the end, in every order: whatever comes first, every vote appended in time
/// is in the final result, and none that was late.
TEST_F(EndOfAPoll, EveryOrderOfClosingVotesAndFinalisationCountsTheSame) {
  enum Step { vote_in_time, end, reconcile, work_off, vote_late, reconcile_again };
  std::array<Step, 6> order{vote_in_time, end, reconcile, work_off, vote_late, reconcile_again};
  std::ranges::sort(order);
  int orders = 0;
  do {
    const auto at = [&](Step step) { return std::ranges::find(order, step); };
    if (at(vote_in_time) > at(end) || at(vote_late) < at(end)) continue;
    test::HastyClock own_clock;
    test::EngineFiles own_files;
    test::Engine own(own_files, own_clock);
    const Poll own_poll = test::add_poll(own.store, test::new_poll());
    Reconcile reconciling(own.store, own.queue, own.cache, clock, {});
    const auto take = [&](Step step) {
      switch (step) {
        case vote_in_time:
        case vote_late:
          append(own.queue, new_vote(own_poll));
          break;
        case end:
          own_clock.advance(std::chrono::hours(1) + test::kGrace + kClocksApartMax + Duration(1));
          break;
        case work_off:
          test::drain(own, own_clock);
          break;
        default:
          ASSERT_TRUE(reconciling.pass({}, stop));
      }
    };
    for (const Step step : order) take(step);
    for (const Step step : {reconcile, work_off, reconcile}) take(step);
    EXPECT_EQ(number(own_files.store, "SELECT count(*) FROM polls WHERE final_at IS NOT NULL"), 1);
    test::expect_counted(own_files, 1);
    EXPECT_EQ(test::dead_letters(own.queue).size(), 1U);
    ++orders;
  } while (std::ranges::next_permutation(order).found);
  EXPECT_EQ(orders, 120);
}

TEST_F(EndOfAPoll, TwoReconcilesAtOnceMakeItFinalOnce) {
  constexpr int kPolls = 20;
  std::vector<Poll> polls{poll};
  while (polls.size() < kPolls) polls.push_back(changeable());
  for (const Poll& each : polls) append(engine.queue, new_vote(each));
  pass_the_end();
  std::array<std::uint64_t, 2> finalised{};
  const auto reconcile_twice = [&] {
    std::vector<std::thread> both;
    for (std::uint64_t& made : finalised)
      both.emplace_back([&] {
        test::Engine own(files, clock);
        Reconcile reconciling(own.store, own.queue, own.cache, clock, {});
        const auto summary = reconciling.pass({}, stop);
        ASSERT_TRUE(summary);
        made += summary->finalised;
        EXPECT_EQ(summary->unrepaired, 0U);
      });
    for (std::thread& each : both) each.join();
  };
  reconcile_twice();
  work();
  reconcile_twice();
  EXPECT_EQ(finalised[0] + finalised[1], static_cast<std::uint64_t>(kPolls));
  test::expect_counted(files, kPolls);
}

TEST_F(EndOfAPoll, KilledAtAnyPointAnotherReconcileGoesOn) {
  for (const char* verb : {"note_closing", "recount", "finalise"})
    for (const bool before : {true, false}) {
      Poll fresh = test::new_poll();
      fresh.end_time = clock.now() + std::chrono::hours(1);
      poll = test::add_poll(engine.store, fresh);
      append(engine.queue, new_vote(poll));
      const auto fail = test::first(1, Fate::refuse);
      pass_the_end();
      if (before)
        store.faults.before(verb, fail);
      else
        store.faults.after(verb, fail);
      for (int n = 0; n < 4 && !is_final(); ++n) {
        Reconcile reconciling(store, queue, cache, clock, settings);
        (void)reconciling.pass({}, stop);
        work();
      }
      EXPECT_TRUE(is_final()) << verb;
      EXPECT_EQ(counts().total_votes, 1U) << verb;
      store.faults.heal();
    }
}

TEST_F(EndOfAPoll, DryRunChangesNothing) {
  settings.dry_run = true;
  pass_the_end();
  EXPECT_EQ(pass().closed, 0U);
  EXPECT_EQ(closings(), 0);
  settings.dry_run = false;
  pass();
  work();
  settings.dry_run = true;
  const ReconcileSummary summary = pass();
  EXPECT_EQ(summary.finalised, 0U);
  EXPECT_EQ(summary.waiting.size(), 1U);
  EXPECT_FALSE(is_final());
}

TEST_F(EndOfAPoll, AnyPartThatDoesNotAnswerEndsThePassWithThat) {
  pass_the_end();
  queue.faults.before("append_to", test::first(1, Fate::lose));
  Reconcile reconciling(store, queue, cache, clock, settings);
  const auto summary = reconciling.pass({}, stop);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Code::unavailable);
}

TEST_F(EndOfAPoll, ADaemonWaitsForAStoreThatIsAwayAndGoesOn) {
  pass_the_end();
  store.faults.before("unfinished", test::first(2, Fate::refuse));
  queue.faults.after("append_to", [&](int /*pass*/) {
    stop.request();
    return Fate::go_on;
  });
  Reconcile reconciling(store, queue, cache, clock, settings);
  reconciling.run({}, std::chrono::milliseconds(1), stop);
  EXPECT_EQ(closings(), 1);
}

}  // namespace
}  // namespace vote

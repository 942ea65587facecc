// Changes and revocations: decided by the store, after the voter's cast was processed.
#include "unit/ingest/ballots_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::expect_accepted;
using test::expect_counted;
using test::expect_refused;
using test::Fate;
using test::new_vote;

class Change : public test::BallotsWorld {
 protected:
  Result<ChangeReport> change(const CastVote& vote) { return begin_change(vote).get(); }
  CastVote cast_and_processed() {
    const CastVote vote = new_vote(poll);
    expect_accepted(cast(vote), vote);
    drain();
    return vote;
  }
  CastVote revocation(const CastVote& vote) {
    CastVote revoking = other_request(vote);
    revoking.options.clear();
    return revoking;
  }
  /// What the next change of the store waits for before it is answered a first time.
  std::future<void> first_attempt() {
    auto attempted = std::make_shared<std::promise<void>>();
    store.faults.after("change", [attempted](int pass) {
      if (pass == 1) attempted->set_value();
      return Fate::go_on;
    });
    return attempted->get_future();
  }
};

TEST_F(Change, IsAppliedOnceHoweverOftenItIsSent) {
  const CastVote vote = cast_and_processed();
  const CastVote changed = other_request(vote, 2);
  const auto report = change(changed);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_FALSE(report->repeated);
  EXPECT_EQ(report->standing.options, changed.options);
  const auto again = change(changed);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->standing.revision, report->standing.revision);
  expect_counted(files, 1);
  EXPECT_EQ(status(vote).standing->options, changed.options);
}

TEST_F(Change, WaitsForTheCastThatIsStillOnItsWay) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  auto attempted = first_attempt();
  auto report = begin_change(other_request(vote, 2));
  attempted.wait();
  drain();
  EXPECT_TRUE(report.get());
  expect_counted(files, 1);
}

TEST_F(Change, WaitsForTheCastThoughItsMarkWasLost) {
  const CastVote vote = new_vote(poll);
  test::append(engine.queue, vote);  // by another process, say
  auto attempted = first_attempt();
  auto report = begin_change(other_request(vote, 2));
  attempted.wait();
  drain();
  EXPECT_TRUE(report.get());
}

TEST_F(Change, OfACastThatIsNotProcessedInTimeIsPending) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  auto attempted = first_attempt();
  auto report = begin_change(other_request(vote));
  attempted.wait();
  clock.advance(kChangeWaitMax);
  expect_refused(report.get(), Code::vote_pending);
}

TEST_F(Change, OfACastWhoseMarkIsLostIsPendingUntilTheQueueIsProcessed) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  cache.faults.before("stands", test::always(Fate::refuse));
  auto attempted = first_attempt();
  auto report = begin_change(other_request(vote, 2));
  attempted.wait();
  clock.advance(kChangeWaitMax);
  expect_refused(report.get(), Code::vote_pending);
}

TEST_F(Change, OfNoVoteSaysSo) {
  auto attempted = first_attempt();
  auto report = begin_change(new_vote(poll));
  attempted.wait();
  clock.advance(kChangeWaitMax);
  expect_refused(report.get(), Code::no_vote);
}

TEST_F(Change, WithoutTheStoreIsUnavailable) {
  const CastVote vote = cast_and_processed();
  store.faults.before("change", test::always(Fate::refuse));
  expect_refused(change(other_request(vote)), Code::unavailable);
}

TEST_F(Change, WhoseAnswerWasLostIsAppliedOnce) {
  const CastVote vote = cast_and_processed();
  const CastVote changed = other_request(vote, 1);
  store.faults.after("change", test::first(1, Fate::lose));
  expect_refused(change(changed), Code::unavailable);
  ASSERT_TRUE(change(changed));
  expect_counted(files, 1);
  EXPECT_EQ(
      test::number(files.store, "SELECT count(*) FROM vote_audit_log WHERE action = 'changed'"), 1);
}

TEST_F(Change, IsRefusedForAnOptionThatIsNotThePolls) {
  CastVote changed = other_request(cast_and_processed());
  changed.options = {test::new_id<OptionId>()};
  expect_refused(change(changed), Code::invalid_option);
}

TEST_F(Change, AfterTheEndIsRefused) {
  const CastVote vote = cast_and_processed();
  advance(test::kToTheEnd);
  expect_refused(change(other_request(vote)), Code::poll_not_active);
}

TEST_F(Change, ARevokedBallotStaysRevokedThoughItsCastComesAgain) {
  const CastVote vote = cast_and_processed();
  ASSERT_TRUE(change(revocation(vote)));
  EXPECT_EQ(status(vote).state, VoteState::revoked);
  lose_marks();
  expect_accepted(cast(vote), vote);
  drain();
  EXPECT_EQ(status(vote).state, VoteState::revoked);
  test::expect_confirmed(cast(vote, 2s), vote);
  EXPECT_EQ(test::number(files.store, "SELECT total_votes FROM poll_totals"), 0);
  expect_counted(files, 1);
}

TEST_F(Change, VotingAgainAfterARevocationIsAChange) {
  const CastVote vote = cast_and_processed();
  ASSERT_TRUE(change(revocation(vote)));
  ASSERT_TRUE(change(other_request(vote, 1)));
  EXPECT_EQ(status(vote).state, VoteState::confirmed);
  EXPECT_EQ(test::number(files.store, "SELECT total_votes FROM poll_totals"), 1);
}

class StatusOfAVote : public Change {};

TEST_F(StatusOfAVote, IsNoneThenPendingThenConfirmed) {
  const CastVote vote = new_vote(poll);
  EXPECT_EQ(status(vote).state, VoteState::none);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(status(vote).state, VoteState::pending);
  EXPECT_EQ(status(vote).request, vote.request);
  drain();
  const VoteStatus now = status(vote);
  EXPECT_EQ(now.state, VoteState::confirmed);
  EXPECT_EQ(now.standing->options, vote.options);
}

TEST_F(StatusOfAVote, NamesTheRequestsThatGaveWay) {
  const CastVote vote = cast_and_processed();
  const CastVote other = other_request(vote);
  test::append(engine.queue, other);
  drain();
  EXPECT_EQ(status(vote).standing->superseded, std::vector<RequestId>{other.request});
}

TEST_F(StatusOfAVote, IsTheStoresWordAndNotTheMarks) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::confirmed);
  EXPECT_EQ(status(vote).state, VoteState::pending) << "of a store that was set back";
}

TEST_F(StatusOfAVote, WithoutTheStoreIsWhatTheMarkTellsOrUnknown) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  store.faults.before("vote_of", test::always(Fate::refuse));
  EXPECT_EQ(status(vote).state, VoteState::pending);
  const auto unknown = wait_for<Result<VoteStatus>>(
      [&](auto done) { ballots->status(poll.id, test::new_id<UserId>(), std::move(done)); });
  expect_refused(unknown, Code::unavailable);
}

}  // namespace
}  // namespace vote

// The end of a poll, by the clock and by hand: what is still accepted, and what may be refused.
#include "unit/ingest/ballots_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::expect_accepted;
using test::expect_confirmed;
using test::expect_counted;
using test::expect_refused;
using test::Fate;
using test::kGrace;
using test::kLease;
using test::kToTheEnd;
using test::new_vote;

class EndOfPoll : public test::BallotsWorld {
 protected:
  /// Keeps the lease on the way.
  void go_to(Duration after_the_start) {
    for (; gone_ + kLease / 2 < after_the_start; gone_ += kLease / 2) {
      advance(kLease / 2);
      polls.refresh();
    }
    advance(after_the_start - std::exchange(gone_, after_the_start));
    polls.refresh();
  }

 private:
  Duration gone_{};
};

TEST_F(EndOfPoll, AcceptsUntilTheVeryEndAndNoLonger) {
  const CastVote last = new_vote(poll);
  go_to(kToTheEnd - 1us);
  expect_accepted(cast(last), last);
  go_to(kToTheEnd);
  expect_refused(cast(new_vote(poll)), Code::poll_not_active);
  EXPECT_EQ(messages(), 1);
  drain();
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, BeforeItsStartAndAsADraftItTakesNoVotes) {
  Poll later = test::new_poll();
  later.start_time = test::kStart + 10s;
  later = test::add_poll(engine.store, later);
  Poll draft = test::new_poll();
  draft.published = false;
  draft = test::add_poll(engine.store, draft);
  expect_refused(cast(new_vote(later)), Code::poll_not_active);
  expect_refused(cast(new_vote(draft)), Code::poll_not_active);
  advance(10s);
  const CastVote vote = new_vote(later);
  expect_accepted(cast(vote), vote);
}

TEST_F(EndOfPoll, GoesByTheStoresClockAndNotByTheApis) {
  clock.advance(-30min);  // the API's wall clock is half an hour behind
  polls.refresh();
  go_to(kToTheEnd);
  expect_refused(cast(new_vote(poll)), Code::poll_not_active);
}

TEST_F(EndOfPoll, ARequestInTheQueueGetsItsFirstAnswerAgainAfterTheEnd) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  go_to(kToTheEnd + 1s);
  expect_accepted(cast(vote), vote);
  store.faults.before("vote_of", test::first(1, Fate::refuse));
  expect_accepted(cast(vote), vote);
  drain();
  expect_confirmed(cast(vote), vote);
  expect_refused(cast(other_request(vote)), Code::poll_not_active);
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, ARetryWhoseMarkIsLostIsRefusedOnlyOnceTheQueueIsProcessed) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  go_to(kToTheEnd + kGrace + kClocksApartMax + 1s);
  cache.faults.before("stands", test::always(Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  expect_refused(cast(new_vote(poll)), Code::poll_not_active);
  drain();
  expect_confirmed(cast(vote), vote);
}

TEST_F(EndOfPoll, ARetryThatAStoreHadConfirmedBeforeItWasSetBackIsNot) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::confirmed);
  go_to(kToTheEnd + 1s);
  expect_refused(cast(vote), Code::unavailable);
  clock.advance(kGrace + kClocksApartMax);
  expect_refused(cast(vote), Code::poll_not_active);
}

/// A topic that was deleted and made again: the store's position is the old one's, and whoever says
/// that the old one is gone has the new one read from its beginning.
TEST_F(EndOfPoll, ARetryThatWaitsInAnotherLogThanTheStoreReadIsNotRefused) {
  const std::string topic = engine.queue.topic();
  const auto move = [&](std::int64_t from, const Position& to) {
    Batch batch;
    batch.moves.push_back({from, to});
    ASSERT_TRUE(wait_for<Result<BatchReport>>(
        [&](auto done) { engine.store.record(std::move(batch), std::move(done)); }));
  };
  move(0, {topic, 0, 1000, test::kStart, 7});
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  go_to(kToTheEnd + kGrace + kClocksApartMax + 1s);
  cache.faults.before("stands", test::always(Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  move(1000, {topic, 0, 0, std::nullopt, 0});
  drain();
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, ARetryOfWhatIsADeadLetterIsRefusedOnlyOnceAnOperatorHasDroppedIt) {
  const CastVote vote = new_vote(poll);
  (void)is_first_try(vote);
  UndecidedVote held{
      poll.id,         1, vote.voter, vote.request, test::kStart, UndecidedVote::State::dead_letter,
      "unknown_option"};
  const auto settle = [&](Settlement settlement) {
    ASSERT_TRUE(wait_for<Result<Done>>(
        [&](auto done) { engine.store.settle(held, settlement, std::move(done)); }));
  };
  settle(Settlement::requeued);
  go_to(kToTheEnd + kGrace + kClocksApartMax + 1s);
  expect_refused(cast(vote), Code::unavailable);
  expect_refused(cast(other_request(vote)), Code::poll_not_active);
  held.state = UndecidedVote::State::retry;
  settle(Settlement::dropped);
  store.faults.before("trace_of", test::first(1, Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  expect_refused(cast(vote), Code::poll_not_active);
}

TEST_F(EndOfPoll, ARetryOfWhatWasNeverSentIsRefusedOnceNothingCanComeInTime) {
  const CastVote vote = new_vote(poll);
  (void)is_first_try(vote);
  go_to(kToTheEnd + kGrace + kClocksApartMax);
  // The queue's clock may be behind the store's.
  expect_refused(cast(vote), Code::unavailable);
  go_to(kToTheEnd + kGrace + kClocksApartMax + 1s);
  queue.faults.before("status", test::first(1, Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  expect_refused(cast(vote), Code::poll_not_active);
}

TEST_F(EndOfPoll, ARetryIsRefusedAlsoWhileVotesInOtherPollsGoOn) {
  const CastVote vote = new_vote(poll);
  (void)is_first_try(vote);
  Poll other = test::new_poll();
  other.end_time = poll.end_time + 1h;
  other = test::add_poll(engine.store, other);
  go_to(kToTheEnd + kGrace + kClocksApartMax);
  (void)cast(new_vote(other));
  drain();
  (void)cast(new_vote(other));
  expect_refused(cast(vote), Code::unavailable);
  go_to(kToTheEnd + kGrace + 2 * kClocksApartMax + 1s);
  (void)cast(new_vote(other));
  drain();
  (void)cast(new_vote(other));
  expect_refused(cast(vote), Code::poll_not_active);
}

TEST_F(EndOfPoll, AStampAheadOfTheStoresClockIsTheStoresToJudge) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", [&](int /*pass*/) {
    engine_clock.advance(kClocksApartMax + 1us);
    return Fate::go_on;
  });
  expect_confirmed(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, AStampThatIsFurtherAheadThanTheGraceIsNotAcceptedForACloseMayComeBeforeIt) {
  constexpr Duration kShort = 1s;  // shorter than clocks may be apart
  SqliteStore store_of_short_grace(files.store, engine_clock, kShort);
  poll = test::add_poll(store_of_short_grace, test::new_poll());
  Duration ahead{};
  queue.faults.before("append", [&](int /*pass*/) {
    engine_clock.advance(ahead);
    return Fate::go_on;
  });
  queue.faults.after("append", [&](int /*pass*/) {
    engine_clock.advance(-ahead);
    return Fate::go_on;
  });
  ahead = kShort;
  const CastVote within = new_vote(poll);
  expect_accepted(cast(within), within);
  ahead = kShort + 1us;
  const CastVote beyond = new_vote(poll);
  expect_confirmed(cast(beyond), beyond);
  close_by_hand();
  polls.refresh();  // told of it
  polls.refresh();  // says so: the cut-off is now
  drain();
  expect_counted(files, 2);
}

TEST_F(EndOfPoll, ARequestThatMayBeOnItsWayIsNotRefusedForGood) {
  const CastVote vote = new_vote(poll);
  go_to(kToTheEnd + 1s);
  put_mark(vote, MarkState::pending);
  expect_refused(cast(vote), Code::unavailable);
  expect_refused(cast(other_request(vote)), Code::poll_not_active);
}

TEST_F(EndOfPoll, WithoutTheStoreNothingIsRefusedForGood) {
  go_to(kToTheEnd + 1s);
  store.faults.before("vote_of", test::first(1, Fate::refuse));
  expect_refused(cast(new_vote(poll)), Code::unavailable);
  expect_refused(cast(new_vote(poll)), Code::poll_not_active);
}

TEST_F(EndOfPoll, AStampThatIsLateForTheApisCopyIsForTheStoreToDecide) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", [&](int /*pass*/) {
    close_by_hand();
    polls.refresh();  // told of it, so the copy knows; the store has not heard that it does
    advance(kGrace + 1us);
    return Fate::go_on;
  });
  expect_confirmed(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, AStampThatIsTooLateIsUncertainForAClientLibraryMaySendCopies) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", [&](int /*pass*/) {
    engine_clock.advance(kToTheEnd + kGrace + 1us);
    return Fate::go_on;
  });
  expect_refused(cast(vote), Code::unavailable);
  EXPECT_EQ(mark_of(vote).state, MarkState::none);
  drain();
  expect_counted(files, 0);
}

TEST_F(EndOfPoll, TooLateForTheStoreIsARefusalWhereNothingWasEverSent) {
  queue.faults.before("append", test::always(Fate::refuse));
  engine_clock.advance(kToTheEnd + kGrace + 1us);
  const CastVote fresh = new_vote(poll);
  expect_refused(cast(fresh), Code::poll_not_active);
  EXPECT_EQ(mark_of(fresh).state, MarkState::none);
  const CastVote tried_before = new_vote(poll);
  put_mark(tried_before, MarkState::pending);
  expect_refused(cast(tried_before), Code::unavailable);
}

TEST_F(EndOfPoll, WithoutALeaseTheStoreDecidesAndTheQueueIsNotAsked) {
  const CastVote vote = new_vote(poll);
  clock.advance(kLease);
  expect_confirmed(cast(vote), vote);
  EXPECT_EQ(queue.faults.calls("append"), 0);
}

TEST_F(EndOfPoll, ALeaseThatRanOutBeforeTheAckMakesNoAcceptance) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", [&](int /*pass*/) {
    clock.advance(kLease);
    return Fate::go_on;
  });
  expect_confirmed(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(EndOfPoll, ALeaseThatRanOutBeforeTheAckWithoutTheStoreIsUncertain) {
  const CastVote vote = new_vote(poll);
  queue.faults.after("append", [&](int /*pass*/) {
    clock.advance(kLease);
    return Fate::go_on;
  });
  store.faults.before("record", test::first(1, Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  EXPECT_EQ(mark_of(vote).state, MarkState::none);
  drain();
  expect_counted(files, 1);
  expect_confirmed(cast(vote), vote);
}

TEST_F(EndOfPoll, WithoutTheStoreVotesAreAcceptedForAsLongAsTheLeaseRuns) {
  for (const char* verb : {"renew", "record", "poll", "vote_of"})
    store.faults.before(verb, test::always(Fate::refuse));
  clock.advance(kLease - 1us);
  polls.refresh();
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  clock.advance(1us);
  expect_refused(cast(new_vote(poll)), Code::unavailable);
  EXPECT_EQ(messages(), 1);
}

TEST_F(EndOfPoll, ClosedByHandItTakesNoVotesOnceTheApiHasRefreshed) {
  close_by_hand();
  const CastVote before = new_vote(poll);
  expect_accepted(cast(before), before);
  polls.refresh();
  expect_refused(cast(new_vote(poll)), Code::poll_not_active);
  drain();
  expect_counted(files, 1);
}

}  // namespace
}  // namespace vote

// The accepting path: the table of marks, the store's path, what is certain, and the end of a poll.
#include <barrier>
#include <thread>

#include "unit/ingest/ballots_world.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::expect_accepted;
using test::expect_confirmed;
using test::expect_counted;
using test::expect_refused;
using test::Fate;
using test::new_vote;

class Cast : public test::BallotsWorld {};

// What the mark held.

TEST_F(Cast, WhereNothingStandsIsAppendedAndItsMarkBecomesQueued) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 1);
  EXPECT_EQ(mark_of(vote).state, MarkState::queued);
  EXPECT_EQ(mark_of(vote).request, vote.request);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, WhereTheCacheDoesNotAnswerIsAppended) {
  const CastVote vote = new_vote(poll);
  cache.faults.before("mark", test::always(Fate::refuse));
  cache.faults.before("queued", test::always(Fate::refuse));
  expect_accepted(cast(vote), vote);
  expect_accepted(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, OfThisRequestPendingIsAppendedAgainAndTheWorkerDropsTheCopy) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::pending);
  test::append(engine.queue, vote);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 2);
  EXPECT_EQ(mark_of(vote).state, MarkState::queued);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, OfThisRequestQueuedGetsTheFirstAnswerAgain) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::queued);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 0);
}

TEST_F(Cast, OfThisRequestConfirmedIsConfirmedByTheStoreAndSafeInTheQueueWithoutIt) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  drain();
  put_mark(vote, MarkState::confirmed);
  expect_confirmed(cast(vote), vote);
  EXPECT_EQ(messages(), 1);
  store.faults.before("vote_of", test::always(Fate::refuse));
  expect_accepted(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, OfThisRequestConfirmedByAStoreThatWasSetBackIsCountedAgain) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::confirmed);
  expect_accepted(cast(vote), vote);
  drain();
  expect_counted(files, 1);
  expect_confirmed(cast(vote), vote);
}

TEST_F(Cast, OfAnotherRequestPendingIsInProgress) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::pending);
  expect_refused(cast(other_request(vote)), Code::vote_in_progress);
  EXPECT_EQ(messages(), 0);
  EXPECT_EQ(mark_of(vote).request, vote.request);
}

TEST_F(Cast, OfAnotherRequestQueuedIsInProgressUntilTheStoreHasSaidSo) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  expect_refused(cast(other_request(vote)), Code::vote_in_progress);
  drain();
  store.faults.before("vote_of", test::first(1, Fate::refuse));
  expect_refused(cast(other_request(vote)), Code::vote_in_progress);
  expect_refused(cast(other_request(vote)), Code::already_voted);
  EXPECT_EQ(messages(), 1);
}

TEST_F(Cast, WhoseChoiceIsAnotherOneIsRefusedAlsoWhereTheBallotWasChanged) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  drain();
  ASSERT_TRUE(begin_change(other_request(vote, 2)).get());
  CastVote reused = vote;
  reused.options = {poll.options[1].id};
  lose_marks();
  expect_refused(cast(reused, 1s), Code::idempotency_key_reused);
  expect_confirmed(cast(vote), vote);
}

TEST_F(Cast, ThatGaveWayIsRefusedAgainAfterItsVerdict) {
  const CastVote stands = new_vote(poll);
  CastVote other = other_request(stands);
  test::append(engine.queue, stands);
  drain();
  expect_refused(cast(other, 1s), Code::already_voted);
  expect_refused(cast(other), Code::already_voted);
}

TEST_F(Cast, OfAnotherRequestQueuedThatGaveWayToThisOneIsConfirmed) {
  const CastVote vote = new_vote(poll);
  const CastVote other = other_request(vote);
  test::append(engine.queue, vote);
  drain();
  put_mark(other, MarkState::queued);
  expect_confirmed(cast(vote), vote);
  EXPECT_EQ(mark_of(vote).state, MarkState::confirmed);
  EXPECT_EQ(mark_of(vote).request, vote.request);
}

TEST_F(Cast, OfAVoterWhoseQueuedVoteWasDroppedIsAcceptedInItsPlace) {
  const CastVote dropped = new_vote(poll);
  put_mark(dropped, MarkState::queued);
  const CastVote vote = other_request(dropped);
  expect_refused(cast(vote), Code::vote_in_progress);
  note_dropped(dropped);
  EXPECT_EQ(status(dropped).state, VoteState::none);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(mark_of(vote).request, vote.request);
  EXPECT_EQ(messages(), 1);
  drain();
  EXPECT_EQ(status(vote).standing->request, vote.request);
}

TEST_F(Cast, OfADroppedRequestSentAgainIsAppendedAgain) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::queued);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 0) << "it is in the queue already";
  note_dropped(vote);
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 1);
}

TEST_F(Cast, OfARequestInTheQueueIsAcknowledgedWhereTheStoreDoesNotAnswer) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::queued);
  store.faults.before("trace_of", test::always(Fate::refuse));
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 0);
}

TEST_F(Cast, OfAnotherRequestConfirmedHasVotedAlready) {
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::confirmed);
  expect_refused(cast(other_request(vote)), Code::already_voted);
}

TEST_F(Cast, WithAKeyOfAnotherChoiceIsInProgressUntilTheStoreHasSaidWhichStands) {
  for (const MarkState state : {MarkState::pending, MarkState::queued}) {
    const CastVote vote = new_vote(poll);
    put_mark(vote, state);
    CastVote other_choice = vote;
    other_choice.options = {poll.options[2].id};
    expect_refused(cast(other_choice), Code::vote_in_progress);
  }
  const CastVote vote = new_vote(poll);
  put_mark(vote, MarkState::confirmed);
  CastVote other_choice = vote;
  other_choice.options = {poll.options[2].id};
  expect_refused(cast(other_choice), Code::idempotency_key_reused);
  EXPECT_EQ(messages(), 0);
}

/// Both choices were sent by one key: the second one's mark must not refuse the first one for good.
TEST_F(Cast, WhoseKeyAnotherChoiceHasMarkedIsNotRefusedForGoodWhileItMayBeInTheQueue) {
  const CastVote first = new_vote(poll);
  test::append(engine.queue, first);  // by a try that got no answer
  CastVote second = first;
  second.options = {poll.options[2].id};
  for (const MarkState state : {MarkState::pending, MarkState::queued}) {
    put_mark(second, state);
    expect_refused(cast(first), Code::vote_in_progress);
  }
  drain();
  expect_confirmed(cast(first), first);
  expect_refused(cast(second), Code::idempotency_key_reused);
}

TEST_F(Cast, WithAKeyOfAnotherChoiceIsRefusedByTheStoreWhereMarksAreLost) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  drain();
  CastVote other_choice = vote;
  other_choice.options = {poll.options[2].id};
  lose_marks();
  queue.faults.before("append", test::always(Fate::refuse));
  expect_refused(cast(other_choice), Code::idempotency_key_reused);
  EXPECT_EQ(mark_of(vote).digest, digest_of(vote.options));
}

TEST_F(Cast, WithAKeyOfAnotherChoiceThatWaitsForTheVerdictIsToldSo) {
  const CastVote vote = new_vote(poll);
  test::append(engine.queue, vote);
  drain();
  CastVote other_choice = vote;
  other_choice.options = {poll.options[2].id};
  expect_refused(cast(other_choice, 2s), Code::idempotency_key_reused);
}

TEST_F(Cast, AKeyIsAnotherRequestOnAnotherPollAndOfAnotherVoter) {
  const CastVote vote = new_vote(poll);
  CastVote of_another_voter = new_vote(poll);
  of_another_voter.request = vote.request;
  const Poll other_poll = test::add_poll(engine.store, test::new_poll());
  CastVote on_another_poll = new_vote(other_poll);
  on_another_poll.request = vote.request;
  on_another_poll.voter = vote.voter;
  for (const CastVote& each : {vote, of_another_voter, on_another_poll})
    expect_accepted(cast(each), each);
  drain();
  expect_counted(files, 3);
}

TEST_F(Cast, TheOrderOfOptionsIsNoOtherChoice) {
  Poll many = test::new_poll();
  many.settings.allow_multiple_options = true;
  many.settings.max_votes_per_user = 2;
  many = test::add_poll(engine.store, many);
  CastVote vote = new_vote(many);
  vote.options = {many.options[2].id, many.options[0].id};
  expect_accepted(cast(vote), vote);
  std::swap(vote.options[0], vote.options[1]);
  expect_accepted(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, Of64AtOnceOneIsAcceptedAndTheOthersAreInProgress) {
  constexpr int kThreads = 64;
  const CastVote first = new_vote(poll);
  std::atomic<int> accepted = 0;
  std::atomic<int> in_progress = 0;
  std::barrier start(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < kThreads; ++n)
    threads.emplace_back([&, vote = other_request(first, n % 3)] {
      start.arrive_and_wait();
      const auto answer = cast(vote);
      accepted += answer ? 1 : 0;
      in_progress += !answer && answer.error().code == Code::vote_in_progress ? 1 : 0;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(in_progress, kThreads - 1);
  drain();
  expect_counted(files, 1);
}

// The store's path.

TEST_F(Cast, WhereTheQueueFailsIsConfirmedByTheStore) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", test::always(Fate::refuse));
  expect_confirmed(cast(vote), vote);
  expect_counted(files, 1);
  EXPECT_EQ(mark_of(vote).state, MarkState::confirmed);
  expect_confirmed(cast(vote), vote);
}

TEST_F(Cast, WhoseAckIsLostIsConfirmedByTheStoreAndItsMessageIsDropped) {
  const CastVote vote = new_vote(poll);
  queue.faults.after("append", test::always(Fate::lose));
  expect_confirmed(cast(vote), vote);
  EXPECT_EQ(messages(), 1);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, WhereTheQueueFailsAndAnotherRequestStandsHasVotedAlready) {
  const CastVote stands = new_vote(poll);
  test::append(engine.queue, stands);
  drain();
  const CastVote other = other_request(stands);
  queue.faults.after("append", test::always(Fate::lose));
  expect_refused(cast(other), Code::already_voted);
  EXPECT_EQ(mark_of(other).request, stands.request);
  EXPECT_EQ(mark_of(other).digest, digest_of(stands.options));
  expect_counted(files, 1);
}

TEST_F(Cast, WhereQueueAndStoreFailIsUnavailableAndTheVoterStaysFree) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", test::first(1, Fate::lose));
  store.faults.before("record", test::first(1, Fate::refuse));
  expect_refused(cast(vote), Code::unavailable);
  EXPECT_EQ(mark_of(vote).state, MarkState::none);
  const CastVote other = other_request(vote);
  expect_accepted(cast(other), other);
}

TEST_F(Cast, WhereQueueAndStoreFailAMarkThatIsAnothersStays) {
  const CastVote vote = new_vote(poll);
  const CastVote other = other_request(vote);
  queue.faults.before("append", test::always(Fate::refuse));
  store.faults.before("record", [&](int /*pass*/) {
    put_mark(other, MarkState::confirmed);
    return Fate::refuse;
  });
  expect_refused(cast(vote), Code::unavailable);
  EXPECT_EQ(mark_of(vote).state, MarkState::confirmed);
  EXPECT_EQ(mark_of(vote).request, other.request);
}

TEST_F(Cast, SentAgainAfterTheStoresAnswerWasLostIsCountedOnce) {
  const CastVote vote = new_vote(poll);
  queue.faults.before("append", test::first(2, Fate::refuse));
  store.faults.after("record", test::first(1, Fate::lose));
  expect_refused(cast(vote), Code::unavailable);
  expect_confirmed(cast(vote), vote);
  expect_counted(files, 1);
}

// Retries with one key.

TEST_F(Cast, SentAgainBeforeAndAfterProcessingGetsItsAnswer) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  expect_accepted(cast(vote), vote);
  drain();
  expect_accepted(cast(vote), vote);
  EXPECT_EQ(messages(), 1);
  expect_confirmed(cast(vote, 2s), vote);
  expect_confirmed(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

TEST_F(Cast, SentAgainAfterTheMarksWereLostIsCountedOnce) {
  const CastVote vote = new_vote(poll);
  expect_accepted(cast(vote), vote);
  lose_marks();
  expect_accepted(cast(vote), vote);
  drain();
  lose_marks();
  expect_accepted(cast(vote), vote);
  drain();
  expect_counted(files, 1);
}

// Prefer: wait.

TEST_F(Cast, ThatWaitsIsConfirmedOnceTheWorkerHasRecordedIt) {
  const CastVote vote = new_vote(poll);
  std::promise<void> asked;
  store.faults.after("vote_of", [&](int pass) {
    if (pass == 1) asked.set_value();
    return Fate::go_on;
  });
  auto answer = begin_cast(vote, 2s);
  asked.get_future().wait();
  drain();
  expect_confirmed(answer.get(), vote);
  EXPECT_EQ(mark_of(vote).state, MarkState::confirmed);
}

TEST_F(Cast, ThatWaitsInVainIsAcceptedAllTheSame) {
  const CastVote vote = new_vote(poll);
  std::promise<void> asked;
  store.faults.before("vote_of", [&](int pass) {
    if (pass == 1) asked.set_value();
    return Fate::refuse;
  });
  auto answer = begin_cast(vote, 2s);
  asked.get_future().wait();
  clock.advance(2s);
  expect_accepted(answer.get(), vote);
}

TEST_F(Cast, ThatWaitsHearsThatAnotherStands) {
  const CastVote stands = new_vote(poll);
  test::append(engine.queue, stands);
  drain();
  expect_refused(cast(other_request(stands), 2s), Code::already_voted);
}

// Who may vote, and what.

TEST_F(Cast, IsRefusedBeforeItMarksWhereItCannotBe) {
  CastVote vote = new_vote(poll);
  expect_refused(cast(vote, 0s, Role::guest), Code::guests_not_allowed);
  vote.options = {test::new_id<OptionId>()};
  expect_refused(cast(vote), Code::invalid_option);
  vote.options = {poll.options[0].id, poll.options[0].id};
  expect_refused(cast(vote), Code::invalid_option);
  vote.options.clear();
  expect_refused(cast(vote), Code::invalid_option);
  vote.poll = test::new_id<PollId>();
  expect_refused(cast(vote), Code::not_found);
  vote.poll = poll.id;
  EXPECT_EQ(mark_of(vote).state, MarkState::none);
  EXPECT_EQ(messages(), 0);
}

TEST_F(Cast, AFailedAppendIsHeldAgainstTheQueueForAWhile) {
  queue.faults.before("append", test::first(1, Fate::refuse));
  const CastVote vote = new_vote(poll);
  expect_confirmed(cast(vote), vote);
  EXPECT_EQ(ballots->mode(), AcceptMode::store);
  clock.advance(kFailureBelieved + std::chrono::milliseconds(1));
  EXPECT_EQ(ballots->mode(), AcceptMode::queue);
}

TEST_F(Cast, GoesToTheStoreUntilTheQueueIsKnownToBeTheStores) {
  Ballots careful(store, queue, cache, polls, *timers, clock, BallotSettings{.queue_fits = false});
  const auto cast_new = [&] {
    const CastVote vote = new_vote(poll);
    return wait_for<Result<CastAnswer>>([&](auto done) {
      careful.cast({vote.voter, Role::voter, true}, vote, {}, std::move(done));
    });
  };
  EXPECT_TRUE(cast_new()->confirmed);
  EXPECT_EQ(messages(), 0);
  EXPECT_EQ(careful.mode(), AcceptMode::store);
  careful.use_queue();
  EXPECT_FALSE(cast_new()->confirmed);
  EXPECT_EQ(messages(), 1);
  EXPECT_EQ(careful.mode(), AcceptMode::queue);
}

TEST_F(Cast, OfAnUnverifiedVoterIsRefusedWhereThatIsAskedFor) {
  Ballots strict(store, queue, cache, polls, *timers, clock, BallotSettings{true});
  const CastVote vote = new_vote(poll);
  const auto cast_as = [&](bool verified) {
    return wait_for<Result<CastAnswer>>([&](auto done) {
      strict.cast({vote.voter, Role::voter, verified}, vote, {}, std::move(done));
    });
  };
  expect_refused(cast_as(false), Code::email_not_verified);
  expect_accepted(cast_as(true), vote);
}

}  // namespace
}  // namespace vote

#include <future>
#include <thread>

#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::append;
using test::expect_counted;
using test::Fate;
using test::new_vote;

class VoteWorker : public test::WorkerWorld {
 protected:
  /// The worker that drains next is a zombie: it begins before what is done, and when it comes to
  /// record, the positions stand where another worker has moved them.
  void make_a_zombie() {
    test::change(files.store, "CREATE TABLE moved AS SELECT * FROM queue_positions");
    forget_positions();
    store.batches.clear();
    store.faults.before("record", [this](int /*pass*/) {
      if (store.batches.size() == 1)
        test::change(files.store, "INSERT INTO queue_positions SELECT * FROM moved");
      return Fate::go_on;
    });
  }
};

TEST_F(VoteWorker, RecordsVotesWithAuditCountersAndPositions) {
  for (std::size_t n = 0; n < 10; ++n) append(engine.queue, new_vote(poll, n % 3));
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.taken, 10U);
  EXPECT_EQ(totals.recorded, 10U);
  expect_counted(files, 10);
  EXPECT_EQ(next_offset(), 10);
}

TEST_F(VoteWorker, RedeliveredBatchChangesNothing) {
  const CastVote twice = new_vote(poll);
  append(engine.queue, twice);
  append(engine.queue, twice);
  append(engine.queue, new_vote(poll, 1));
  EXPECT_EQ(drain().copies, 1U);
  const auto version = test::number(files.store, "SELECT version FROM poll_totals");
  for (int round = 0; round < 2; ++round) {
    forget_positions();
    const WorkerTotals totals = drain();
    EXPECT_EQ(totals.recorded, 0U);
    EXPECT_EQ(totals.copies, 3U);
    expect_counted(files, 2);
  }
  EXPECT_EQ(test::number(files.store, "SELECT version FROM poll_totals"), version);
  EXPECT_EQ(test::number(files.store, "SELECT count(*) FROM vote_audit_log"), 2);
}

TEST_F(VoteWorker, OfTwoRequestsOfOneVoterTheFirstStandsAndTheOtherIsNotedOnce) {
  const CastVote stands = new_vote(poll, 0);
  CastVote other = new_vote(poll, 1);
  other.voter = stands.voter;
  append(engine.queue, stands);
  append(engine.queue, other);
  EXPECT_EQ(drain().superseded, 1U);
  forget_positions();
  drain();
  expect_counted(files, 1);
  EXPECT_EQ(
      test::number(files.store, "SELECT count(*) FROM vote_audit_log WHERE action = 'superseded'"),
      1);
}

TEST_F(VoteWorker, TellsTheCacheWhatStandsAndTheNewCounts) {
  const CastVote stands = new_vote(poll, 0);
  CastVote other = new_vote(poll, 1);
  other.voter = stands.voter;
  engine.cache.queued(poll.id, stands.voter, other.request, 1, poll.end_time);
  append(engine.queue, stands);
  append(engine.queue, other);
  drain();
  const Mark mark = wait_for<Mark>(
      [&](auto done) { engine.cache.stands(poll.id, stands.voter, std::move(done)); });
  EXPECT_EQ(mark.state, MarkState::confirmed);
  EXPECT_EQ(mark.request, stands.request);
  EXPECT_EQ(mark.digest, digest_of(stands.options));
  EXPECT_GT(cache.faults.calls("put"), 0);
}

TEST_F(VoteWorker, Layer2DropsACopyBeforeItReachesTheStore) {
  settings.batch_size = 1;
  const CastVote vote = new_vote(poll);
  const CastVote another = new_vote(poll);
  for (const CastVote& each : {vote, vote, another, vote}) append(engine.queue, each);
  EXPECT_EQ(drain().copies, 2U);
  EXPECT_EQ(store.times_handed(vote.request), 1);
  EXPECT_EQ(next_offset(), 4);
  expect_counted(files, 2);
}

TEST_F(VoteWorker, Layer2IsNotFooledByAKeyReusedElsewhere) {
  settings.batch_size = 1;
  const Poll other_poll = test::add_poll(engine.store, test::new_poll());
  const CastVote vote = new_vote(poll);
  CastVote on_another_poll = new_vote(other_poll);
  CastVote of_another_voter = new_vote(poll);
  CastVote of_another_choice = vote;
  on_another_poll.request = vote.request;
  on_another_poll.voter = vote.voter;
  of_another_voter.request = vote.request;
  of_another_choice.options = {poll.options[1].id};
  for (const CastVote& each : {vote, on_another_poll, of_another_voter, of_another_choice})
    append(engine.queue, each);
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.recorded, 3U);
  EXPECT_EQ(store.times_handed(vote.request), 4);
  expect_counted(files, 3);
}

TEST_F(VoteWorker, Layer2ForgetsWhenTheStoreWasAway) {
  settings.batch_size = 1;
  const CastVote vote = new_vote(poll);
  for (const CastVote& each : {vote, new_vote(poll), vote}) append(engine.queue, each);
  store.faults.before("record", [](int pass) { return pass == 2 ? Fate::refuse : Fate::go_on; });
  drain();
  EXPECT_EQ(store.times_handed(vote.request), 2) << "the store may have been set back meanwhile";
  expect_counted(files, 2);
}

TEST_F(VoteWorker, AVoteAppendedInTimeIsCountedHoweverLateItIsProcessed) {
  append(engine.queue, new_vote(poll));
  clock.advance(std::chrono::hours(1) + test::kGrace);
  append(engine.queue, new_vote(poll));  // at the last moment
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(drain().recorded, 2U);
  expect_counted(files, 2);
}

TEST_F(VoteWorker, AVoteAppendedTooLateIsADeadLetter) {
  const CastVote in_time = new_vote(poll);
  append(engine.queue, in_time);
  drain();
  clock.advance(std::chrono::hours(1) + test::kGrace + Duration(1));
  append(engine.queue, new_vote(poll));
  append(engine.queue, in_time);  // a late copy of the ballot that stands is no harm
  drain();
  expect_counted(files, 1);
  const auto letters = test::dead_letters(engine.queue);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(test::header(letters[0].message, kErrorHeader), "too_late");
  EXPECT_EQ(next_offset(), 3);
}

TEST_F(VoteWorker, TakesTheNextBatchWhileTheStoreRecordsOne) {
  settings.batch_size = 1;
  append(engine.queue, new_vote(poll));
  append(engine.queue, new_vote(poll));
  std::promise<void> taken;
  queue.faults.after("take", [&](int pass) {
    if (pass == 2) taken.set_value();
    return Fate::go_on;
  });
  store.faults.after("record", [&](int pass) {
    if (pass > 1) return Fate::go_on;
    EXPECT_EQ(taken.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
    return Fate::go_on;
  });
  EXPECT_EQ(drain().recorded, 2U);
  expect_counted(files, 2);
}

TEST_F(VoteWorker, AStoreThatIsAwayFillsNoDeadLettersAndLosesNothing) {
  for (int n = 0; n < 20; ++n) append(engine.queue, new_vote(poll));
  store.faults.before("record", test::first(2, Fate::refuse));
  store.faults.after("record", test::first(2, Fate::lose));
  store.faults.before("positions", test::first(1, Fate::refuse));
  drain();
  expect_counted(files, 20);
  EXPECT_TRUE(test::dead_letters(engine.queue).empty());
  EXPECT_EQ(end_offset(), 20);
  EXPECT_EQ(next_offset(), 20);
}

TEST_F(VoteWorker, AQueueThatDoesNotAnswerIsReadAgainFromAPositionThatWasSought) {
  settings.batch_size = 2;
  for (int n = 0; n < 5; ++n) append(engine.queue, new_vote(poll));
  queue.faults.before("take", [](int pass) { return pass == 2 ? Fate::refuse : Fate::go_on; });
  queue.faults.after("take", [](int pass) { return pass == 3 ? Fate::refuse : Fate::go_on; });
  queue.faults.before("assignment", test::first(1, Fate::refuse));
  queue.faults.before("commit", test::always(Fate::refuse));
  EXPECT_EQ(drain().recorded, 5U);
  EXPECT_EQ(queue.faults.calls("seek"), 3);
  expect_counted(files, 5);
}

TEST_F(VoteWorker, StopsWhileAPartDoesNotAnswerAndTheNextOneGoesOn) {
  append(engine.queue, new_vote(poll));
  store.faults.before("record", [&](int /*pass*/) {
    stop.request();
    return Fate::refuse;
  });
  Worker worker(store, queue, cache, clock, settings);
  worker.run(stop, false);
  EXPECT_EQ(next_offset(), 0);
  store.faults.heal();
  Stop again;
  worker.run(again, true);
  expect_counted(files, 1);
}

TEST_F(VoteWorker, AZombiesBatchIsRolledBackAndItLooksThePositionsUpAgain) {
  append(engine.queue, new_vote(poll));
  append(engine.queue, new_vote(poll));
  drain();
  append(engine.queue, new_vote(poll));
  make_a_zombie();
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.taken, 4U);
  EXPECT_EQ(totals.recorded, 1U);
  EXPECT_EQ(totals.copies, 0U) << "the zombie's batch was not rolled back";
  EXPECT_EQ(next_offset(), 3);
  expect_counted(files, 3);
}

TEST_F(VoteWorker, AZombieBuriesNothing) {
  append(engine.queue, {UserId{}, "poison", {}});
  drain();
  make_a_zombie();
  drain();
  EXPECT_EQ(test::dead_letters(engine.queue).size(), 1U);
}

TEST_F(VoteWorker, APositionWhoseMessageIsAnotherStopsItWithAnExplanation) {
  append(engine.queue, new_vote(poll));
  drain();
  test::change(files.queue, "UPDATE messages SET value = '{}'");
  append(engine.queue, new_vote(poll));
  Worker worker(store, queue, cache, clock, settings);
  try {
    worker.run(stop, true);
    FAIL() << "it read on";
  } catch (const PositionLost& lost) {
    EXPECT_NE(std::string(lost.what()).find(files.queue), std::string::npos) << lost.what();
  }
  expect_counted(files, 1);
  const auto another = engine.queue.consumer()->assignment(Duration(0));
  ASSERT_TRUE(another && *another);
  EXPECT_FALSE((*another)->empty()) << "the worker that stopped still holds the queue";
}

TEST_F(VoteWorker, AQueueThatWasEmptiedStopsIt) {
  append(engine.queue, new_vote(poll));
  drain();
  test::change(files.queue, "DELETE FROM messages");
  EXPECT_THROW(drain(), PositionLost);
}

TEST_F(VoteWorker, OnceEndsWhereAnotherReadsAndHasDrainedTheQueue) {
  append(engine.queue, new_vote(poll));
  drain();
  auto other = engine.queue.consumer();
  ASSERT_TRUE(other->assignment(Duration(0)));
  EXPECT_EQ(drain().taken, 0U);
}

TEST_F(VoteWorker, AnotherStandsByAndTakesOverWhereTheFirstEnds) {
  std::promise<void> standing_by;
  auto first = engine.queue.consumer();
  ASSERT_TRUE(first->assignment(Duration(0)));
  append(engine.queue, new_vote(poll));
  queue.faults.after("assignment", [&](int pass) {
    if (pass == 1) standing_by.set_value();
    return Fate::go_on;
  });
  std::thread second([&] { drain(); });
  standing_by.get_future().wait();
  EXPECT_EQ(next_offset(), 0);
  first.reset();
  second.join();
  expect_counted(files, 1);
}

}  // namespace
}  // namespace vote

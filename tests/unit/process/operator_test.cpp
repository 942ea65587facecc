// What an operator decides about dead letters, once and many times, and what a kill leaves behind.
#include <algorithm>
#include <thread>

#include "process/dead_letters.h"
#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::append;
using test::expect_counted;
using test::Fate;
using test::header;
using test::new_vote;

class OperatorTest : public test::WorkerWorld {
 protected:
  /// A vote that the store refuses as long as its poll is not there: it heals.
  CastVote bury_vote() {
    CastVote vote = new_vote(absent);
    append(engine.queue, vote);
    drain();
    return vote;
  }
  void heal() { test::add_poll(engine.store, absent); }
  /// A vote for an option that its poll has not: it never heals.
  CastVote bury_choice_of_nothing() {
    CastVote vote = new_vote(poll);
    vote.options = {test::new_id<OptionId>()};
    append(engine.queue, vote);
    drain();
    return vote;
  }
  std::uint64_t holding() {
    return wait_for<Result<EndOfPoll>>(
               [&](auto done) { engine.store.end_of_poll(poll.id, "votes", std::move(done)); })
        ->holding_total;
  }

  static BuriedVotes buried(Queue& from, const BuriedVoteFilter& filter = {}) {
    BuriedVotes votes;
    const auto read = each_dead_letter(from, filter, [&](const BuriedVote& vote) {
      votes.push_back(vote);
      return true;
    });
    if (!read) throw std::runtime_error(read.error().detail);
    return votes;
  }
  BuriedVotes buried() { return buried(engine.queue); }
  std::vector<OperatorAction> noted() {
    return *wait_for<Result<std::vector<OperatorAction>>>(
        [&](auto done) { engine.store.operator_actions(std::nullopt, 0, 100, std::move(done)); });
  }

  Poll absent = test::new_poll();
  Operator by{store, queue, "os:test"};
};

TEST_F(OperatorTest, ReadsWhatADeadLetterSays) {
  const CastVote vote = bury_vote();
  const BuriedVotes votes = buried();
  ASSERT_EQ(votes.size(), 1U);
  EXPECT_EQ(votes[0].reason, "unknown_poll");
  EXPECT_EQ(votes[0].ids.poll, vote.poll);
  EXPECT_EQ(votes[0].ids.voter, vote.voter);
  EXPECT_EQ(votes[0].ids.request, vote.request);
  EXPECT_EQ(votes[0].topic + votes[0].partition + votes[0].offset, "votes00");
  EXPECT_EQ(votes[0].first_stamp, to_text(test::kStart));
}

TEST_F(OperatorTest, AVoteSentRoundAgainIsCountedOnceAndItsDeadLetterIsGone) {
  const CastVote vote = bury_vote();
  heal();
  clock.advance(std::chrono::hours(24));
  const Decided decided = by.requeue(buried());
  ASSERT_EQ(decided.size(), 1U);
  EXPECT_TRUE(decided[0]);
  EXPECT_TRUE(buried().empty());
  EXPECT_EQ(drain().recorded, 1U) << "in time, though the poll has ended meanwhile";
  expect_counted(files, 1);
  EXPECT_TRUE(buried().empty());
}

TEST_F(OperatorTest, AVoteSentRoundAgainKeepsItsFirstStampAndNothingOfItsDeath) {
  append(engine.queue, Message{test::new_id<UserId>(),
                               to_message(new_vote(absent)),
                               {{std::string(kRetryCountHeader), "3"}, {"x-trace", "kept"}}});
  drain();
  by.requeue(buried());
  const auto consumer = engine.queue.consumer();
  ASSERT_TRUE(consumer->assignment(Duration(0)));
  ASSERT_TRUE(consumer->seek({{"votes", 0, 1, std::nullopt, 0}}));
  const auto taken = consumer->take(1, Duration(0));
  ASSERT_EQ(taken->size(), 1U);
  const Headers expected{{"x-trace", "kept"},
                         {std::string(kFirstStampHeader), to_text(test::kStart)}};
  EXPECT_EQ(taken->front().message.headers, expected);
}

TEST_F(OperatorTest, AVoteWhoseFaultIsNotHealedIsADeadLetterAgain) {
  bury_vote();
  const std::int64_t first = buried().at(0).letter.id;
  EXPECT_TRUE(by.requeue(buried()).at(0));
  drain();
  ASSERT_EQ(buried().size(), 1U);
  EXPECT_GT(buried()[0].letter.id, first);
}

TEST_F(OperatorTest, DeadLettersRequeuedTwiceCountOnce) {
  bury_vote();
  bury_vote();
  heal();
  const BuriedVotes votes = buried();
  for (const Result<Done>& each : by.requeue(votes)) EXPECT_TRUE(each);
  for (const Result<Done>& each : by.requeue(votes)) {
    ASSERT_FALSE(each);
    EXPECT_EQ(each.error().code, Code::not_found);
  }
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.recorded, 2U);
  EXPECT_EQ(totals.copies, 2U);
  expect_counted(files, 2);
  EXPECT_EQ(noted().size(), 4U);
}

TEST_F(OperatorTest, OfTwoWhoDecideAtOnceOneHasDecidedAndNoVoteIsLostOrCountedTwice) {
  constexpr std::size_t kVotes = 20;
  for (std::size_t n = 0; n < kVotes; ++n) append(engine.queue, new_vote(absent));
  drain();
  heal();
  const BuriedVotes votes = buried();
  ASSERT_EQ(votes.size(), kVotes);
  test::Engine other{files, clock};
  Operator another(other.store, other.queue, "os:another");
  std::atomic<std::size_t> decided = 0;
  const auto requeue = [&](Operator& who) {
    for (const Result<Done>& each : who.requeue(votes)) decided += each ? 1 : 0;
  };
  std::thread beside([&] { requeue(another); });
  requeue(by);
  beside.join();
  EXPECT_EQ(decided, kVotes);
  drain();
  expect_counted(files, kVotes);
  EXPECT_TRUE(buried().empty());
}

TEST_F(OperatorTest, KilledBetweenAppendAndRemovalTheVoteIsThereAndCountsOnce) {
  bury_vote();
  heal();
  queue.faults.before("remove_dead_letter",
                      [](int pass) { return pass == 1 ? Fate::refuse : Fate::go_on; });
  const Decided first = by.requeue(buried());
  ASSERT_FALSE(first[0]);
  EXPECT_EQ(first[0].error().code, Code::unavailable);
  EXPECT_EQ(drain().recorded, 1U);
  ASSERT_EQ(buried().size(), 1U) << "listed as long as nobody has decided";
  EXPECT_TRUE(by.requeue(buried())[0]);
  EXPECT_EQ(drain().copies, 1U);
  expect_counted(files, 1);
}

TEST_F(OperatorTest, AQueueThatDoesNotTakeTheVoteKeepsItsDeadLetter) {
  bury_vote();
  heal();
  queue.faults.before("append", [](int pass) { return pass == 1 ? Fate::lose : Fate::go_on; });
  const Decided decided = by.requeue(buried());
  ASSERT_FALSE(decided[0]);
  EXPECT_EQ(decided[0].error().code, Code::unavailable);
  EXPECT_EQ(buried().size(), 1U);
  EXPECT_TRUE(by.requeue(buried())[0]);
  drain();
  expect_counted(files, 1);
}

TEST_F(OperatorTest, WhatCannotBeLoggedIsNotDone) {
  bury_vote();
  const BuriedVotes votes = buried();
  store.faults.before("note", [](int /*pass*/) { return Fate::refuse; });
  EXPECT_EQ(by.requeue(votes)[0].error().code, Code::unavailable);
  EXPECT_EQ(by.drop(votes)[0].error().code, Code::unavailable);
  EXPECT_EQ(buried().size(), 1U);
  EXPECT_EQ(end_offset(), 1);
}

TEST_F(OperatorTest, EachDecisionIsLoggedWithWhoseVoteItWasAboutAndWhy) {
  const CastVote vote = bury_vote();
  append(engine.queue, Message{UserId{}, std::string("\0\xFF", 2), {}});
  drain();
  const BuriedVotes votes = buried();
  by.requeue({votes.at(0)});
  by.drop({votes.at(1)});
  const auto actions = noted();
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].actor, "os:test");
  EXPECT_EQ(actions[0].action, "requeued");
  EXPECT_EQ(actions[0].poll, vote.poll);
  EXPECT_EQ(actions[0].user, vote.voter);
  EXPECT_EQ(actions[0].request, vote.request);
  EXPECT_NE(actions[0].detail.find("unknown_poll"), std::string::npos);
  EXPECT_EQ(actions[1].action, "dropped");
  EXPECT_FALSE(actions[1].poll);
  EXPECT_NE(actions[1].detail.find("votes/0/1"), std::string::npos);
}

TEST_F(OperatorTest, ADroppedVoteIsGoneAndCannotBeSentRound) {
  bury_vote();
  heal();
  const BuriedVotes votes = buried();
  EXPECT_TRUE(by.drop(votes)[0]);
  EXPECT_TRUE(buried().empty());
  EXPECT_EQ(by.drop(votes)[0].error().code, Code::not_found);
  EXPECT_FALSE(find_dead_letter(engine.queue, votes[0].letter.id));
  drain();
  expect_counted(files, 0);
}

TEST_F(OperatorTest, ADeadLetterHoldsItsPollBackUntilItIsDropped) {
  bury_choice_of_nothing();
  EXPECT_EQ(holding(), 1U);
  EXPECT_TRUE(by.requeue(buried())[0]);
  EXPECT_EQ(holding(), 1U) << "until a worker has read it";
  drain();
  EXPECT_EQ(holding(), 1U) << "a dead letter again";
  bool killed = false;
  queue.faults.before("remove_dead_letter", [&killed](int /*pass*/) {
    return std::exchange(killed, true) ? Fate::go_on : Fate::refuse;
  });
  EXPECT_FALSE(by.drop(buried()).at(0));
  EXPECT_EQ(holding(), 0U) << "settled before it is removed";
  EXPECT_TRUE(by.drop(buried()).at(0));
  EXPECT_EQ(holding(), 0U);
}

TEST_F(OperatorTest, WhoDropsWhatWasSentRoundDoesNotLetItsPollBecomeFinalBeforeItIsRead) {
  bury_choice_of_nothing();
  const BuriedVotes votes = buried();
  queue.faults.before("remove_dead_letter", test::first(1, Fate::refuse));
  EXPECT_FALSE(by.requeue(votes)[0]) << "sent round, and its letter stays";
  EXPECT_TRUE(by.drop(votes)[0]);
  EXPECT_EQ(holding(), 1U) << "until a worker has read it";
  drain();
  ASSERT_EQ(buried().size(), 1U) << "a dead letter again";
  EXPECT_TRUE(by.drop(buried())[0]);
  EXPECT_EQ(holding(), 0U);
}

TEST_F(OperatorTest, OfTwoLettersOfOneVoteTheOneThatIsDroppedDoesNotGiveUpTheOther) {
  const CastVote vote = bury_choice_of_nothing();
  append(engine.queue, vote);
  drain();
  const BuriedVotes twins = buried();
  ASSERT_EQ(twins.size(), 2U);
  EXPECT_TRUE(by.requeue({twins[0]})[0]);
  EXPECT_TRUE(by.drop({twins[1]})[0]);
  EXPECT_EQ(holding(), 1U) << "of the copy that is on its way";
}

TEST_F(OperatorTest, AVoteOnAFinalPollIsNotSentRoundAndItsNeighboursAre) {
  bury_vote();
  heal();
  const auto finalise = [](Poll is, Time now) -> Result<Poll> {
    is.final_at = now;
    return is;
  };
  ASSERT_TRUE(wait_for<Result<Poll>>(
      [&](auto done) { engine.store.revise_poll(absent.id, finalise, std::move(done)); }));
  absent = test::new_poll();
  bury_vote();
  heal();
  const BuriedVotes votes = buried();
  EXPECT_EQ(by.can_requeue(votes)[0].error().code, Code::poll_final);
  EXPECT_TRUE(by.can_requeue(votes)[1]);
  const Decided decided = by.requeue(votes);
  ASSERT_FALSE(decided[0]);
  EXPECT_EQ(decided[0].error().code, Code::poll_final);
  EXPECT_TRUE(decided[1]);
  drain();
  ASSERT_EQ(buried().size(), 1U);
  EXPECT_EQ(buried()[0].letter.id, votes[0].letter.id);
  expect_counted(files, 1);
  EXPECT_EQ(noted().size(), 1U) << "what was not done is not logged";
}

TEST_F(OperatorTest, FindsThoseOfAReasonAPollAndATimeAmongMany) {
  constexpr std::size_t kOthers = 150;  // more than a page
  for (std::size_t n = 0; n < kOthers; ++n) append(engine.queue, Message{UserId{}, "poison", {}});
  drain();
  clock.advance(std::chrono::minutes(10));
  const CastVote vote = bury_vote();
  EXPECT_EQ(buried().size(), kOthers + 1);
  const Time then = test::kStart + std::chrono::minutes(10);
  const auto count = [&](const BuriedVoteFilter& filter) {
    return buried(engine.queue, filter).size();
  };
  BuriedVoteFilter malformed;
  malformed.reason = "malformed";
  EXPECT_EQ(count(malformed), kOthers);
  BuriedVoteFilter of_poll;
  of_poll.poll = vote.poll;
  EXPECT_EQ(count(of_poll), 1U);
  BuriedVoteFilter since;
  since.since = then;
  EXPECT_EQ(count(since), 1U);
  BuriedVoteFilter until;
  until.until = then;
  EXPECT_EQ(count(until), kOthers);
  malformed.since = then;
  EXPECT_EQ(count(malformed), 0U);
}

}  // namespace
}  // namespace vote

// Closing messages and votes that a position passes undecided: what the store is told, and when.
#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::append;
using test::Fate;
using test::new_vote;
using test::number;

class Closings : public test::WorkerWorld {
 protected:
  Appended append_closing() {
    const auto appended = wait_for<AppendResult>([&](auto done) {
      engine.queue.append_to(0, {UserId{}, to_message(ClosePoll{poll.id}), {}}, std::move(done));
    });
    return std::get<Appended>(appended);
  }
  EndOfPoll end() {
    return *wait_for<Result<EndOfPoll>>(
        [&](auto done) { engine.store.end_of_poll(poll.id, "votes", std::move(done)); });
  }
  std::optional<Time> read_stamp() {
    const auto closings = end().closings;
    return closings.empty() ? std::nullopt : closings[0].read_stamp;
  }
  CastVote vote_of_no_option() {
    CastVote vote = new_vote(poll);
    vote.options = {test::new_id<OptionId>()};
    return vote;
  }
};

TEST_F(Closings, AreTakenToTheStoreWithTheirStamp) {
  append(engine.queue, new_vote(poll));
  const Appended closing = append_closing();
  const WorkerTotals totals = drain();
  EXPECT_EQ(totals.dead_letters, 0U);
  EXPECT_EQ(totals.recorded, 1U);
  EXPECT_EQ(read_stamp(), closing.stamp);
  EXPECT_EQ(next_offset(), 2);
}

TEST_F(Closings, OfAPollThatIsNotThereIsNoDeadLetter) {
  append(engine.queue, Message{UserId{}, to_message(ClosePoll{test::new_id<PollId>()}), {}});
  EXPECT_EQ(drain().dead_letters, 0U);
  EXPECT_EQ(next_offset(), 1);
}

TEST_F(Closings, AreNotReadBeforeWhatStandsBeforeThemIsDecided) {
  append(engine.queue, Message{UserId{}, "poison", {}});
  append_closing();
  queue.faults.before("add_dead_letter", [&](int pass) {
    EXPECT_FALSE(read_stamp());
    return pass == 1 ? Fate::refuse : Fate::go_on;
  });
  drain();
  EXPECT_TRUE(read_stamp());
}

TEST_F(Closings, OfAZombieAreNotRead) {
  append_closing();
  store.faults.before("record", [&](int pass) {
    if (pass == 1)
      test::change(files.store, "INSERT INTO queue_positions VALUES ('votes', 0, 1, NULL, 0)");
    EXPECT_FALSE(read_stamp());
    return Fate::go_on;
  });
  drain();
  EXPECT_FALSE(read_stamp());
}

TEST_F(Closings, AStoreSetBackReadsThemAgain) {
  append_closing();
  drain();
  test::change(files.store, "DELETE FROM queue_positions; DELETE FROM poll_closings");
  drain();
  EXPECT_TRUE(read_stamp());
}

TEST_F(Closings, AVoteOnAnotherRoundIsUndecidedUntilItIsRead) {
  const CastVote vote = new_vote(poll);
  append(engine.queue, vote);
  append_closing();
  store.refused = vote.request;
  store.refusals_left = 1;
  std::vector<std::uint64_t> holding;
  queue.faults.before("take", [&](int /*pass*/) {
    if (end_offset() == 3 && holding.empty()) holding.push_back(end().holding_total);
    return Fate::go_on;
  });
  drain();
  EXPECT_EQ(holding, std::vector<std::uint64_t>{1}) << "the closing message is read, and it is not";
  EXPECT_EQ(end().holding_total, 0U);
  test::expect_counted(files, 1);
}

TEST_F(Closings, ADeadLetterOfAVoteInTimeIsUndecided) {
  const CastVote vote = vote_of_no_option();
  append(engine.queue, vote);
  drain();
  ASSERT_EQ(end().holding_total, 1U);
  const UndecidedVote held = end().holding[0];
  EXPECT_EQ(held.state, UndecidedVote::State::dead_letter);
  EXPECT_EQ(held.reason, "unknown_option");
  EXPECT_EQ(held.voter, vote.voter);
  const DeadLetter letter = test::dead_letters(engine.queue).at(0);
  EXPECT_EQ(held.digest, message_digest(letter.message.value)) << "how vote-dlq finds it";
}

TEST_F(Closings, AMessageOfALaterVersionIsUndecidedIfItNamesItsPoll) {
  std::string message = to_message(new_vote(poll));
  message.replace(message.find("\"v\":1"), 5, "\"v\":2");
  append(engine.queue, Message{UserId{}, message, {}});
  append(engine.queue, Message{UserId{}, "no poll at all", {}});
  drain();
  EXPECT_EQ(end().holding_total, 1U);
}

TEST_F(Closings, AVoteThatCameTooLateOrToAFinalResultHoldsNothingBack) {
  clock.advance(std::chrono::hours(1) + test::kGrace + Duration(1));
  append(engine.queue, new_vote(poll));
  EXPECT_EQ(drain().dead_letters, 1U);
  EXPECT_EQ(number(files.store, "SELECT count(*) FROM undecided_votes"), 0);
  test::change(files.store,
               "UPDATE polls SET final_at = 1, revision = 99;"
               "UPDATE store_meta SET revision = 99");
  append(engine.queue, new_vote(poll));
  EXPECT_EQ(drain().dead_letters, 1U);
  EXPECT_EQ(number(files.store, "SELECT count(*) FROM undecided_votes"), 0);
  EXPECT_EQ(test::header(test::dead_letters(engine.queue).at(1).message, kErrorHeader), "final");
}

TEST_F(Closings, AKillBetweenDeadLetterAndStoreLeavesItUndecidedOnce) {
  append(engine.queue, vote_of_no_option());
  store.faults.before("record", [&](int pass) {
    if (pass != 2) return Fate::go_on;  // the one that passes
    stop.request();
    return Fate::refuse;
  });
  Worker killed(store, queue, cache, clock, settings);
  killed.run(stop, false);
  EXPECT_EQ(test::dead_letters(engine.queue).size(), 1U);
  EXPECT_EQ(end().holding_total, 0U);
  store.faults.heal();
  Stop again;
  Worker(store, queue, cache, clock, settings).run(again, true);
  EXPECT_EQ(end().holding_total, 1U);
}

}  // namespace
}  // namespace vote

#include <map>

#include "contract/store/house.h"

namespace vote::test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr std::uint64_t kDigest = 0xFEDCBA9876543210U;

class StoreEndOfPoll : public StoreTest {
 protected:
  Time in_time() const { return poll_.end_time + kGrace; }
  Time closed_after() const { return in_time() + kClocksApartMax; }
  void pass_the_end() { advance(hours(1) + kGrace + kClocksApartMax + Duration(1)); }

  /// As a worker does: a batch that moves partition 0 on and notes what it passed.
  Result<BatchReport> pass(std::vector<ClosingRead> closings, std::vector<UndecidedVote> undecided,
                           std::vector<VoteToRecord> votes = {}) {
    Batch batch;
    batch.votes = std::move(votes);
    batch.closings = std::move(closings);
    batch.undecided = std::move(undecided);
    batch.moves = {{offset_, {"votes", 0, offset_ + 1, kStart, 1}}};
    auto report = record(std::move(batch));
    if (report && !report->positions_moved && !report->moves_held) ++offset_;
    return report;
  }
  void read_closing(Time stamp, std::int32_t partition = 0) {
    ASSERT_TRUE(pass({{poll_.id, "votes", partition, stamp}}, {}));
  }
  UndecidedVote undecided_vote(const CastVote& vote, Time stamp = kStart) const {
    return {poll_.id,        kDigest, vote.voter,
            vote.request,    stamp,   UndecidedVote::State::dead_letter,
            "unknown_option"};
  }
  Finality finalise(std::vector<std::int32_t> partitions = {0}) {
    return finalise_as(counts(poll_), std::move(partitions));
  }
  Finality finalise_as(const PollCounts& counted, std::vector<std::int32_t> partitions = {0}) {
    const auto finality = wait_for<Result<Finality>>([&](auto done) {
      store_->finalise(poll_.id, "votes", std::move(partitions), counted, std::move(done));
    });
    if (!finality) throw std::runtime_error(finality.error().detail);
    return *finality;
  }
  EndOfPoll end() {
    auto end = wait_for<Result<EndOfPoll>>(
        [&](auto done) { store_->end_of_poll(poll_.id, "votes", std::move(done)); });
    if (!end) throw std::runtime_error(end.error().detail);
    return *end;
  }
  void settle(const UndecidedVote& vote, Settlement settlement) {
    ASSERT_TRUE(wait_for<Result<Done>>(
        [&](auto done) { store_->settle(vote, settlement, std::move(done)); }));
  }
  bool is_undecided(const CastVote& vote) {
    return wait_for<Result<RequestTrace>>([&](auto done) {
             store_->trace_of(vote.poll, vote.voter, vote.request, std::move(done));
           })
        ->undecided;
  }
  std::vector<PollId> unfinished() {
    const auto polls = wait_for<Result<std::vector<Poll>>>(
        [&](auto done) { store_->unfinished(PollId{}, 100, std::move(done)); });
    std::vector<PollId> ids;
    for (const Poll& each : *polls) ids.push_back(each.id);
    return ids;
  }
  /// All of the way, for tests of what comes after it.
  void make_it_final() {
    pass_the_end();
    read_closing(closed_after() + Duration(1));
    ASSERT_EQ(finalise(), Finality::made_final);
  }

  Poll poll_ = new_changeable_poll();
  std::int64_t offset_ = 0;
};
VOTE_ON_EVERY_BACKEND(StoreEndOfPoll);

TEST_P(StoreEndOfPoll, ResultsAreFinalOnceAClosingMessageIsReadEverywhere) {
  EXPECT_EQ(finalise(), Finality::not_due);
  pass_the_end();
  EXPECT_EQ(finalise(), Finality::not_read);
  read_closing(closed_after());
  EXPECT_EQ(finalise(), Finality::not_read) << "votes in time may stand behind it";
  read_closing(closed_after() + Duration(1));
  EXPECT_EQ(finalise({0, 1}), Finality::not_read);
  EXPECT_EQ(finalise({}), Finality::not_read);
  const std::uint64_t revision = poll(poll_.id)->revision;
  EXPECT_EQ(finalise(), Finality::made_final);
  const Poll final = *poll(poll_.id);
  EXPECT_EQ(final.final_at, clock_.now());
  EXPECT_GT(final.revision, revision) << "APIs must be told";
  EXPECT_EQ(finalise(), Finality::was_final);
  EXPECT_EQ(poll(poll_.id)->final_at, final.final_at);
}

TEST_P(StoreEndOfPoll, TheStoresClockMustBePastTheGraceToo) {
  read_closing(closed_after() + Duration(1));
  advance(hours(1) + kGrace);
  EXPECT_EQ(finalise(), Finality::not_due) << "the store itself still takes votes";
  advance(Duration(1));
  EXPECT_EQ(finalise(), Finality::made_final);
}

TEST_P(StoreEndOfPoll, APollClosedByHandWaitsForItsCutoff) {
  Lease api{"api", new_id<UserId>(), 0, std::chrono::minutes(10)};
  api.applied_revision = renew(api)->revision;
  ASSERT_TRUE(close(poll_));
  read_closing(closed_after() + Duration(1));
  advance(std::chrono::minutes(9));
  EXPECT_FALSE(end().is_decided);
  EXPECT_EQ(finalise(), Finality::not_due);
  advance(std::chrono::minutes(2));
  ASSERT_TRUE(wait_for<Result<Done>>([&](auto done) { store_->decide_cutoffs(std::move(done)); }));
  EXPECT_TRUE(end().is_decided) << "the lease has run out";
  EXPECT_EQ(poll(poll_.id)->cutoff, clock_.now());
  EXPECT_EQ(end().closed_after, clock_.now() + kGrace + kClocksApartMax);
}

TEST_P(StoreEndOfPoll, AClosingByHandThatIsOvertakenByTheEndHasItForItsCutoff) {
  Lease api{"api", new_id<UserId>(), 0, hours(24)};
  api.applied_revision = renew(api)->revision;
  ASSERT_TRUE(close(poll_));
  make_it_final();
  EXPECT_EQ(poll(poll_.id)->cutoff, poll_.end_time);
}

TEST_P(StoreEndOfPoll, VotesInTimeThatNobodyDecidedOnHoldItBack) {
  const CastVote vote = new_vote(poll_);
  ASSERT_TRUE(pass({}, {undecided_vote(vote, in_time())}));
  pass_the_end();
  read_closing(closed_after() + Duration(1));
  EXPECT_EQ(finalise(), Finality::held_back);
  ASSERT_EQ(end().holding.size(), 1U);
  EXPECT_EQ(end().holding_total, 1U);
  const UndecidedVote held = end().holding[0];
  EXPECT_EQ(held.voter, vote.voter);
  EXPECT_EQ(held.request, vote.request);
  EXPECT_EQ(held.digest, kDigest);
  EXPECT_EQ(held.first_stamp, in_time());
  EXPECT_EQ(held.reason, "unknown_option");
  EXPECT_EQ(held.state, UndecidedVote::State::dead_letter);
  settle(held, Settlement::requeued);
  EXPECT_EQ(end().holding.at(0).state, UndecidedVote::State::retry);
  EXPECT_EQ(finalise(), Finality::held_back) << "it is on its way";
  settle(held, Settlement::dropped);
  EXPECT_EQ(finalise(), Finality::held_back) << "who drops the letter does not drop the copy";
  const UndecidedVote sent = end().holding.at(0);
  settle(sent, Settlement::dropped);
  settle(sent, Settlement::dropped);
  EXPECT_EQ(finalise(), Finality::made_final);
}

TEST_P(StoreEndOfPoll, AVoteSentRoundAgainHoldsItBackAlsoIfNothingWasKnownOfIt) {
  settle(undecided_vote(new_vote(poll_), in_time()), Settlement::requeued);
  pass_the_end();
  read_closing(closed_after() + Duration(1));
  EXPECT_EQ(finalise(), Finality::held_back);
  EXPECT_EQ(end().holding.at(0).state, UndecidedVote::State::retry);
}

TEST_P(StoreEndOfPoll, AVoteThatCouldNotBeSentRoundIsADeadLetterAsBefore) {
  const UndecidedVote held = undecided_vote(new_vote(poll_), in_time());
  ASSERT_TRUE(pass({}, {held}));
  settle(held, Settlement::requeued);
  settle(held, Settlement::kept);
  EXPECT_EQ(end().holding.at(0).state, UndecidedVote::State::dead_letter);
  settle(held, Settlement::dropped);
  EXPECT_EQ(end().holding_total, 0U);
}

TEST_P(StoreEndOfPoll, TellsWhetherARequestMayStillCount) {
  const CastVote vote = new_vote(poll_);
  EXPECT_FALSE(is_undecided(vote));
  const UndecidedVote held = undecided_vote(vote, in_time());
  ASSERT_TRUE(pass({}, {held}));
  EXPECT_TRUE(is_undecided(vote));
  EXPECT_FALSE(is_undecided(new_vote(poll_)));
  CastVote other = vote;
  other.request = new_id<RequestId>();
  EXPECT_FALSE(is_undecided(other));
  settle(held, Settlement::dropped);
  EXPECT_FALSE(is_undecided(vote));
  settle(held, Settlement::requeued);
  EXPECT_TRUE(is_undecided(vote));
  record(vote);
  EXPECT_FALSE(is_undecided(vote)) << "it has been counted";
}

TEST_P(StoreEndOfPoll, AVoteThatWasCountedAfterAllHoldsNothingBack) {
  const CastVote vote = new_vote(poll_);
  ASSERT_TRUE(pass({}, {undecided_vote(vote)}));
  ASSERT_TRUE(pass({}, {}, {{vote, kStart}}));
  EXPECT_EQ(end().holding_total, 0U);
  make_it_final();
}

TEST_P(StoreEndOfPoll, NorDoesOneWhoseVoterHasAnotherBallot) {
  const CastVote vote = new_vote(poll_);
  ASSERT_TRUE(pass({}, {undecided_vote(vote)}, {{another_request(vote, poll_, 1), kStart}}));
  EXPECT_EQ(end().holding_total, 0U);
}

TEST_P(StoreEndOfPoll, NorDoesOneThatWasTooLateOrOfNoPollThatIsThere) {
  UndecidedVote elsewhere = undecided_vote(new_vote(poll_));
  elsewhere.poll = new_id<PollId>();
  ASSERT_TRUE(pass({}, {undecided_vote(new_vote(poll_), in_time() + Duration(1)), elsewhere}));
  EXPECT_EQ(house_->rows("undecided_votes"), 0);
}

TEST_P(StoreEndOfPoll, AMessageThatNamesOnlyItsPollHoldsItBack) {
  UndecidedVote of_the_future = undecided_vote(new_vote(poll_));
  of_the_future.voter = std::nullopt;
  of_the_future.request = std::nullopt;
  ASSERT_TRUE(pass({}, {of_the_future}));
  ASSERT_TRUE(pass({}, {}, {{new_vote(poll_), kStart}}));
  EXPECT_EQ(end().holding_total, 1U);
}

TEST_P(StoreEndOfPoll, TheSameMessageOnAnotherRoundIsNotedOnceWithItsFirstStamp) {
  UndecidedVote vote = undecided_vote(new_vote(poll_), kStart + seconds(9));
  vote.state = UndecidedVote::State::retry;
  ASSERT_TRUE(pass({}, {vote}));
  vote.state = UndecidedVote::State::dead_letter;
  vote.first_stamp = kStart + seconds(7);
  ASSERT_TRUE(pass({}, {vote}));
  ASSERT_EQ(end().holding_total, 1U);
  EXPECT_EQ(end().holding[0].state, UndecidedVote::State::dead_letter);
  EXPECT_EQ(end().holding[0].first_stamp, kStart + seconds(7));
}

TEST_P(StoreEndOfPoll, TheSameMessageTwiceInABatchIsNotedWithItsFirstStamp) {
  UndecidedVote first = undecided_vote(new_vote(poll_), kStart + seconds(7));
  first.state = UndecidedVote::State::retry;
  UndecidedVote second = first;
  second.first_stamp = kStart + seconds(9);
  second.state = UndecidedVote::State::dead_letter;
  ASSERT_TRUE(pass({}, {first, second}));
  ASSERT_EQ(end().holding_total, 1U);
  EXPECT_EQ(end().holding[0].first_stamp, kStart + seconds(7));
  EXPECT_EQ(end().holding[0].state, UndecidedVote::State::dead_letter);
}

TEST_P(StoreEndOfPoll, NothingIsNotedWherePositionsDoNotMove) {
  Batch zombie;
  zombie.moves = {{7, {"votes", 0, 8, kStart, 1}}};
  Batch refused;
  refused.moves = {{0, {"votes", 0, 1, kStart, 1}}};
  refused.votes = {{new_vote(new_poll()), kStart}};
  for (Batch* batch : {&zombie, &refused}) {
    batch->closings = {{poll_.id, "votes", 0, closed_after() + Duration(1)}};
    batch->undecided = {undecided_vote(new_vote(poll_))};
    ASSERT_TRUE(record(*batch));
    EXPECT_EQ(house_->rows("poll_closings"), 0);
    EXPECT_EQ(house_->rows("undecided_votes"), 0);
  }
}

TEST_P(StoreEndOfPoll, KnowsWhatWasAppendedAndWhatWasRead) {
  const Appended place{0, 41, kStart + hours(2)};
  ASSERT_TRUE(wait_for<Result<Done>>(
      [&](auto done) { store_->note_closing(poll_.id, "votes", place, std::move(done)); }));
  ASSERT_EQ(end().closings.size(), 1U);
  EXPECT_EQ(end().closings[0].sent_offset, 41);
  EXPECT_EQ(end().closings[0].sent_stamp, place.stamp);
  EXPECT_EQ(end().closings[0].read_stamp, std::nullopt);
  read_closing(kStart + hours(3));
  read_closing(kStart + hours(2));
  EXPECT_EQ(end().closings[0].read_stamp, kStart + hours(3));
  EXPECT_EQ(end().closings[0].sent_offset, 41);
}

TEST_P(StoreEndOfPoll, AClosingMessageOfNoPollThatIsThereIsPassedOver) {
  ASSERT_TRUE(pass({{new_id<PollId>(), "votes", 0, kStart}}, {}));
  EXPECT_EQ(offset_, 1);
  EXPECT_EQ(house_->rows("poll_closings"), 0);
}

TEST_P(StoreEndOfPoll, WhatWasNotCountedIsNotMadeFinal) {
  ASSERT_EQ(record(new_vote(poll_)).outcome, Recorded::recorded);
  const PollCounts counted = counts(poll_);
  ASSERT_EQ(record(new_vote(poll_)).outcome, Recorded::recorded);
  pass_the_end();
  read_closing(closed_after() + Duration(1));
  EXPECT_EQ(finalise_as(counted), Finality::miscounted);
  PollCounts wrong = counts(poll_);
  ++wrong.options[0].votes;
  EXPECT_EQ(finalise_as(wrong), Finality::miscounted);
  EXPECT_EQ(finalise(), Finality::made_final);
}

TEST_P(StoreEndOfPoll, AFinalResultNeverChangesWhateverTheClockSays) {
  const CastVote vote = new_vote(poll_);
  ASSERT_EQ(record(vote).outcome, Recorded::recorded);
  make_it_final();
  const PollCounts final = counts(poll_);
  advance(-hours(2));  // the poll would be open
  EXPECT_EQ(record(new_vote(poll_)).outcome, Recorded::final);
  EXPECT_EQ(record(new_vote(poll_), std::nullopt).outcome, Recorded::final);
  EXPECT_EQ(record(vote).outcome, Recorded::same);
  EXPECT_EQ(code_of(change(another_request(vote, poll_, 2))), Code::poll_final);
  CastVote revocation = another_request(vote, poll_, 0);
  revocation.options.clear();
  EXPECT_EQ(code_of(change(revocation)), Code::poll_final);
  ASSERT_TRUE(close(poll_)) << "it is closed already";
  EXPECT_FALSE(poll(poll_.id)->close_requested_at);
  EXPECT_EQ(code_of(revise(poll_,
                           [](Poll current, Time /*now*/) {
                             current.final_at = std::nullopt;
                             return current;
                           })),
            Code::poll_final);
  const auto anybody = [](const Poll&, Time) { return std::nullopt; };
  EXPECT_EQ(code_of(wait_for<Result<Done>>(
                [&](auto done) { store_->delete_poll(poll_.id, anybody, std::move(done)); })),
            Code::poll_final);
  const auto recount =
      wait_for<Result<Recount>>([&](auto done) { store_->recount(poll_.id, std::move(done)); });
  EXPECT_EQ(code_of(wait_for<Result<std::optional<PollCounts>>>(
                [&](auto done) { store_->repair(*recount, 0, std::move(done)); })),
            Code::poll_final);
  EXPECT_EQ(counts(poll_).version, final.version);
  EXPECT_EQ(tally_of(counts(poll_)), tally_of(final));
}

TEST_P(StoreEndOfPoll, OnlyPublishedPollsThatAreNotFinalAreUnfinished) {
  Poll draft = new_poll();
  draft.published = false;
  add_poll(*store_, draft);
  const Poll later = new_open_poll();
  EXPECT_EQ(unfinished(),
            (std::vector<PollId>{std::min(poll_.id, later.id), std::max(poll_.id, later.id)}));
  make_it_final();
  EXPECT_EQ(unfinished(), std::vector<PollId>{later.id});
}

}  // namespace
}  // namespace vote::test

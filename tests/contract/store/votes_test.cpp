#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreVotes : public StoreTest {
 protected:
  void expect_nothing_recorded() {
    EXPECT_EQ(house_->rows("votes"), 0);
    EXPECT_EQ(house_->rows("vote_audit_log"), 0);
  }
};
VOTE_ON_EVERY_BACKEND(StoreVotes);

TEST_P(StoreVotes, AVoteIsRecordedCountedAndAudited) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll, 1);
  const RecordOutcome outcome = record(vote, kStart + std::chrono::seconds(2));
  EXPECT_EQ(outcome.outcome, Recorded::recorded);
  EXPECT_EQ(outcome.standing, vote.request);
  EXPECT_EQ(outcome.standing_digest, digest_of(vote.options));
  restart();
  const auto standing = vote_of(poll, vote.voter);
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->request, vote.request);
  EXPECT_EQ(standing->options, vote.options);
  EXPECT_EQ(standing->revision, 0U);
  EXPECT_EQ(standing->cast_at, kStart + std::chrono::seconds(2));
  EXPECT_TRUE(standing->superseded.empty());
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 1, 0}, 1}));
}

TEST_P(StoreVotes, TheAuditLogSaysWhoCastWhatWhenAndFromWhere) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll, 2);
  record(vote);
  const auto read = [&](std::int64_t after) {
    return *wait_for<Result<std::vector<AuditEntry>>>(
        [&](auto done) { store_->audit(poll.id, after, 10, std::move(done)); });
  };
  const std::vector<AuditEntry> entries = read(0);
  ASSERT_EQ(entries.size(), 1U);
  const AuditEntry& entry = entries.front();
  EXPECT_EQ(entry.poll, poll.id);
  EXPECT_EQ(entry.user, vote.voter);
  EXPECT_EQ(entry.action, "cast");
  EXPECT_TRUE(entry.old_options.empty());
  EXPECT_EQ(entry.new_options, vote.options);
  EXPECT_EQ(entry.request, vote.request);
  EXPECT_EQ(entry.at, kStart);
  EXPECT_EQ(entry.ip, "192.0.2.1");
  EXPECT_EQ(entry.user_agent, "test");
  EXPECT_TRUE(read(entry.log_id).empty());
}

TEST_P(StoreVotes, TheAuditLogIsReadInOrderPageByPage) {
  const Poll poll = new_open_poll();
  const Poll other = new_open_poll();
  std::vector<RequestId> cast;
  for (int i = 0; i < 5; ++i) {
    const CastVote vote = new_vote(poll);
    cast.push_back(vote.request);
    record(vote);
    record(new_vote(other));
  }
  std::vector<RequestId> read;
  std::int64_t after = 0;
  for (;;) {
    const auto page = wait_for<Result<std::vector<AuditEntry>>>(
        [&](auto done) { store_->audit(poll.id, after, 2, std::move(done)); });
    if (page->empty()) break;
    ASSERT_LE(page->size(), 2U);
    for (const AuditEntry& entry : *page) read.push_back(entry.request);
    after = page->back().log_id;
  }
  EXPECT_EQ(read, cast);
}

TEST_P(StoreVotes, TheSameRequestAgainChangesNothing) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll, 1);
  record(vote);
  const PollCounts before = counts(poll);
  for (int i = 0; i < 3; ++i) {
    const RecordOutcome again = record(vote);
    EXPECT_EQ(again.outcome, Recorded::same);
    EXPECT_EQ(again.standing, vote.request);
    EXPECT_EQ(again.standing_digest, digest_of(vote.options));
  }
  EXPECT_EQ(house_->rows("vote_audit_log"), 1);
  EXPECT_EQ(counts(poll).version, before.version);
  EXPECT_EQ(tally_of(counts(poll)), tally_of(before));
}

TEST_P(StoreVotes, CopiesWithinOneBatchAreOneVote) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll, 1);
  Batch batch;
  for (int i = 0; i < 3; ++i) batch.votes.push_back({vote, kStart});
  batch.votes.push_back({another_request(vote, poll, 0), kStart});
  const auto report = record(std::move(batch));
  ASSERT_TRUE(report);
  ASSERT_EQ(report->outcomes.size(), 4U);
  EXPECT_EQ(report->outcomes[0].outcome, Recorded::recorded);
  EXPECT_EQ(report->outcomes[1].outcome, Recorded::same);
  EXPECT_EQ(report->outcomes[2].outcome, Recorded::same);
  EXPECT_EQ(report->outcomes[3].outcome, Recorded::superseded);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 1, 0}, 1}));
}

TEST_P(StoreVotes, AnotherRequestOfTheVoterIsSupersededAndNotedOnce) {
  const Poll poll = new_open_poll();
  const CastVote first = new_vote(poll, 1);
  const CastVote second = another_request(first, poll, 2);
  record(first);
  for (int i = 0; i < 3; ++i) {
    const RecordOutcome outcome = record(second);
    EXPECT_EQ(outcome.outcome, Recorded::superseded);
    EXPECT_EQ(outcome.standing, first.request);
    EXPECT_EQ(outcome.standing_digest, digest_of(first.options));
  }
  EXPECT_EQ(house_->audited("superseded"), 1);
  EXPECT_EQ(vote_of(poll, first.voter)->superseded, std::vector<RequestId>{second.request});
  EXPECT_EQ(vote_of(poll, first.voter)->options, first.options);
}

TEST_P(StoreVotes, WhatGivesWayOnTheStoresPathWasNeverAcknowledgedAndIsNotNoted) {
  const Poll poll = new_open_poll();
  const CastVote first = new_vote(poll, 1);
  record(first);
  Batch batch;
  batch.votes.push_back({another_request(first, poll, 2), std::nullopt});
  EXPECT_EQ(record(std::move(batch))->outcomes[0].outcome, Recorded::superseded);
  EXPECT_EQ(house_->audited("superseded"), 0);
}

TEST_P(StoreVotes, AKeyWithAnotherChoiceIsReused) {
  const Poll poll = new_open_poll();
  CastVote vote = new_vote(poll, 1);
  record(vote);
  vote.options = {poll.options[2].id};
  EXPECT_EQ(record(vote).outcome, Recorded::key_reused);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 1, 0}, 1}));
}

TEST_P(StoreVotes, AKeyOnAnotherPollOrByAnotherVoterIsAnotherRequest) {
  const Poll poll = new_open_poll();
  const Poll other = new_open_poll();
  CastVote vote = new_vote(poll, 1);
  EXPECT_EQ(record(vote).outcome, Recorded::recorded);
  vote.voter = new_id<UserId>();
  EXPECT_EQ(record(vote).outcome, Recorded::recorded);
  vote.poll = other.id;
  vote.options = {other.options[1].id};
  EXPECT_EQ(record(vote).outcome, Recorded::recorded);
}

TEST_P(StoreVotes, ManyOptionsAreOneBallot) {
  Poll poll = new_poll();
  poll.settings.allow_multiple_options = true;
  poll.settings.max_votes_per_user = 2;
  poll = add_poll(*store_, poll);
  CastVote vote = new_vote(poll, 2);
  vote.options.push_back(poll.options[0].id);
  EXPECT_EQ(record(vote).outcome, Recorded::recorded);
  std::swap(vote.options[0], vote.options[1]);
  EXPECT_EQ(record(vote).outcome, Recorded::same);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{1, 0, 1}, 1}));
  EXPECT_EQ(tally_of(counts(poll)), house_->counted_by_ballots(poll));
}

TEST_P(StoreVotes, WhatThePollDoesNotKnowIsRefused) {
  const Poll poll = new_open_poll();
  EXPECT_EQ(record(new_vote(new_poll())).outcome, Recorded::unknown_poll);
  CastVote vote = new_vote(poll);
  vote.options = {new_id<OptionId>()};
  EXPECT_EQ(record(vote).outcome, Recorded::unknown_option);
  vote.options = {};
  EXPECT_EQ(record(vote).outcome, Recorded::unknown_option);
  vote.options = {poll.options[0].id, poll.options[1].id};
  EXPECT_EQ(record(vote).outcome, Recorded::unknown_option);
  expect_nothing_recorded();
}

TEST_P(StoreVotes, ADraftTakesNoVote) {
  Poll poll = new_poll();
  poll.published = false;
  poll = add_poll(*store_, poll);
  EXPECT_EQ(record(new_vote(poll)).outcome, Recorded::not_active);
  expect_nothing_recorded();
}

TEST_P(StoreVotes, BeforeTheStartOnlyTheStoresOwnClockRefuses) {
  Poll poll = new_poll();
  poll.start_time = kStart + std::chrono::minutes(1);
  poll = add_poll(*store_, poll);
  EXPECT_EQ(record(new_vote(poll), std::nullopt).outcome, Recorded::not_active);
  EXPECT_EQ(record(new_vote(poll), kStart).outcome, Recorded::recorded);
  advance(std::chrono::minutes(1));
  EXPECT_EQ(record(new_vote(poll), std::nullopt).outcome, Recorded::recorded);
}

TEST_P(StoreVotes, AVoteIsInTimeByItsStampHoweverLateItIsProcessed) {
  const Poll poll = new_open_poll();
  advance(std::chrono::hours(100));
  EXPECT_EQ(record(new_vote(poll), poll.end_time + kGrace).outcome, Recorded::recorded);
  const Time late = poll.end_time + kGrace + Duration(1);
  EXPECT_EQ(record(new_vote(poll), late).outcome, Recorded::too_late);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{1, 0, 0}, 1}));
}

TEST_P(StoreVotes, APollKeepsTheGraceThatItWasMadeWith) {
  const Poll poll = new_open_poll();
  restart(Duration(0));  // another configuration
  EXPECT_EQ(record(new_vote(poll), poll.end_time + kGrace).outcome, Recorded::recorded);
  const Poll later = new_open_poll();
  restart();
  EXPECT_EQ(record(new_vote(later), later.end_time).outcome, Recorded::recorded);
  EXPECT_EQ(record(new_vote(later), later.end_time + Duration(1)).outcome, Recorded::too_late);
}

TEST_P(StoreVotes, WithoutAStampTheStoresClockDecides) {
  const Poll poll = new_open_poll();
  advance(poll.end_time + kGrace - kStart);
  EXPECT_EQ(record(new_vote(poll), std::nullopt).outcome, Recorded::recorded);
  advance(Duration(1));
  EXPECT_EQ(record(new_vote(poll), std::nullopt).outcome, Recorded::too_late);
}

TEST_P(StoreVotes, AfterTheEndWhatStandsIsStillAnswered) {
  const Poll poll = new_open_poll();
  CastVote vote = new_vote(poll, 1);
  record(vote);
  advance(std::chrono::hours(100));
  ASSERT_TRUE(make_final(poll));
  const auto outcome = [&](const CastVote& cast) { return record(cast, std::nullopt).outcome; };
  EXPECT_EQ(outcome(vote), Recorded::same);
  EXPECT_EQ(outcome(another_request(vote, poll, 1)), Recorded::superseded);
  vote.options = {poll.options[2].id};
  EXPECT_EQ(outcome(vote), Recorded::key_reused);
  EXPECT_EQ(house_->rows("vote_audit_log"), 1);
}

TEST_P(StoreVotes, AFinalPollTakesNothingThoughItWasInTime) {
  const Poll poll = new_open_poll();
  advance(std::chrono::hours(2));
  ASSERT_TRUE(make_final(poll));
  EXPECT_EQ(record(new_vote(poll), kStart).outcome, Recorded::final);
  expect_nothing_recorded();
}

TEST_P(StoreVotes, AReportHoldsCountsAndSettingsOfThePollsTouched) {
  const Poll poll = new_open_poll();
  const Poll other = new_open_poll();
  new_open_poll();
  const CastVote copy = new_vote(other);
  record(copy);
  const PollCounts before = counts(poll);
  Batch batch;
  batch.votes = {{new_vote(poll, 2), kStart}, {copy, kStart}, {new_vote(new_poll()), kStart}};
  const auto report = record(std::move(batch));
  ASSERT_TRUE(report);
  ASSERT_EQ(report->counts.size(), 2U);
  ASSERT_EQ(report->polls.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(report->counts[i].poll, report->polls[i].id);
  const bool first = report->polls[0].id == poll.id;
  EXPECT_EQ(report->polls[first ? 0 : 1], poll);
  EXPECT_GT(report->counts[first ? 0 : 1].version, before.version);
  EXPECT_EQ(tally_of(report->counts[first ? 0 : 1]), (Tally{{0, 0, 1}, 1}));
  EXPECT_EQ(tally_of(report->counts[first ? 1 : 0]), (Tally{{1, 0, 0}, 1}));
}

TEST_P(StoreVotes, DataThatTheSchemaRefusesFailsItsBatchAndNoOther) {
  const Poll poll = new_open_poll();
  const CastVote poison = new_vote(poll);
  house_->refuse_ballots_of(poison.voter);
  Batch batch;
  batch.votes = {{new_vote(poll), kStart}, {poison, kStart}};
  EXPECT_EQ(code_of(record(std::move(batch))), Code::invalid_input);
  expect_nothing_recorded();
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 0, 0}, 0}));
  EXPECT_EQ(record(new_vote(poll)).outcome, Recorded::recorded);
}

}  // namespace
}  // namespace vote::test

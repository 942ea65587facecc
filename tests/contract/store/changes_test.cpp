#include "contract/store/house.h"

namespace vote::test {
namespace {

class StoreChanges : public StoreTest {
 protected:
  static CastVote revocation(CastVote vote) {
    vote.request = new_id<RequestId>();
    vote.options.clear();
    return vote;
  }
};
VOTE_ON_EVERY_BACKEND(StoreChanges);

TEST_P(StoreChanges, AChangeMovesTheCountAndIsAudited) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 0);
  record(vote);
  const PollCounts before = counts(poll);
  const CastVote wish = another_request(vote, poll, 2);
  const auto report = change(wish);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->repeated);
  EXPECT_EQ(report->standing.request, vote.request);
  EXPECT_EQ(report->standing.options, wish.options);
  EXPECT_EQ(report->standing.revision, 1U);
  EXPECT_EQ(tally_of(report->counts), (Tally{{0, 0, 1}, 1}));
  EXPECT_GT(report->counts.version, before.version);
  EXPECT_EQ(vote_of(poll, vote.voter)->options, wish.options);
  const auto entries = *wait_for<Result<std::vector<AuditEntry>>>(
      [&](auto done) { store_->audit(poll.id, 0, 10, std::move(done)); });
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].action, "changed");
  EXPECT_EQ(entries[1].request, wish.request);
  EXPECT_EQ(entries[1].old_options, vote.options);
  EXPECT_EQ(entries[1].new_options, wish.options);
}

TEST_P(StoreChanges, AppliedOnceARepetitionGetsTheFirstAnswerWhateverCameSince) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 0);
  record(vote);
  const CastVote first = another_request(vote, poll, 1);
  const CastVote second = another_request(vote, poll, 2);
  ASSERT_TRUE(change(first));
  ASSERT_TRUE(change(second));
  advance(std::chrono::hours(2));  // also after the end
  const auto again = change(first);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->standing.options, first.options);
  EXPECT_EQ(again->standing.revision, 1U);
  EXPECT_EQ(vote_of(poll, vote.voter)->options, second.options);
  EXPECT_EQ(house_->audited("changed"), 2);
}

TEST_P(StoreChanges, ARevokedBallotStaysSoThatItsCastCannotBringItBack) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 1);
  record(vote);
  const auto revoked = change(revocation(vote));
  ASSERT_TRUE(revoked);
  EXPECT_TRUE(revoked->standing.options.empty());
  EXPECT_EQ(tally_of(revoked->counts), (Tally{{0, 0, 0}, 0}));
  const RecordOutcome again = record(vote);
  EXPECT_EQ(again.outcome, Recorded::same);
  EXPECT_EQ(again.standing_digest, digest_of(vote.options));
  EXPECT_EQ(record(another_request(vote, poll, 2)).outcome, Recorded::superseded);
  EXPECT_TRUE(vote_of(poll, vote.voter)->options.empty());
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 0, 0}, 0}));
}

TEST_P(StoreChanges, ARevokedBallotCountsAgainWhenItIsChanged) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 1);
  record(vote);
  ASSERT_TRUE(change(revocation(vote)));
  const auto report = change(another_request(vote, poll, 2));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->standing.revision, 2U);
  EXPECT_EQ(tally_of(report->counts), (Tally{{0, 0, 1}, 1}));
  EXPECT_EQ(tally_of(report->counts), house_->counted_by_audit(poll));
}

TEST_P(StoreChanges, RevokingTwiceSaysThatThereIsNoVote) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 1);
  record(vote);
  const CastVote wish = revocation(vote);
  ASSERT_TRUE(change(wish));
  EXPECT_EQ(code_of(change(revocation(vote))), Code::no_vote);
  EXPECT_TRUE(change(wish)->repeated);
  EXPECT_EQ(house_->audited("revoked"), 1);
}

TEST_P(StoreChanges, TheSameCastIsRecognisedAfterItWasChanged) {
  const Poll poll = new_changeable_poll();
  CastVote vote = new_vote(poll, 1);
  record(vote);
  ASSERT_TRUE(change(another_request(vote, poll, 2)));
  EXPECT_EQ(record(vote).outcome, Recorded::same);
  vote.options = {poll.options[2].id};  // as it stands, yet not as it was cast
  EXPECT_EQ(record(vote).outcome, Recorded::key_reused);
}

TEST_P(StoreChanges, AKeyMeansOneRequest) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 0);
  record(vote);
  CastVote with_the_casts_key = vote;
  with_the_casts_key.options = {poll.options[1].id};
  EXPECT_EQ(code_of(change(with_the_casts_key)), Code::idempotency_key_reused);
  EXPECT_TRUE(change(vote)->repeated);
  CastVote wish = another_request(vote, poll, 1);
  ASSERT_TRUE(change(wish));
  wish.options = {poll.options[2].id};
  EXPECT_EQ(code_of(change(wish)), Code::idempotency_key_reused);
  wish.options = {poll.options[1].id, new_id<OptionId>()};
  EXPECT_EQ(code_of(change(wish)), Code::idempotency_key_reused);
  const CastVote gave_way = another_request(vote, poll, 2);
  record(gave_way);
  EXPECT_EQ(code_of(change(gave_way)), Code::idempotency_key_reused);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 1, 0}, 1}));
}

TEST_P(StoreChanges, TheSameKeyOnAnotherPollIsAnotherChange) {
  const Poll poll = new_changeable_poll();
  const Poll other = new_changeable_poll();
  CastVote vote = new_vote(poll, 0);
  record(vote);
  CastVote elsewhere = vote;
  elsewhere.poll = other.id;
  elsewhere.options = {other.options[0].id};
  record(elsewhere);
  const CastVote wish = another_request(vote, poll, 1);
  ASSERT_TRUE(change(wish));
  elsewhere.request = wish.request;
  elsewhere.options = {other.options[1].id};
  EXPECT_FALSE(change(elsewhere)->repeated);
}

TEST_P(StoreChanges, WhatIsRefusedSaysWhyAndChangesNothing) {
  const Poll fixed = new_open_poll();
  const CastVote vote = new_vote(fixed);
  record(vote);
  EXPECT_EQ(code_of(change(another_request(vote, fixed, 1))), Code::change_not_allowed);
  const Poll poll = new_changeable_poll();
  CastVote wish = new_vote(poll, 1);
  EXPECT_EQ(code_of(change(wish)), Code::vote_pending);
  wish.options = {new_id<OptionId>()};
  EXPECT_EQ(code_of(change(wish)), Code::invalid_option);
  wish.poll = new_id<PollId>();
  EXPECT_EQ(code_of(change(wish)), Code::not_found);
  EXPECT_EQ(house_->rows("vote_audit_log"), 1);
}

TEST_P(StoreChanges, EndWithThePollByTheStoresTime) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll);
  record(vote);
  advance(poll.end_time - kStart);
  EXPECT_EQ(code_of(change(another_request(vote, poll, 1))), Code::poll_not_active);
  const Poll closed = new_changeable_poll();
  EXPECT_EQ(code_of(change(new_vote(closed))), Code::poll_not_active);
}

TEST_P(StoreChanges, EndWhenThePollIsClosedByHand) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll);
  record(vote);
  ASSERT_TRUE(renew({"api", new_id<UserId>(), 0, std::chrono::minutes(10)}));
  ASSERT_TRUE(close(poll));
  EXPECT_EQ(code_of(change(another_request(vote, poll, 1))), Code::poll_not_active);
}

}  // namespace
}  // namespace vote::test

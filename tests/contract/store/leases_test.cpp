#include <algorithm>

#include "contract/store/house.h"

namespace vote::test {
namespace {

constexpr Duration kLease = std::chrono::minutes(10);

class StoreLeases : public StoreTest {
 protected:
  static Lease lease(const std::string& name) { return {name, new_id<UserId>(), 0, kLease}; }
  /// One refresh of an API: it knows next time what it is told now.
  void refresh(Lease& lease) {
    const auto renewal = renew(lease);
    ASSERT_TRUE(renewal);
    lease.applied_revision = renewal->revision;
  }
  std::optional<Time> cutoff(const Poll& poll) { return this->poll(poll.id)->cutoff; }
  std::vector<LeaseInfo> leases() {
    return *wait_for<Result<std::vector<LeaseInfo>>>(
        [&](auto done) { store_->leases(std::move(done)); });
  }
  Result<Done> forget(const std::string& name) {
    return wait_for<Result<Done>>([&](auto done) { store_->forget_lease(name, std::move(done)); });
  }
  void give_back(const Lease& lease) {
    ASSERT_TRUE(wait_for<Result<Done>>(
        [&](auto done) { store_->give_back(lease.name, lease.holder, std::move(done)); }));
  }
};
VOTE_ON_EVERY_BACKEND(StoreLeases);

TEST_P(StoreLeases, ARenewalTellsTheTimeAndWhatChanged) {
  const Poll first = new_open_poll();
  Lease api = lease("api");
  const auto renewal = renew(api);
  ASSERT_TRUE(renewal);
  EXPECT_EQ(renewal->store_time, kStart);
  EXPECT_EQ(renewal->changed, std::vector<PollId>{first.id});
  api.applied_revision = renewal->revision;
  EXPECT_TRUE(renew(api)->changed.empty());
  const Poll second = new_open_poll();
  EXPECT_EQ(renew(api)->changed, std::vector<PollId>{second.id});
  ASSERT_TRUE(close(first));
  const auto both = renew(api)->changed;
  EXPECT_EQ(both.size(), 2U);
  EXPECT_NE(std::find(both.begin(), both.end(), first.id), both.end());
}

TEST_P(StoreLeases, AnApiThatKnowsMoreThanTheStoreIsToldOfEveryPoll) {
  const Poll poll = new_open_poll();
  Lease api = lease("api");
  api.applied_revision = 1000;  // of a store that has been set back since
  const auto renewal = renew(api);
  EXPECT_TRUE(renewal->set_back);
  EXPECT_EQ(renewal->changed, std::vector<PollId>{poll.id});
}

TEST_P(StoreLeases, WithoutALeaseAPollClosesAtOnce) {
  const Poll poll = new_open_poll();
  advance(std::chrono::seconds(7));
  const auto closed = close(poll);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->cutoff, kStart + std::chrono::seconds(7));
  EXPECT_EQ(cutoff(poll), closed->cutoff);
  EXPECT_EQ(record(new_vote(poll), *closed->cutoff + kGrace).outcome, Recorded::recorded);
  EXPECT_EQ(record(new_vote(poll), *closed->cutoff + kGrace + Duration(1)).outcome,
            Recorded::too_late);
}

TEST_P(StoreLeases, TheCutoffIsTheMomentWhenEveryApiKnew) {
  const Poll poll = new_open_poll();
  Lease one = lease("one");
  Lease two = lease("two");
  refresh(one);
  refresh(two);
  EXPECT_FALSE(close(poll)->cutoff);
  refresh(one);  // is told
  refresh(one);  // knows
  refresh(two);
  EXPECT_FALSE(cutoff(poll));
  advance(std::chrono::seconds(2));
  refresh(two);
  EXPECT_EQ(cutoff(poll), kStart + std::chrono::seconds(2));
  const std::uint64_t known = one.applied_revision;
  refresh(one);
  EXPECT_GT(one.applied_revision, known) << "the cut-off is a change that copies are told of";
}

TEST_P(StoreLeases, UntilThenVotesOfApisThatDoNotKnowAreInTime) {
  const Poll poll = new_open_poll();
  Lease api = lease("api");
  refresh(api);
  ASSERT_TRUE(close(poll));
  advance(std::chrono::minutes(5));
  EXPECT_EQ(record(new_vote(poll), clock_.now()).outcome, Recorded::recorded);
  EXPECT_EQ(record(new_vote(poll), std::nullopt).outcome, Recorded::recorded);
}

TEST_P(StoreLeases, ClosingAgainDoesNotPutTheCutoffOff) {
  const Poll poll = new_open_poll();
  Lease api = lease("api");
  refresh(api);
  ASSERT_TRUE(close(poll));
  refresh(api);
  ASSERT_TRUE(close(poll));
  refresh(api);
  EXPECT_TRUE(cutoff(poll));
}

TEST_P(StoreLeases, ALeaseThatRanOutIsNotWaitedFor) {
  const Poll poll = new_open_poll();
  Lease gone = lease("gone");
  Lease here = lease("here");
  refresh(gone);
  refresh(here);
  ASSERT_TRUE(close(poll));
  advance(kLease - Duration(1));
  refresh(here);
  refresh(here);
  EXPECT_FALSE(cutoff(poll));
  advance(Duration(1));
  refresh(here);
  EXPECT_EQ(cutoff(poll), kStart + kLease);
}

TEST_P(StoreLeases, OneGivenBackOrForgottenIsNotWaitedFor) {
  for (const bool given_back : {true, false}) {
    const Poll poll = new_open_poll();
    Lease api = lease("api");
    refresh(api);
    ASSERT_TRUE(close(poll));
    EXPECT_FALSE(cutoff(poll));
    if (given_back)
      give_back(api);
    else
      ASSERT_TRUE(forget("api"));
    EXPECT_TRUE(cutoff(poll)) << given_back;
    EXPECT_TRUE(leases().empty());
  }
  EXPECT_EQ(code_of(forget("api")), Code::not_found);
}

TEST_P(StoreLeases, ARestartUnderTheSameNameTakesTheLeaseOver) {
  const Poll poll = new_open_poll();
  Lease before = lease("api");
  refresh(before);
  Lease after = lease("api");
  refresh(after);
  EXPECT_EQ(leases().size(), 1U);
  give_back(before);  // of the process that is gone: not its lease any more
  EXPECT_EQ(leases().size(), 1U);
  ASSERT_TRUE(close(poll));
  refresh(after);
  refresh(after);
  EXPECT_TRUE(cutoff(poll));
}

TEST_P(StoreLeases, AProcessWhoseNameAnotherHasTakenOverIsToldAndRenewsNothing) {
  Lease first = lease("api");
  refresh(first);
  first.takes_over = false;
  EXPECT_FALSE(renew(first)->displaced);
  Lease second = lease("api");
  EXPECT_FALSE(renew(second)->displaced);
  EXPECT_TRUE(renew(first)->displaced);
  second.takes_over = false;
  EXPECT_FALSE(renew(second)->displaced) << "the first one has taken it back";
}

TEST_P(StoreLeases, TheCutoffIsNotBeforeWhatWasAcknowledgedThoughTheClockIsSetBack) {
  const Poll poll = new_open_poll();
  Lease api = lease("api");
  refresh(api);
  const Time acknowledged = clock_.now();
  advance(-std::chrono::minutes(30));
  refresh(api);
  ASSERT_TRUE(close(poll));
  refresh(api);
  refresh(api);
  ASSERT_TRUE(cutoff(poll));
  EXPECT_GE(*cutoff(poll), acknowledged);
}

TEST_P(StoreLeases, AreListedUntilADayAfterTheyRanOut) {
  Lease gone = lease("gone");
  Lease here = lease("here");
  refresh(gone);
  advance(std::chrono::minutes(1));
  refresh(here);
  ASSERT_EQ(leases().size(), 2U);
  EXPECT_EQ(leases()[0].name, "gone");
  EXPECT_EQ(leases()[0].renewed_at, kStart);
  EXPECT_EQ(leases()[0].expires_at, kStart + kLease);
  advance(std::chrono::hours(24) + kLease);
  refresh(here);
  ASSERT_EQ(leases().size(), 1U);
  EXPECT_EQ(leases()[0].name, "here");
}

}  // namespace
}  // namespace vote::test

#include "ingest/poll_copies.h"

#include <latch>
#include <thread>

#include "decorators/store.h"
#include "world/engine.h"

namespace vote {
namespace {

using namespace std::chrono_literals;
using test::Fate;

constexpr Duration kLease = 10min;

class PollCopiesOfAnApi : public testing::Test {
 protected:
  PollCopies::Settings named(const std::string& name) { return {name, kLease}; }
  Result<PollCopy> get(PollCopies& copies, PollId id) {
    return wait_for<Result<PollCopy>>([&](auto done) { copies.get(id, std::move(done)); });
  }
  Poll revise(PollRevision revision) {
    auto revised = wait_for<Result<Poll>>([&](auto done) {
      engine.store.revise_poll(poll.id, std::move(revision), std::move(done));
    });
    if (!revised) throw std::runtime_error(revised.error().detail);
    return *revised;
  }
  Poll rename(const std::string& title) {
    return revise([title](Poll current, Time /*now*/) {
      current.title = title;
      return Result<Poll>(current);
    });
  }
  std::optional<Time> cutoff() {
    return wait_for<Result<Poll>>([&](auto done) { engine.store.poll(poll.id, std::move(done)); })
        ->cutoff;
  }
  void advance(Duration by) {
    clock.advance(by);
    engine_clock.advance(by);
  }

  test::HastyClock engine_clock;
  ManualClock clock{test::kStart};
  test::EngineFiles files;
  test::Engine engine{files, engine_clock};
  test::FaultyStore store{engine.store};
  Poll poll = test::add_poll(engine.store, test::new_poll());
};

TEST_F(PollCopiesOfAnApi, AreLoadedOnceAndFoundWithoutTheStore) {
  PollCopies copies(store, clock, named("a"));
  EXPECT_EQ(copies.find(poll.id), nullptr);
  ASSERT_TRUE(get(copies, poll.id));
  store.faults.before("poll", test::always(Fate::refuse));
  ASSERT_TRUE(get(copies, poll.id));
  ASSERT_NE(copies.find(poll.id), nullptr);
  EXPECT_EQ(copies.find(poll.id)->title, poll.title);
}

TEST_F(PollCopiesOfAnApi, ManyWhoAskAtOnceShareOneLoad) {
  constexpr int kAsking = 32;
  PollCopies copies(store, clock, named("a"));
  std::latch all_asked(kAsking);
  store.faults.after("poll", [&](int /*pass*/) {
    all_asked.wait();
    return Fate::go_on;
  });
  std::latch answered(kAsking);
  for (int n = 0; n < kAsking; ++n) {
    copies.get(poll.id, [&](const Result<PollCopy>& copy) {
      EXPECT_TRUE(copy);
      answered.count_down();
    });
    all_asked.count_down();
  }
  answered.wait();
  EXPECT_EQ(store.faults.calls("poll"), 1);
}

TEST_F(PollCopiesOfAnApi, OfAnUnknownPollOrWithoutTheStoreSayWhy) {
  PollCopies copies(store, clock, named("a"));
  EXPECT_EQ(get(copies, test::new_id<PollId>()).error().code, Code::not_found);
  store.faults.before("poll", test::first(1, Fate::refuse));
  EXPECT_EQ(get(copies, poll.id).error().code, Code::unavailable);
  EXPECT_TRUE(get(copies, poll.id)) << "a failure was kept";
}

TEST_F(PollCopiesOfAnApi, AreDroppedByARefreshWhereThePollHasChanged) {
  const Poll other = test::add_poll(engine.store, test::new_poll());
  PollCopies copies(store, clock, named("a"));
  copies.refresh();
  ASSERT_TRUE(get(copies, poll.id));
  ASSERT_TRUE(get(copies, other.id));
  rename("dinner");
  EXPECT_EQ((*get(copies, poll.id))->title, "lunch");
  copies.refresh();
  EXPECT_NE(copies.find(other.id), nullptr);
  EXPECT_EQ((*get(copies, poll.id))->title, "dinner");
}

TEST_F(PollCopiesOfAnApi, AreReadAgainAtOnceSoThatNobodyNeedsTheStoreForThem) {
  PollCopies copies(store, clock, named("a"));
  copies.refresh();
  ASSERT_TRUE(get(copies, poll.id));
  rename("changed");
  copies.refresh();
  store.faults.before("poll", test::always(Fate::refuse));
  ASSERT_NE(copies.find(poll.id), nullptr);
  EXPECT_EQ(copies.find(poll.id)->title, "changed");
}

TEST_F(PollCopiesOfAnApi, ALoadThatWasOvertakenByAChangeIsLoadedAgain) {
  PollCopies copies(store, clock, named("a"));
  copies.refresh();
  store.faults.after("poll", [&](int pass) {
    if (pass == 1) {
      rename("dinner");
      copies.refresh();
    }
    return Fate::go_on;
  });
  EXPECT_EQ((*get(copies, poll.id))->title, "dinner");
  EXPECT_EQ(store.faults.calls("poll"), 2);
}

TEST_F(PollCopiesOfAnApi, WhatWasChangedThroughThisApiIsForgottenAtOnce) {
  PollCopies copies(store, clock, named("a"));
  ASSERT_TRUE(get(copies, poll.id));
  rename("dinner");
  copies.forget(poll.id);
  EXPECT_EQ((*get(copies, poll.id))->title, "dinner");
}

TEST_F(PollCopiesOfAnApi, AreAllDroppedWhereTheStoreWasSetBack) {
  PollCopies copies(store, clock, named("a"));
  rename("dinner");
  copies.refresh();
  ASSERT_TRUE(get(copies, poll.id));
  test::change(
      files.store,
      "UPDATE polls SET title = 'lunch', revision = 1; UPDATE store_meta SET revision = 1");
  copies.refresh();
  EXPECT_EQ(copies.find(poll.id), nullptr);
}

TEST_F(PollCopiesOfAnApi, TheLeaseIsCountedFromBeforeItsRenewalWasSent) {
  PollCopies copies(store, clock, named("a"));
  EXPECT_FALSE(copies.lease_runs());
  store.faults.before("renew", [&](int /*pass*/) {
    clock.advance(1min);
    return Fate::go_on;
  });
  copies.refresh();
  clock.advance(kLease - 1min - 1us);
  EXPECT_TRUE(copies.lease_runs());
  clock.advance(1us);
  EXPECT_FALSE(copies.lease_runs());
}

TEST_F(PollCopiesOfAnApi, AStoreThatIsAwayEndsNoLeaseAndRenewsNone) {
  PollCopies copies(store, clock, named("a"));
  copies.refresh();
  EXPECT_TRUE(copies.store_answers());
  store.faults.before("renew", test::first(1, Fate::refuse));
  store.faults.after("renew", test::first(1, Fate::lose));
  clock.advance(kLease / 2);
  copies.refresh();
  copies.refresh();
  EXPECT_FALSE(copies.store_answers());
  EXPECT_TRUE(copies.lease_runs());
  clock.advance(kLease / 2);
  EXPECT_FALSE(copies.lease_runs());
  copies.refresh();
  EXPECT_TRUE(copies.store_answers());
  EXPECT_TRUE(copies.lease_runs());
}

TEST_F(PollCopiesOfAnApi, TheStoresTimeIsLearntWithEachRefresh) {
  PollCopies copies(store, clock, named("a"));
  engine_clock.advance(30s);
  copies.refresh();
  EXPECT_EQ(copies.store_now(), test::kStart + 30s);
  clock.advance(1s);
  EXPECT_EQ(copies.store_now(), test::kStart + 31s);
}

TEST_F(PollCopiesOfAnApi, WhoseNameAnotherProcessTakesHaveNoLeaseAnyMore) {
  PollCopies first(store, clock, named("a"));
  first.refresh();
  PollCopies second(store, clock, named("a"));
  second.refresh();
  first.refresh();
  EXPECT_FALSE(first.lease_runs());
  second.refresh();
  EXPECT_TRUE(second.lease_runs());
}

TEST_F(PollCopiesOfAnApi, ACleanStopGivesTheLeaseBack) {
  {
    PollCopies copies(store, clock, named("a"));
    copies.start();
    EXPECT_EQ(test::number(files.store, "SELECT count(*) FROM api_leases WHERE expires_at > 0"), 1);
  }
  EXPECT_EQ(store.faults.calls("give_back"), 1);
  revise(close_requested);
  PollCopies other(store, clock, named("b"));
  other.refresh();
  other.refresh();
  EXPECT_TRUE(cutoff()) << "an API that is gone holds the close up";
}

class CloseByHand : public PollCopiesOfAnApi {
 protected:
  CloseByHand() {
    first.refresh();
    second.refresh();
    revise(close_requested);
  }
  PollCopies first{store, clock, named("first")};
  PollCopies second{store, clock, named("second")};
};

TEST_F(CloseByHand, TheCutOffIsDecidedOnlyWhenEveryApiHasRefreshed) {
  for (int n = 0; n < 3; ++n) {
    advance(1s);
    first.refresh();
    EXPECT_FALSE(cutoff());
  }
  second.refresh();  // is told
  EXPECT_FALSE(cutoff());
  advance(1s);
  second.refresh();  // says that it knows
  ASSERT_TRUE(cutoff());
  EXPECT_EQ(*cutoff(), test::kStart + 4s);
}

TEST_F(CloseByHand, AnApiThatIsCutOffHoldsItUpUntilItsLeaseHasRunOut) {
  first.refresh();
  first.refresh();
  for (int n = 0; n < 9; ++n) {
    advance(1min);
    first.refresh();
  }
  EXPECT_TRUE(second.lease_runs());
  EXPECT_FALSE(cutoff());
  advance(1min);
  EXPECT_FALSE(second.lease_runs());
  first.refresh();
  EXPECT_TRUE(cutoff());
}

TEST_F(CloseByHand, AnOperatorsWordThatAnApiIsGoneDecidesIt) {
  first.refresh();
  first.refresh();
  EXPECT_FALSE(cutoff());
  const auto forgotten = wait_for<Result<Done>>(
      [&](auto done) { engine.store.forget_lease("second", std::move(done)); });
  ASSERT_TRUE(forgotten);
  first.refresh();
  EXPECT_TRUE(cutoff());
}

TEST_F(CloseByHand, ARestartUnderTheSameNameTakesTheLeaseOver) {
  first.refresh();
  first.refresh();
  PollCopies restarted(store, clock, named("second"));
  restarted.refresh();
  restarted.refresh();
  EXPECT_TRUE(cutoff());
}

}  // namespace
}  // namespace vote

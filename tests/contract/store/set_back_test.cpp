// A store that was set back, as by the loss of its primary, and has gone on since.
#include <algorithm>

#include "contract/store/house.h"
#include "simulated/store.h"
#include "store/sqlite/sqlite_store.h"

namespace vote::test {
namespace {

TEST(StoreSetBack, TellsAnApiOfAChangeWhoseNumberAnotherHadBefore) {
  ManualClock clock(kStart);
  simulated::MemoryDatabase database;
  SqliteStore store(simulated::transactions_of(database), clock, kGrace);
  const Poll lost = add_poll(store, new_poll());
  const Poll kept = add_poll(store, new_poll());
  const simulated::Image backup = database.image();
  const auto close = [&](const Poll& poll) {
    ASSERT_TRUE(wait_for<Result<Poll>>(
        [&](auto done) { store.revise_poll(poll.id, close_requested, std::move(done)); }));
  };
  Lease api{"api", new_id<UserId>(), 0, std::chrono::minutes(10)};
  const auto renew = [&] {
    return *wait_for<Result<Renewal>>([&](auto done) { store.renew(api, std::move(done)); });
  };
  close(lost);
  api.applied_revision = renew().revision;
  database.set_back_to(backup);
  close(kept);
  const Renewal told = renew();
  EXPECT_TRUE(told.set_back);
  EXPECT_NE(std::find(told.changed.begin(), told.changed.end(), kept.id), told.changed.end());
}

TEST(StoreSetBack, IsNotRepairedByARecountOfTheStateThatWasLost) {
  ManualClock clock(kStart);
  simulated::MemoryDatabase database;
  SqliteStore store(simulated::transactions_of(database), clock, kGrace);
  const Poll poll = add_poll(store, new_poll());
  Batch batch;
  batch.votes.push_back({new_vote(poll), std::nullopt});
  ASSERT_TRUE(wait_for<Result<BatchReport>>(
      [&](auto done) { store.record(std::move(batch), std::move(done)); }));
  const simulated::Image backup = database.image();
  sqlite::Statement(database.database(), "UPDATE poll_totals SET total_votes = 0").run();
  const auto found =
      wait_for<Result<Recount>>([&](auto done) { store.recount(poll.id, std::move(done)); });
  ASSERT_TRUE(found);
  ASSERT_EQ(found->counters.total_votes, 0U);
  database.set_back_to(backup);
  const auto repaired = wait_for<Result<std::optional<PollCounts>>>(
      [&](auto done) { store.repair(*found, 0, std::move(done)); });
  ASSERT_TRUE(repaired);
  EXPECT_FALSE(*repaired);
  const auto counts =
      wait_for<Result<PollCounts>>([&](auto done) { store.counts(poll.id, std::move(done)); });
  EXPECT_EQ(counts->total_votes, 1U);
}

}  // namespace
}  // namespace vote::test

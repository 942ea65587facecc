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

}  // namespace
}  // namespace vote::test

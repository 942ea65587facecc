#include "api/live.h"

#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "decorators/cache.h"
#include "decorators/store.h"
#include "world/engine.h"

namespace vote::api {
namespace {

using namespace std::chrono_literals;
using test::Fate;

/// Timers that run when the test says so.
class HandTimers final : public Timers {
 public:
  void after(Duration /*delay*/, std::function<void()> function) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(function));
  }
  /// What waits now. False: nothing did.
  bool run() {
    std::vector<std::function<void()>> due;
    {
      const std::lock_guard lock(mutex_);
      due.swap(waiting_);
    }
    for (const auto& function : due) function();
    return !due.empty();
  }

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> waiting_;
};

class LiveResults : public testing::Test {
 protected:
  LiveResults() {
    polls.refresh();
    clock.advance(1s);
  }

  Scoreboard::Page page(std::uint64_t version = 0) {
    return scoreboard.page_of(poll, PollStatus::active, {poll.id, version, version, {}});
  }
  Live::Seat join() { return live.join(poll.id, true, first_page); }
  /// What somebody who comes now with the first page is given.
  std::uint64_t newest() { return join().first->number(); }
  void record_vote() {
    Batch batch;
    batch.votes.push_back({test::new_vote(poll), std::nullopt});
    const auto report = wait_for<Result<BatchReport>>(
        [&](auto done) { engine.store.record(std::move(batch), std::move(done)); });
    ASSERT_TRUE(report);
  }
  int looks() const { return store.faults.calls("counts"); }
  /// Looks until `seen`; the clock goes on meanwhile.
  void look_until(const std::function<bool()>& seen) {
    while (!seen()) {
      clock.advance(Live::kEventInterval);
      timers.run();
      std::this_thread::yield();
    }
  }

  /// The same with the clock standing still.
  void run_until(const std::function<bool()>& seen) {
    while (!seen()) {
      timers.run();
      std::this_thread::yield();
    }
  }

  /// Until the store's own counts, which are newer than the first page's, are there.
  Live::Seat join_and_look() {
    Live::Seat seat = join();
    run_until([this] { return newest() == 2; });
    return seat;
  }
  bool shows(int total_votes) {
    const auto event = join().first;
    const std::string words = "\"total_votes\":" + std::to_string(total_votes);
    return event->text().find(words) != std::string_view::npos;
  }
  static constexpr std::uint64_t kNewer = std::uint64_t{1} << 50U;  // than the store's

  ManualClock clock{test::kStart};
  test::EngineFiles files;
  test::Engine engine{files, clock};
  test::FaultyStore store{engine.store};
  HandTimers timers;
  PollCopies polls{store, clock, {"api-1", 10min}};
  test::FaultyCache cache{engine.cache};
  Scoreboard scoreboard{store, cache, clock};
  Poll poll = test::add_poll(engine.store, test::new_poll());
  Scoreboard::Page first_page = page();
  Live live{polls, scoreboard, cache, timers, clock};
};

TEST_F(LiveResults, BeginWithThePageThatTheWatcherWasShown) {
  const Live::Seat seat = join();
  EXPECT_EQ(seat.first->text(), first_page->json);
  EXPECT_EQ("\"" + std::string(seat.first->block().substr(4, first_page->etag.size() - 2)) + "\"",
            first_page->etag);
  EXPECT_FALSE(seat.first->last());
}

TEST_F(LiveResults, AreSharedByAllWhoWatchThem) {
  EXPECT_EQ(join().first, join().first);
}

TEST_F(LiveResults, AreLookedAtWhileSomebodyWatches) {
  EXPECT_FALSE(timers.run()) << "nobody watches anything";
  {
    const Live::Seat seat = join();
    look_until([this] { return looks() > 0; });
  }
  look_until([this] { return !timers.run(); });
}

TEST_F(LiveResults, AreTheNewestForWhoComesWithAnOlderPage) {
  const Live::Seat seat = join();
  record_vote();
  look_until([this] { return newest() == 2; });
  const auto event = join().first;
  EXPECT_NE(event->text().find("\"total_votes\":1"), std::string_view::npos) << event->text();
}

TEST_F(LiveResults, AreNotLookedAtForAMomentAfterAnEvent) {
  const Live::Seat seat = join();
  record_vote();
  look_until([this] { return newest() == 2; });
  const int before = looks();
  for (int n = 0; n < 10; ++n) timers.run();
  EXPECT_EQ(looks(), before);
  clock.advance(Live::kEventInterval);
  timers.run();
  EXPECT_EQ(looks(), before + 1);
}

TEST_F(LiveResults, ThatTheCacheTellsOfAreShownWithoutTheStore) {
  cache.others_are_heard = true;
  const Live::Seat seat = join_and_look();
  clock.advance(Live::kEventInterval);
  cache.put({poll.id, kNewer, 7, {}});
  timers.run();
  EXPECT_TRUE(shows(7));
  EXPECT_EQ(looks(), 1);
}

TEST_F(LiveResults, ThatTheCacheTellsOfAreShownAsSeldomAsOthers) {
  cache.others_are_heard = true;
  const Live::Seat seat = join_and_look();
  clock.advance(Live::kEventInterval);
  cache.put({poll.id, kNewer, 7, {}});
  timers.run();
  cache.put({poll.id, kNewer + 1, 8, {}});
  timers.run();
  EXPECT_TRUE(shows(7));
  cache.put({poll.id, kNewer + 2, 9, {}});
  clock.advance(Live::kEventInterval);
  timers.run();
  EXPECT_TRUE(shows(9));
}

TEST_F(LiveResults, ThatTheCacheMissedComeFromTheStoreLater) {
  cache.others_are_heard = true;
  const Live::Seat seat = join_and_look();
  record_vote();
  clock.advance(Scoreboard::kCheckInterval - Duration(1));
  timers.run();
  EXPECT_EQ(looks(), 1);
  clock.advance(Duration(1));
  run_until([this] { return shows(1); });
  EXPECT_EQ(looks(), 2);
}

TEST_F(LiveResults, AreLookedAtAsBeforeWhileTheCacheHearsNobody) {
  cache.others_are_heard = true;
  const Live::Seat seat = join_and_look();
  cache.others_are_heard = false;
  look_until([this] { return looks() == 5; });
}

TEST_F(LiveResults, GoOnAfterTheStoreDidNotAnswer) {
  store.faults.before("counts", test::first(3, Fate::refuse));
  const Live::Seat seat = join();
  record_vote();
  look_until([this] { return newest() == 2; });
}

TEST_F(LiveResults, OfAPollThatIsGoneAreForgotten) {
  const Live::Seat seat = live.join(test::new_id<PollId>(), true, first_page);
  look_until([this] { return !timers.run(); });
  EXPECT_EQ(looks(), 0);
}

TEST_F(LiveResults, EndWhereTheyAreFinal) {
  Poll finished = poll;
  finished.final_at = test::kStart;
  finished.revision += 1;
  const auto page = scoreboard.page_of(finished, PollStatus::closed, {poll.id, 0, 0, {}});
  EXPECT_TRUE(live.join(poll.id, true, page).first->last());
}

TEST_F(LiveResults, OfMorePollsThanOneLookTakesAreAllLookedAt) {
  std::vector<Live::Seat> seats;
  for (std::size_t n = 0; n < 2 * Live::kLooksMax + 1; ++n) {
    const Poll other = test::add_poll(engine.store, test::new_poll());
    seats.push_back(live.join(other.id, true,
                              scoreboard.page_of(other, PollStatus::active, {other.id, 0, 0, {}})));
  }
  timers.run();
  EXPECT_LE(looks(), static_cast<int>(Live::kLooksMax));
  look_until([&] { return looks() > static_cast<int>(seats.size()); });
}

TEST_F(LiveResults, LeaveNothingRunningBehind) {
  Live::Seat seat;
  {
    Live other{polls, scoreboard, cache, timers, clock};
    seat = other.join(poll.id, true, first_page);
    timers.run();
  }
  timers.run();
  EXPECT_LE(looks(), 1);
}

}  // namespace
}  // namespace vote::api

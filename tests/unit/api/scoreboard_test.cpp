#include "api/scoreboard.h"

#include <future>
#include <latch>
#include <thread>

#include "decorators/store.h"
#include "world/engine.h"

namespace vote::api {
namespace {

using test::Fate;
using Found = Result<Scoreboard::Page>;

class ScoreboardOfAnApi : public testing::Test {
 protected:
  Found read() {
    return wait_for<Found>(
        [&](auto done) { scoreboard.read(poll, PollStatus::active, std::move(done)); });
  }
  PollCounts counts(std::uint64_t version, std::uint64_t votes) const {
    return {poll->id, version, votes, {{poll->options[0].id, votes}}};
  }
  std::optional<PollCounts> cached() {
    return wait_for<std::optional<PollCounts>>(
        [&](auto done) { engine.cache.counts(poll->id, std::move(done)); });
  }

  ManualClock clock{test::kStart};
  test::EngineFiles files;
  test::Engine engine{files, clock};
  test::FaultyStore store{engine.store};
  Scoreboard scoreboard{store, engine.cache, clock};
  PollCopy poll = std::make_shared<const Poll>(test::add_poll(engine.store, test::new_poll()));
};

TEST_F(ScoreboardOfAnApi, ManyWhoAskAtOnceCauseOneReadOfTheStore) {
  constexpr int kAsking = 200;
  std::latch all_asked(kAsking);
  std::latch answered(kAsking);
  store.faults.after("counts", [&](int /*pass*/) {
    all_asked.wait();
    return Fate::go_on;
  });
  for (int n = 0; n < kAsking; ++n) {
    scoreboard.read(poll, PollStatus::active, [&](const Found& page) {
      EXPECT_TRUE(page);
      answered.count_down();
    });
    all_asked.count_down();
  }
  answered.wait();
  EXPECT_EQ(store.faults.calls("counts"), 1);
  EXPECT_TRUE(cached()) << "what was read is not kept";
}

TEST_F(ScoreboardOfAnApi, AFailureIsToldAndNotKept) {
  store.faults.before("counts", test::first(1, Fate::refuse));
  const Found failed = read();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::unavailable);
  EXPECT_TRUE(read());
}

TEST_F(ScoreboardOfAnApi, TheSameStateIsFormattedOnce) {
  const auto first = scoreboard.page_of(*poll, PollStatus::active, counts(1, 5));
  EXPECT_EQ(first, scoreboard.page_of(*poll, PollStatus::active, counts(1, 5)));
  EXPECT_NE(first, scoreboard.page_of(*poll, PollStatus::active, counts(2, 6)));
}

TEST_F(ScoreboardOfAnApi, APageIsShownForAMomentWithoutAskingForCounts) {
  EXPECT_EQ(scoreboard.fresh(*poll, PollStatus::active), nullptr);
  const auto page = scoreboard.page_of(*poll, PollStatus::active, counts(1, 5));
  clock.advance(Scoreboard::kFreshFor);
  EXPECT_EQ(scoreboard.fresh(*poll, PollStatus::active), page);
  EXPECT_EQ(scoreboard.fresh(*poll, PollStatus::closed), nullptr);
  clock.advance(Duration(1));
  EXPECT_EQ(scoreboard.fresh(*poll, PollStatus::active), nullptr);
}

TEST_F(ScoreboardOfAnApi, OlderCountsAreNotShownAfterNewerOnes) {
  const auto newer = scoreboard.page_of(*poll, PollStatus::active, counts(9, 5));
  EXPECT_EQ(scoreboard.page_of(*poll, PollStatus::active, counts(8, 4)), newer);
  const auto closed = scoreboard.page_of(*poll, PollStatus::closed, counts(8, 4));
  EXPECT_EQ(closed->counts.version, 9U);
  EXPECT_EQ(closed->counts.total_votes, 5U);
}

TEST_F(ScoreboardOfAnApi, WhateverCanBeSeenToChangeChangesTheEtag) {
  Poll changed = *poll;
  std::vector<std::string> etags;
  const auto note = [&](PollStatus status, std::uint64_t version) {
    etags.push_back(scoreboard.page_of(changed, status, counts(version, 1))->etag);
  };
  note(PollStatus::active, 1);
  note(PollStatus::active, 2);
  note(PollStatus::closed, 2);
  changed.title += "?";
  changed.revision += 1;
  note(PollStatus::closed, 2);
  changed.final_at = test::kStart;
  changed.revision += 1;
  note(PollStatus::closed, 2);
  std::sort(etags.begin(), etags.end());
  EXPECT_EQ(std::unique(etags.begin(), etags.end()), etags.end());
  for (const std::string& etag : etags) {
    EXPECT_TRUE(etag.starts_with('"') && etag.ends_with('"')) << etag;
    EXPECT_EQ(etag.find_first_of(" ,"), std::string::npos) << etag;
  }
}

TEST_F(ScoreboardOfAnApi, OtherVotesUnderTheSameVersionHaveAnotherEtag) {
  const std::string before = scoreboard.page_of(*poll, PollStatus::active, counts(7, 4))->etag;
  Scoreboard another(store, engine.cache,
                     clock);  // of a process that was started on a restored store
  EXPECT_EQ(another.page_of(*poll, PollStatus::active, counts(7, 4))->etag, before);
  Scoreboard third(store, engine.cache, clock);
  EXPECT_NE(third.page_of(*poll, PollStatus::active, counts(7, 3))->etag, before);
}

TEST_F(ScoreboardOfAnApi, CountsOfTheCacheAreCheckedByTheStoreOnceInAWhile) {
  const auto show = [&] { scoreboard.page_of_cached(poll, PollStatus::active, counts(0, 0)); };
  const auto checks = [&] { return store.faults.calls("counts"); };
  show();
  while (!cached()) std::this_thread::yield();
  EXPECT_EQ(checks(), 1);
  ASSERT_TRUE(read());  // which ends no sooner than the one before it
  const int before = checks();
  clock.advance(Scoreboard::kCheckInterval - Duration(1));
  show();
  EXPECT_EQ(checks(), before);
  clock.advance(Duration(1));
  show();
  EXPECT_EQ(checks(), before + 1);
}

TEST_F(ScoreboardOfAnApi, AStoreThatHangsIsAskedOnceAboutCountsOfTheCache) {
  std::latch over(1);
  store.faults.before("counts", [&](int /*pass*/) {
    over.wait();
    return Fate::go_on;
  });
  std::thread first([&] { scoreboard.page_of_cached(poll, PollStatus::active, counts(1, 5)); });
  while (store.faults.calls("counts") == 0) std::this_thread::yield();
  for (int n = 0; n < 3; ++n) {
    clock.advance(Scoreboard::kCheckInterval);
    const auto page = scoreboard.page_of_cached(poll, PollStatus::active, counts(1, 5));
    EXPECT_EQ(page->counts.total_votes, 5U);
  }
  EXPECT_EQ(store.faults.calls("counts"), 1);
  over.count_down();
  first.join();
}

TEST_F(ScoreboardOfAnApi, FinalResultsAreTheStoresFirst) {
  EXPECT_TRUE(scoreboard.trusts_cache(*poll));
  Poll ended = *poll;
  ended.final_at = test::kStart;
  ended.revision += 1;
  poll = std::make_shared<const Poll>(ended);
  EXPECT_FALSE(scoreboard.trusts_cache(*poll));
  ASSERT_TRUE(read());
  EXPECT_TRUE(scoreboard.trusts_cache(*poll));
}

TEST_F(ScoreboardOfAnApi, ResultsThatAreFinalAgainAfterASetBackAreTheStoresFirst) {
  Poll ended = *poll;
  ended.final_at = test::kStart;
  ended.revision += 1;
  scoreboard.page_of(ended, PollStatus::closed, counts(7, 4));
  EXPECT_TRUE(scoreboard.trusts_cache(ended));
  ended.revision += std::uint64_t{1} << 40U;  // made final by another incarnation of the store
  EXPECT_FALSE(scoreboard.trusts_cache(ended)) << "the cache may hold the lost one's counts";
}

/// Readings of the store that wait for a word of the test once the store has answered.
class ScoreboardWhoseStoreIsSlow : public ScoreboardOfAnApi {
 protected:
  ScoreboardWhoseStoreIsSlow() {
    store.faults.after("counts", [this](int pass) {
      if (pass == 1) {
        answered.count_down();
        go_on.wait();
      }
      return Fate::go_on;
    });
  }
  void begin_to_read() {
    scoreboard.read(poll, PollStatus::active,
                    [this](const Found& /*page*/) { first.count_down(); });
    answered.wait();
  }
  void record_vote() {
    Batch batch;
    batch.votes.push_back({test::new_vote(*poll), std::nullopt});
    ASSERT_TRUE(wait_for<Result<BatchReport>>(
        [&](auto done) { engine.store.record(std::move(batch), std::move(done)); }));
  }
  /// Of who reads `of` while the first reading is under way.
  std::uint64_t votes_seen(const PollCopy& of) {
    std::promise<std::uint64_t> votes;
    scoreboard.read(of, PollStatus::active,
                    [&](const Found& page) { votes.set_value((*page)->counts.total_votes); });
    go_on.count_down();
    first.wait();
    return votes.get_future().get();
  }

  std::latch answered{1};
  std::latch go_on{1};
  std::latch first{1};
};

TEST_F(ScoreboardWhoseStoreIsSlow, ShowsAsFinalOnlyWhatWasReadSince) {
  begin_to_read();
  record_vote();
  Poll ended = *poll;
  ended.final_at = test::kStart;
  ended.revision += 1;
  EXPECT_EQ(votes_seen(std::make_shared<const Poll>(ended)), 1U);
}

TEST_F(ScoreboardWhoseStoreIsSlow, ShowsABallotToWhomItWasConfirmed) {
  begin_to_read();
  record_vote();
  scoreboard.expire(poll->id);
  EXPECT_EQ(votes_seen(poll), 1U);
}

TEST_F(ScoreboardWhoseStoreIsSlow, AnswersWhoCameLateBeforeItIsGone) {
  auto ending = std::make_unique<Scoreboard>(store, engine.cache, clock);
  std::latch begins{1};
  std::promise<std::uint64_t> late;
  ending->read(poll, PollStatus::active, [](const Found& /*page*/) {});
  answered.wait();
  record_vote();
  Poll changed = *poll;
  changed.revision += 1;
  ending->read(std::make_shared<const Poll>(changed), PollStatus::active,
               [&](const Found& page) { late.set_value((*page)->counts.total_votes); });
  std::thread destroyer([&] {
    begins.count_down();
    ending.reset();
  });
  begins.wait();
  go_on.count_down();
  destroyer.join();
  auto told = late.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(told.get(), 1U);
}

TEST_F(ScoreboardWhoseStoreIsSlow, KeepsNoPageThatExpiredWhileItWasRead) {
  scoreboard.page_of(*poll, PollStatus::active, counts(0, 0));
  begin_to_read();
  record_vote();
  scoreboard.expire(poll->id);
  go_on.count_down();
  first.wait();
  EXPECT_EQ(scoreboard.fresh(*poll, PollStatus::active), nullptr);
  EXPECT_FALSE(scoreboard.trusts_cache(*poll));
  EXPECT_EQ((*read())->counts.total_votes, 1U);
  EXPECT_TRUE(scoreboard.trusts_cache(*poll));
}

TEST_F(ScoreboardOfAnApi, MorePollsThanItKeepsAreShownToo) {
  Poll other = *poll;
  for (std::size_t n = 0; n < Scoreboard::kPagesMax + 2; ++n) {
    other.id = test::new_id<PollId>();
    ASSERT_NE(scoreboard.page_of(other, PollStatus::active, counts(n + 1, n)), nullptr);
  }
  EXPECT_EQ(scoreboard.page_of(*poll, PollStatus::active, counts(1, 3))->counts.total_votes, 3U);
}

}  // namespace
}  // namespace vote::api

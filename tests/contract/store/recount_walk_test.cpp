// The recount of the SQLite store, step by step: what is voted between two steps does not show.
#include <gtest/gtest.h>

#include <random>

#include "contract/store/house.h"
#include "store/sqlite/recount.h"
#include "store/sqlite/sqlite_store.h"
#include "world/files.h"

namespace vote::test {
namespace {

constexpr std::size_t kRows = 3;

class RecountOfAFile : public testing::Test {
 protected:
  RecountOfAFile() {
    Poll poll = new_poll();
    poll.settings.allow_vote_change = true;
    poll_ = add_poll(store_, poll);
  }
  void record(const CastVote& vote) {
    Batch batch;
    batch.votes.push_back({vote, kStart});
    ASSERT_TRUE(wait_for<Result<BatchReport>>(
        [&](auto done) { store_.record(std::move(batch), std::move(done)); }));
  }
  void change(const CastVote& vote) {
    ASSERT_TRUE(
        wait_for<Result<ChangeReport>>([&](auto done) { store_.change({vote}, std::move(done)); }));
  }
  /// Some voter votes for the first time, or changes or revokes.
  void vote_at_random() {
    const std::size_t option = random_() % 3;
    if (votes_.empty() || random_() % 2 == 0) {
      votes_.push_back(new_vote(poll_, option));
      votes_.back().voter.uuid.bytes[0] = static_cast<std::uint8_t>(random_());
      return record(votes_.back());
    }
    CastVote vote = another_request(votes_[random_() % votes_.size()], poll_, option);
    change(vote);
  }

  Folder folder_;
  ManualClock clock_{kStart};
  std::string file_ = make();
  SqliteStore store_{file_, clock_, kGrace};
  Poll poll_;
  std::vector<CastVote> votes_;
  std::mt19937 random_{7};

 private:
  std::string make() {
    make_file(folder_.file("vote.db"), "store");
    return folder_.file("vote.db");
  }
};

TEST_F(RecountOfAFile, IsOfItsFirstMomentHoweverMuchIsVotedBetweenItsSteps) {
  for (int round = 0; round < 5; ++round) {
    for (int n = 0; n < 20; ++n) vote_at_random();
    sqlite::Database database(file_, sqlite::Database::Mode::read_only);
    StoreConnection connection(database);
    RecountWalk walk(poll_.id);
    int steps = 0;
    for (bool done = false; !done; ++steps) {
      {
        const sqlite::Snapshot snapshot(database);
        const auto step = walk.step(connection, kRows);
        ASSERT_TRUE(step);
        done = *step;
      }
      vote_at_random();
    }
    const Recount found = walk.result();
    EXPECT_EQ(found.ballots, found.audited);
    EXPECT_EQ(found.ballots.ballots, static_cast<std::int64_t>(found.counters.total_votes));
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_EQ(found.ballots.options[i],
                static_cast<std::int64_t>(found.counters.options[i].votes));
    EXPECT_TRUE(found.disagreeing.empty());
    EXPECT_GT(steps, 10);
  }
}

TEST_F(RecountOfAFile, NamesWhoDiffersThoughOthersVoteBetweenItsSteps) {
  for (int n = 0; n < 30; ++n) vote_at_random();
  const CastVote victim = new_vote(poll_, 0);
  record(victim);
  test::change(file_,
               "UPDATE votes SET choices = '[2]' WHERE request_id = (SELECT request_id FROM "
               "vote_audit_log ORDER BY log_id DESC LIMIT 1)");
  sqlite::Database database(file_, sqlite::Database::Mode::read_only);
  StoreConnection connection(database);
  RecountWalk walk(poll_.id);
  for (bool done = false; !done;) {
    {
      const sqlite::Snapshot snapshot(database);
      done = *walk.step(connection, kRows);
    }
    vote_at_random();
  }
  EXPECT_EQ(walk.result().disagreeing, std::vector<UserId>{victim.voter});
}

}  // namespace
}  // namespace vote::test

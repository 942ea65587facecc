// What is SQLite's alone: the file and its troubles.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "runtime/blocking.h"
#include "store/sqlite/sqlite_store.h"
#include "world/files.h"
#include "world/votes.h"

namespace vote::test {
namespace {

class SqliteStoreFile : public testing::Test {
 protected:
  Result<BatchReport> record(Store& store, const CastVote& vote) {
    Batch batch;
    batch.votes.push_back({vote, std::nullopt});
    return wait_for<Result<BatchReport>>(
        [&](auto done) { store.record(std::move(batch), std::move(done)); });
  }
  std::unique_ptr<SqliteStore> open() {
    return std::make_unique<SqliteStore>(file_, clock_, std::chrono::seconds(5));
  }

  ManualClock clock_{kStart};
  Folder folder_;
  std::string file_ = folder_.file("vote.db");
};

TEST_F(SqliteStoreFile, WithoutItsSchemaIsRefusedWithWhatToDo) {
  try {
    open();
    FAIL() << "opened";
  } catch (const sqlite::DatabaseError& error) {
    EXPECT_EQ(error.kind(), sqlite::DatabaseError::Kind::no_schema);
    EXPECT_NE(std::string(error.what()).find("votectl db migrate"), std::string::npos);
  }
}

TEST_F(SqliteStoreFile, HeldByAnotherProgramIsUnavailableForWritesAndStillRead) {
  make_file(file_, "store");
  const auto store = open();
  const Poll poll = add_poll(*store, new_poll());
  const CastVote vote = new_vote(poll);
  {
    sqlite::Database other(file_, sqlite::Database::Mode::read_write);
    const sqlite::Transaction held(other);
    const auto report = record(*store, vote);
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Code::unavailable);
    EXPECT_NE(report.error().cause.find(file_), std::string::npos) << report.error().cause;
    EXPECT_EQ(report.error().detail.find(file_), std::string::npos) << "clients are shown a path";
    EXPECT_TRUE(wait_for<Result<Poll>>([&](auto done) { store->poll(poll.id, std::move(done)); }));
  }
  const auto again = record(*store, vote);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcomes[0].outcome, Recorded::recorded);
}

TEST_F(SqliteStoreFile, ThatCannotGrowIsUnavailableAndGoesOnOnceItCan) {
  make_file(file_, "store");
  const auto store = open();
  const Poll poll = add_poll(*store, new_poll());
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{4096, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const CastVote vote = new_vote(poll);
  const auto refused = record(*store, vote);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  const auto again = record(*store, vote);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->outcomes[0].outcome, Recorded::recorded);
}

TEST_F(SqliteStoreFile, KeepsItsAuditLogFromBeingRewritten) {
  make_file(file_, "store");
  const auto store = open();
  ASSERT_TRUE(record(*store, new_vote(add_poll(*store, new_poll()))));
  EXPECT_THROW(change(file_, "DELETE FROM vote_audit_log"), sqlite::DatabaseError);
  EXPECT_THROW(change(file_, "UPDATE vote_audit_log SET action = 'revoked'"),
               sqlite::DatabaseError);
}

TEST_F(SqliteStoreFile, KeepsItsOperatorLogFromBeingRewritten) {
  make_file(file_, "store");
  const auto store = open();
  OperatorAction action;
  action.actor = "os:root";
  action.action = "dropped";
  ASSERT_TRUE(wait_for<Result<Done>>([&](auto done) { store->note(action, std::move(done)); }));
  EXPECT_THROW(change(file_, "DELETE FROM operator_log"), sqlite::DatabaseError);
  EXPECT_THROW(change(file_, "UPDATE operator_log SET actor = 'nobody'"), sqlite::DatabaseError);
  EXPECT_THROW(change(file_, "INSERT OR REPLACE INTO operator_log SELECT * FROM operator_log"),
               sqlite::DatabaseError);
}

TEST_F(SqliteStoreFile, WithAGreaterIncarnationHasGreaterVersions) {
  make_file(file_, "store");
  const auto store = open();
  const Poll poll = add_poll(*store, new_poll());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(record(*store, new_vote(poll)));
  const auto version = [&] {
    return wait_for<Result<PollCounts>>([&](auto done) { store->counts(poll.id, std::move(done)); })
        ->version;
  };
  EXPECT_EQ(version(), (std::uint64_t{1} << 40U) + 3);
  change(file_, "UPDATE store_meta SET incarnation = 2; UPDATE poll_totals SET version = 1");
  EXPECT_EQ(version(), (std::uint64_t{2} << 40U) + 1);
}

TEST_F(SqliteStoreFile, WithAGreaterIncarnationHasPollsOfGreaterRevisions) {
  make_file(file_, "store");
  const auto store = open();
  const Poll added = add_poll(*store, new_poll());
  const auto revision = [&] {
    return wait_for<Result<Poll>>([&](auto done) { store->poll(added.id, std::move(done)); })
        ->revision;
  };
  EXPECT_EQ(added.revision, (std::uint64_t{1} << 40U) + 1);
  EXPECT_EQ(revision(), added.revision);
  change(file_, "UPDATE store_meta SET incarnation = 2");
  EXPECT_EQ(revision(), (std::uint64_t{2} << 40U) + 1)
      << "a page made of one state would be taken for the other's";
}

}  // namespace
}  // namespace vote::test

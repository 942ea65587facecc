// What only the queue on one SQLite file owes: how it fails where the file is held by another.
#include "queue/sqlite/sqlite_queue.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "queue/sqlite/consumer.h"
#include "runtime/blocking.h"
#include "world/files.h"
#include "world/votes.h"

namespace vote {
namespace {

class SqliteQueueFile : public testing::Test {
 protected:
  SqliteQueueFile() { test::make_file(path, "queue"); }
  static AppendResult append(Queue& queue, const std::string& value) {
    return wait_for<AppendResult>([&](auto done) {
      queue.append({test::new_id<UserId>(), value, {}}, std::move(done));
    });
  }
  std::int64_t messages() const { return test::number(path, "SELECT count(*) FROM messages"); }

  test::Folder folder;
  std::string path = folder.file("queue.db");
  test::HastyClock clock;
};

TEST_F(SqliteQueueFile, WithoutItsSchemaSaysWhatToDo) {
  const std::string bare = folder.file("bare.db");
  try {
    const SqliteQueue queue(bare, "votes", clock);
    FAIL() << "opened";
  } catch (const sqlite::DatabaseError& error) {
    EXPECT_EQ(error.kind(), sqlite::DatabaseError::Kind::no_schema);
    EXPECT_NE(std::string(error.what()).find("votectl db migrate"), std::string::npos);
  }
}

TEST_F(SqliteQueueFile, HeldByAnotherProgramItFailsInTimeAndNothingLandsLater) {
  SqliteQueue queue(path, "votes", clock);
  sqlite::Database holder(path, sqlite::Database::Mode::read_write);
  std::vector<std::promise<AppendResult>> results(200);
  {
    const sqlite::Transaction held(holder);
    for (auto& result : results)
      queue.append({test::new_id<UserId>(), "x", {}},
                   [&](AppendResult answer) { result.set_value(std::move(answer)); });
    for (auto& result : results) {
      const AppendResult answer = result.get_future().get();
      ASSERT_TRUE(std::holds_alternative<AppendFailure>(answer));
      EXPECT_FALSE(std::get<AppendFailure>(answer).may_have_landed);
      EXPECT_NE(std::get<AppendFailure>(answer).detail.find(path), std::string::npos);
    }
    EXPECT_FALSE(queue.reachable());
    bool failed_at_once = false;
    queue.append({test::new_id<UserId>(), "x", {}}, [&](const AppendResult& answer) {
      failed_at_once = std::holds_alternative<AppendFailure>(answer);
    });
    EXPECT_TRUE(failed_at_once);
  }
  while (!queue.reachable()) std::this_thread::yield();
  ASSERT_TRUE(std::holds_alternative<Appended>(append(queue, "later")));
  EXPECT_EQ(messages(), 1);
}

TEST_F(SqliteQueueFile, WithTooManyWaitingItFailsAtOnceAndNothingLandsLater) {
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> appended = 0;
  std::atomic<bool> uncertain = false;
  {
    SqliteQueue queue(path, "votes", clock);
    sqlite::Database holder(path, sqlite::Database::Mode::read_write);
    const sqlite::Transaction held(holder);
    for (std::size_t n = 0; n < 2 * SqliteQueue::kAppendsWaitingMax + 10; ++n)
      queue.append({UserId{}, "x", {}}, [&](const AppendResult& answer) {
        const auto* failure = std::get_if<AppendFailure>(&answer);
        ++(failure == nullptr ? appended : refused);
        if (failure != nullptr && failure->may_have_landed) uncertain = true;
      });
    EXPECT_GE(refused, 10U) << "all of them were let in";
  }
  EXPECT_EQ(refused + appended, 2 * SqliteQueue::kAppendsWaitingMax + 10);
  EXPECT_FALSE(uncertain);
  EXPECT_EQ(static_cast<std::size_t>(messages()), appended);
}

TEST_F(SqliteQueueFile, SeveralProcessesAppendToOneLog) {
  constexpr int kProcesses = 3;
  constexpr int kEach = 100;
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    if (child == 0) {
      int failed = 0;
      {
        SqliteQueue queue(path, "votes", clock);
        for (int n = 0; n < kEach; ++n)
          failed += std::holds_alternative<Appended>(append(queue, "x")) ? 0 : 1;
      }
      ::_exit(failed == 0 ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(messages(), kProcesses * kEach);
  EXPECT_EQ(test::number(path, "SELECT max(\"offset\") + 1 FROM messages"), kProcesses * kEach);
}

TEST_F(SqliteQueueFile, AnOlderFilesDeadLettersAreKeptOnceEach) {
  test::change(path,
               "DROP INDEX dead_letters_by_origin;"
               "ALTER TABLE dead_letters DROP COLUMN origin; PRAGMA user_version = 1");
  const auto bury = [&](const std::string& value, const std::string& headers) {
    test::change(path, "INSERT INTO dead_letters (stamp, key, value, headers) VALUES (1, x'', '" +
                           value + "', '" + headers + "')");
  };
  const std::string origin =
      R"({"x-original-topic":"votes","x-original-partition":"0","x-original-offset":"7"})";
  bury("poison", origin);
  bury("without headers", "{}");
  bury("poison", origin);
  bury("without headers", "{}");
  bury("another message", origin);
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  sqlite::migrate(database, "queue");
  EXPECT_EQ(
      test::text(path, "SELECT group_concat(id) FROM (SELECT id FROM dead_letters ORDER BY id)"),
      "1,2,4,5");
}

TEST_F(SqliteQueueFile, TheReadersLockGoesWithItsProcess) {
  const std::string lock = path + "-consumer";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(FileLock(lock).try_lock() ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  FileLock mine(lock);
  EXPECT_TRUE(mine.try_lock());
  EXPECT_FALSE(FileLock(lock).try_lock());
}

}  // namespace
}  // namespace vote

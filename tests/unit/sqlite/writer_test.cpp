#include "sqlite/writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "unit/sqlite/failing_disk.h"
#include "world/files.h"

namespace vote {
namespace {

using sqlite::Database;
using sqlite::DatabaseError;
using sqlite::Job;
using sqlite::Transaction;
using sqlite::Writer;
using Kind = DatabaseError::Kind;
using test::Folder;

constexpr std::size_t kManyPages = 1'000'000;

class SqliteWriter : public testing::Test {
 protected:
  SqliteWriter() { test::change(path, "CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB) STRICT"); }

  static Job insert(int n, std::promise<std::exception_ptr>& finished) {
    return {[n](Database& database) {
              database.execute("INSERT INTO t VALUES (" + std::to_string(n) + ", NULL)");
            },
            [&finished](const std::exception_ptr& error) { finished.set_value(error); }};
  }
  static Kind kind_of(std::promise<std::exception_ptr>& finished) {
    try {
      std::rethrow_exception(finished.get_future().get());
    } catch (const DatabaseError& error) {
      return error.kind();
    }
  }
  /// A job that keeps the writer's thread busy until it is told to go on.
  static Job wait_for_go(std::promise<void>& begun, const std::shared_future<void>& go) {
    auto first = std::make_shared<std::atomic<bool>>(true);
    return {[&begun, go, first](Database& /*database*/) {
              if (first->exchange(false)) begun.set_value();
              go.wait();
            },
            [](const std::exception_ptr& /*error*/) {}};
  }
  std::int64_t rows() const { return test::number(path, "SELECT count(*) FROM t"); }

  Folder folder;
  std::string path = folder.file("a.db");
};

TEST_F(SqliteWriter, WhatWaitsTogetherSharesOneTransaction) {
  std::promise<void> begun;
  std::promise<void> go;
  std::array<std::promise<std::exception_ptr>, 100> finished;
  std::atomic<std::uint64_t> first_transaction = 0;
  std::atomic<int> elsewhere = 0;
  Writer writer(path, 1000, 1000, kManyPages);
  writer.submit(wait_for_go(begun, go.get_future().share()));
  begun.get_future().wait();
  for (int n = 0; n < 100; ++n) {
    Job job = insert(n, finished.at(static_cast<std::size_t>(n)));
    writer.submit({[&, run = std::move(job.run)](Database& database) {
                     run(database);
                     std::uint64_t none = 0;
                     if (!first_transaction.compare_exchange_strong(none, database.transactions()))
                       elsewhere += none == database.transactions() ? 0 : 1;
                   },
                   std::move(job.finished)});
  }
  go.set_value();
  for (auto& done : finished) EXPECT_EQ(done.get_future().get(), nullptr);
  EXPECT_EQ(elsewhere, 0);
  EXPECT_EQ(rows(), 100);
}

TEST_F(SqliteWriter, IsDurableBeforeItSaysSo) {
  std::promise<std::int64_t> seen;
  Writer writer(path, 10, 10, kManyPages);
  writer.submit({[](Database& database) { database.execute("INSERT INTO t VALUES (1, NULL)"); },
                 [&](const std::exception_ptr& /*error*/) { seen.set_value(rows()); }});
  EXPECT_EQ(seen.get_future().get(), 1);
}

TEST_F(SqliteWriter, AFailedJobDoesNotFailItsNeighbours) {
  std::promise<void> begun;
  std::promise<void> go;
  std::array<std::promise<std::exception_ptr>, 4> finished;
  Writer writer(path, 1000, 1000, kManyPages);
  writer.submit(wait_for_go(begun, go.get_future().share()));
  begun.get_future().wait();
  writer.submit(insert(1, finished[0]));
  writer.submit(insert(1, finished[1]));  // the same key again
  writer.submit({[](Database& /*database*/) { throw std::runtime_error("no"); },
                 [&](const std::exception_ptr& error) { finished[2].set_value(error); }});
  writer.submit(insert(2, finished[3]));
  go.set_value();
  EXPECT_EQ(finished[0].get_future().get(), nullptr);
  EXPECT_EQ(kind_of(finished[1]), Kind::constraint);
  EXPECT_THROW(std::rethrow_exception(finished[2].get_future().get()), std::runtime_error);
  EXPECT_EQ(finished[3].get_future().get(), nullptr);
  EXPECT_EQ(rows(), 2);
}

TEST_F(SqliteWriter, BeyondWhatMayWaitAJobFailsAtOnce) {
  std::promise<void> begun;
  std::promise<void> go;
  std::array<std::promise<std::exception_ptr>, 3> finished;
  Writer writer(path, 10, 2, kManyPages);
  writer.submit(wait_for_go(begun, go.get_future().share()));
  begun.get_future().wait();
  for (int n = 0; n < 3; ++n) writer.submit(insert(n, finished.at(static_cast<std::size_t>(n))));
  EXPECT_EQ(kind_of(finished[2]), Kind::overloaded);
  go.set_value();
  EXPECT_EQ(finished[0].get_future().get(), nullptr);
  EXPECT_EQ(finished[1].get_future().get(), nullptr);
}

TEST_F(SqliteWriter, WhereAnotherProgramHoldsTheFileAllThatWaitFailTogether) {
  constexpr int kJobs = 50;
  std::vector<std::promise<std::exception_ptr>> finished(kJobs);
  std::atomic<int> tried = 0;
  Database holder(path, Database::Mode::read_write);
  Writer writer(path, 10, 1000, kManyPages);
  {
    const Transaction held(holder);
    // Each alone would wait for the lock anew; none of them gets as far as to run.
    for (int n = 0; n < kJobs; ++n)
      writer.submit({[&](Database& /*database*/) { ++tried; },
                     [&finished, n](const std::exception_ptr& error) {
                       finished[static_cast<std::size_t>(n)].set_value(error);
                     }});
    for (auto& done : finished) EXPECT_EQ(kind_of(done), Kind::busy);
  }
  EXPECT_EQ(tried, 0);
  std::promise<std::exception_ptr> later;
  writer.submit(insert(1, later));
  EXPECT_EQ(later.get_future().get(), nullptr);
}

TEST_F(SqliteWriter, ItsDestructionFinishesWhatWaits) {
  std::vector<std::promise<std::exception_ptr>> finished(500);
  {
    Writer writer(path, 7, 1000, kManyPages);
    for (int n = 0; n < 500; ++n) writer.submit(insert(n, finished[static_cast<std::size_t>(n)]));
  }
  for (auto& done : finished) EXPECT_EQ(done.get_future().get(), nullptr);
  EXPECT_EQ(rows(), 500);
}

TEST_F(SqliteWriter, ItsLogStartsAgainAndDoesNotGrowWithoutBound) {
  constexpr int kJobs = 400;
  constexpr std::uintmax_t kPageBytes = 4096;
  Writer writer(path, 1, 1000, 20);
  for (int n = 0; n < kJobs; ++n) {
    std::promise<std::exception_ptr> finished;
    writer.submit({[n](Database& database) {
                     database.execute("INSERT INTO t VALUES (" + std::to_string(n) +
                                      ", zeroblob(8000))");
                   },
                   [&](const std::exception_ptr& error) { finished.set_value(error); }});
    ASSERT_EQ(finished.get_future().get(), nullptr);
  }
  EXPECT_LT(std::filesystem::file_size(path + "-wal"), 60 * kPageBytes);
  EXPECT_EQ(test::text(path, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(rows(), kJobs);
}

TEST_F(SqliteWriter, ManyThreadsLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 250;
  std::atomic<int> written = 0;
  {
    Writer writer(path, 100, 10'000, 50);
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int n = 0; n < kEach; ++n)
          writer.submit({[key = thread * kEach + n](Database& database) {
                           database.execute("INSERT INTO t VALUES (" + std::to_string(key) +
                                            ", NULL)");
                         },
                         [&](const std::exception_ptr& error) { written += error ? 0 : 1; }});
      });
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(written, kThreads * kEach);
  EXPECT_EQ(rows(), kThreads * kEach);
}

TEST_F(SqliteWriter, AfterASyncThatFailedItGoesOnWithAFreshConnection) {
  test::FailingDisk disk;
  Writer writer(path, 10, 10, kManyPages);
  std::array<std::promise<std::exception_ptr>, 2> finished;
  disk.fail_next_sync();
  writer.submit(insert(1, finished[0]));
  EXPECT_EQ(kind_of(finished[0]), Kind::io)
      << "its fate is unknown, whatever the disk gave as reason";
  writer.submit(insert(2, finished[1]));
  EXPECT_EQ(finished[1].get_future().get(), nullptr);
  EXPECT_EQ(test::number(path, "SELECT count(*) FROM t WHERE n = 2"), 1);
}

TEST_F(SqliteWriter, AfterASyncThatFailedNothingStandsBehindWhatMayNotBeThere) {
  test::FailingDisk disk;
  Writer writer(path, 10, 10, kManyPages);
  std::array<std::promise<std::exception_ptr>, 2> finished;
  disk.fail_next_sync();
  writer.submit(insert(1, finished[0]));
  ASSERT_EQ(kind_of(finished[0]), Kind::io);
  writer.submit(insert(2, finished[1]));
  ASSERT_EQ(finished[1].get_future().get(), nullptr);
  // The pages of whatever was taken over from the log are in the file itself.
  const std::string alone = folder.file("alone.db");
  std::filesystem::copy_file(path, alone);
  EXPECT_EQ(test::number(alone, "SELECT count(*) FROM t WHERE n = 1"),
            test::number(path, "SELECT count(*) FROM t WHERE n = 1"));
}

}  // namespace
}  // namespace vote

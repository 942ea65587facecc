#include "sqlite/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "world/files.h"

namespace vote {
namespace {

using sqlite::Database;
using sqlite::DatabaseError;
using sqlite::Statement;
using sqlite::Transaction;
using Kind = DatabaseError::Kind;
using Mode = Database::Mode;
using test::Folder;

constexpr Duration kImpatient = std::chrono::milliseconds(20);

template <class Call>
DatabaseError failure_of(Call call) {
  try {
    call();
  } catch (const DatabaseError& error) {
    return error;
  }
  return {Kind::other, "nothing failed"};
}

void expect_failure(const DatabaseError& error, Kind kind, const std::string& file,
                    const std::string& advice) {
  EXPECT_EQ(error.kind(), kind) << error.what();
  EXPECT_NE(std::string(error.what()).find(file), std::string::npos) << error.what();
  EXPECT_NE(std::string(error.what()).find(advice), std::string::npos) << error.what();
}

TEST(SqliteDatabase, IsDurableAtEachCommitAndMakesNoCheckpointsByItself) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  const auto pragma = [&](const std::string& name) {
    Statement statement(database, "PRAGMA " + name);
    statement.step();
    return std::string(statement.text(0));
  };
  EXPECT_EQ(pragma("journal_mode"), "wal");
  EXPECT_EQ(pragma("synchronous"), "2");
  EXPECT_EQ(pragma("wal_autocheckpoint"), "0");
  EXPECT_EQ(pragma("mmap_size"), "0");
}

TEST(SqliteDatabase, AFolderThatIsNotThereIsNamedWithWhatToDo) {
  const Folder folder;
  const std::string path = folder.file("nowhere/a.db");
  expect_failure(failure_of([&] { Database(path, Mode::read_write); }), Kind::unusable, path,
                 "check that its folder exists");
}

TEST(SqliteDatabase, AFileThatIsNoDatabaseIsUnusableAndLeftAsItIs) {
  const Folder folder;
  const std::string path = folder.file("a.db");
  std::ofstream(path) << std::string(5000, 'x');
  expect_failure(failure_of([&] { Database(path, Mode::read_write); }), Kind::unusable, path,
                 "point the configuration at another file");
  EXPECT_EQ(std::filesystem::file_size(path), 5000U);
}

TEST(SqliteDatabase, AFileHeldByAnotherWriterIsBusy) {
  const Folder folder;
  Database holder(folder.file("a.db"), Mode::read_write);
  const Transaction held(holder);
  Database database(folder.file("a.db"), Mode::read_write, kImpatient);
  expect_failure(failure_of([&] { const Transaction other(database); }), Kind::busy,
                 folder.file("a.db"), "wait for it or stop it");
}

TEST(SqliteDatabase, AReadOnlyConnectionRefusesToWrite) {
  const Folder folder;
  test::change(folder.file("a.db"), "CREATE TABLE t (n INTEGER)");
  Database database(folder.file("a.db"), Mode::read_only);
  expect_failure(failure_of([&] { database.execute("INSERT INTO t VALUES (1)"); }), Kind::read_only,
                 folder.file("a.db"), "writable");
}

TEST(SqliteDatabase, AFullFileSaysSo) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (b BLOB); PRAGMA max_page_count = 10");
  expect_failure(failure_of([&] { database.execute("INSERT INTO t VALUES (zeroblob(100000))"); }),
                 Kind::full, folder.file("a.db"), "free some space");
}

TEST(SqliteDatabase, DataThatBreaksTheSchemaIsAConstraint) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT; INSERT INTO t VALUES (1)");
  EXPECT_EQ(failure_of([&] { database.execute("INSERT INTO t VALUES (1)"); }).kind(),
            Kind::constraint);
  EXPECT_EQ(failure_of([&] { database.execute("INSERT INTO t VALUES ('x')"); }).kind(),
            Kind::constraint);
}

TEST(SqliteDatabase, ACorruptFileIsSaidToNeedABackup) {
  const Folder folder;
  const std::string path = folder.file("a.db");
  {
    Database database(path, Mode::read_write);
    database.execute("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (zeroblob(50000))");
    ASSERT_TRUE(database.checkpoint(1));
  }
  std::filesystem::remove(path + "-wal");
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096) << std::string(4096, '\xFF');
  file.close();
  expect_failure(failure_of([&] { test::number(path, "SELECT count(*) FROM t"); }), Kind::unusable,
                 path, "restore it from a backup");
}

TEST(SqliteStatement, KeepsAnyBytes) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (a TEXT, b BLOB) STRICT");
  const std::string bytes("a\0b\xFF\xC3", 5);
  Statement(database, "INSERT INTO t VALUES (?, ?)").bind_text(1, bytes).bind_blob(2, bytes).run();
  Statement read(database, "SELECT a, b FROM t");
  ASSERT_TRUE(read.step());
  EXPECT_EQ(read.text(0), bytes);
  EXPECT_EQ(read.blob(1), bytes);
}

TEST(SqliteStatement, ThatStillRunsTakesNoNewParameters) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2)");
  Statement statement(database, "SELECT n FROM t WHERE n >= ?");
  ASSERT_TRUE(statement.bind(1, 1).step());
  EXPECT_THROW(statement.bind(1, 2), DatabaseError);
}

TEST(SqliteTransaction, LeftWithoutCommitChangesNothing) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (n INTEGER)");
  {
    const Transaction transaction(database);
    database.execute("INSERT INTO t VALUES (1)");
  }
  Transaction transaction(database);
  database.execute("INSERT INTO t VALUES (2)");
  transaction.commit();
  EXPECT_EQ(test::number(folder.file("a.db"), "SELECT sum(n) FROM t"), 2);
}

TEST(SqliteCheckpoint, IsMadeOnlyOnceTheLogHasGrownEnough) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (b BLOB)");
  EXPECT_FALSE(database.checkpoint(20));
  database.execute("INSERT INTO t VALUES (zeroblob(100000))");
  EXPECT_TRUE(database.checkpoint(20));
  EXPECT_FALSE(database.checkpoint(20));
}

TEST(SqliteCheckpoint, GivesUpInsteadOfGoingOnBesideAnotherWriter) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (zeroblob(100000))");
  Database holder(folder.file("a.db"), Mode::read_write);
  const auto size = std::filesystem::file_size(folder.file("a.db"));
  {
    const Transaction held(holder);
    EXPECT_FALSE(database.checkpoint(1));
  }
  // Not one page was copied: it never fell back to a passive checkpoint.
  EXPECT_EQ(std::filesystem::file_size(folder.file("a.db")), size);
  EXPECT_FALSE(database.checkpoint(1)) << "tried again before the log has grown";
  database.execute("INSERT INTO t VALUES (zeroblob(100000))");
  EXPECT_TRUE(database.checkpoint(1));
  EXPECT_EQ(test::text(folder.file("a.db"), "PRAGMA integrity_check"), "ok");
}

TEST(SqliteCheckpoint, IsNotHeldUpForEverByAReaderThatIsStuck) {
  const Folder folder;
  Database database(folder.file("a.db"), Mode::read_write);
  database.execute("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (zeroblob(100000))");
  Database reader(folder.file("a.db"), Mode::read_only);
  {
    Statement stuck(reader, "SELECT b FROM t");
    ASSERT_TRUE(stuck.step());
    database.execute("INSERT INTO t VALUES (zeroblob(100000))");
    EXPECT_FALSE(database.checkpoint(1));
    database.execute("INSERT INTO t VALUES (zeroblob(100000))");
  }
  EXPECT_TRUE(database.checkpoint(1));
}

}  // namespace
}  // namespace vote

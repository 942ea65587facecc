#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "sqlite/database.h"
#include "sqlite/scripts.h"
#include "world/files.h"

namespace vote {
namespace {

using sqlite::Database;
using sqlite::DatabaseError;
using Kind = DatabaseError::Kind;
using test::Folder;

class SqliteMigration : public testing::Test {
 protected:
  int migrate(const std::string& schema) {
    Database database(path, Database::Mode::read_write);
    return sqlite::migrate(database, schema);
  }
  template <class Call>
  static Kind kind_of(Call call) {
    try {
      call();
    } catch (const DatabaseError& error) {
      return error.kind();
    }
    return Kind::other;
  }
  Kind required(const std::string& schema) {
    return kind_of([&] {
      Database database(path, Database::Mode::read_only);
      sqlite::require_schema(database, schema);
    });
  }
  std::string contents() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static int scripts_of(std::string_view schema) {
    int count = 0;
    for (const auto& script : sqlite::kScripts) count += script.schema == schema ? 1 : 0;
    return count;
  }

  Folder folder;
  std::string path = folder.file("a.db");
};

TEST_F(SqliteMigration, BringsAnEmptyFileUpToDateOnce) {
  EXPECT_EQ(migrate("queue"), scripts_of("queue"));
  EXPECT_EQ(migrate("queue"), 0);
  EXPECT_EQ(required("queue"), Kind::other) << "up to date, and yet refused";
}

TEST_F(SqliteMigration, TheStoresScriptsRunToo) {
  EXPECT_EQ(migrate("store"), scripts_of("store"));
  Database database(path, Database::Mode::read_only);
  const sqlite::SchemaStatus status = sqlite::schema_status(database, "store");
  EXPECT_EQ(status.applied, status.known);
}

TEST_F(SqliteMigration, AnEmptyFileIsSaidToNeedIt) {
  test::change(path, "PRAGMA user_version = 0");
  EXPECT_EQ(required("queue"), Kind::no_schema);
}

TEST_F(SqliteMigration, AFileOfANewerProgramIsLeftAlone) {
  migrate("queue");
  test::change(path, "PRAGMA user_version = 999");
  EXPECT_EQ(kind_of([&] { migrate("queue"); }), Kind::too_new);
  EXPECT_EQ(required("queue"), Kind::too_new);
  EXPECT_EQ(test::number(path, "PRAGMA user_version"), 999);
}

TEST_F(SqliteMigration, AnotherProgramsDatabaseIsLeftAlone) {
  sqlite3* theirs = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &theirs), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(theirs, "CREATE TABLE bookmarks (url TEXT)", nullptr, nullptr, nullptr),
            SQLITE_OK);
  ASSERT_EQ(sqlite3_close(theirs), SQLITE_OK);
  const std::string before = contents();
  EXPECT_EQ(kind_of([&] { migrate("store"); }), Kind::unusable);
  EXPECT_EQ(contents(), before);
}

TEST_F(SqliteMigration, ABackupInAnotherJournalModeIsTakenUpAgain) {
  migrate("store");
  const std::string backup = folder.file("backup.db");
  test::change(path, "VACUUM INTO '" + backup + "'");
  ASSERT_EQ(test::text(backup, "PRAGMA journal_mode"), "delete");
  path = backup;
  EXPECT_EQ(migrate("store"), 0);
  EXPECT_EQ(test::text(backup, "PRAGMA journal_mode"), "wal");
}

TEST_F(SqliteMigration, AQueueIsNotTakenForAStore) {
  migrate("queue");
  EXPECT_EQ(kind_of([&] { migrate("store"); }), Kind::unusable);
  EXPECT_EQ(required("store"), Kind::unusable);
}

TEST_F(SqliteMigration, SeveralProcessesAtOnceApplyEachScriptOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      int applied = 99;
      try {
        applied = migrate("queue");
      } catch (const DatabaseError&) {
      }
      ::_exit(applied);
    }
    children.push_back(child);
  }
  int applied = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    applied += WEXITSTATUS(status);
  }
  EXPECT_EQ(applied, scripts_of("queue"));
}

TEST_F(SqliteMigration, NobodySeesAPartOfASchema) {
  for (int round = 0; round < 20; ++round) {
    path = folder.file(std::to_string(round) + ".db");
    Database reading(path, Database::Mode::read_write);
    std::jthread migrating([this] { migrate("store"); });
    int applied = 0;
    while (applied == 0) {
      sqlite::SchemaStatus status{};
      ASSERT_NO_THROW(status = sqlite::schema_status(reading, "store"));
      applied = status.applied;
    }
    migrating.join();
    ASSERT_EQ(applied, scripts_of("store")) << "round " << round;
  }
}

}  // namespace
}  // namespace vote

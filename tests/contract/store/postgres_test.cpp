// What is PostgreSQL's alone: schema and roles, and a server in trouble.
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <latch>

#include "postgres/migration.h"
#include "runtime/blocking.h"
#include "store/postgres/postgres_store.h"
#include "world/environment.h"
#include "world/schema.h"
#include "world/votes.h"

namespace vote::test {
namespace {

using Kind = postgres::DatabaseError::Kind;

class PostgresServer : public testing::Test {
 protected:
  static std::unique_ptr<PostgresStore> open(const std::string& url,
                                             const std::string& read_url = "") {
    return std::make_unique<PostgresStore>(
        PostgresStore::Settings{url, read_url, std::chrono::seconds(5)});
  }
  /// Opens, and says why that is refused.
  static postgres::DatabaseError refusal(const std::string& url) {
    try {
      open(url);
    } catch (const postgres::DatabaseError& error) {
      return error;
    }
    throw std::runtime_error("opened");
  }
  static Result<BatchReport> record(Store& store, const CastVote& vote) {
    Batch batch;
    batch.votes.push_back({vote, std::nullopt});
    return wait_for<Result<BatchReport>>(
        [&](auto done) { store.record(std::move(batch), std::move(done)); });
  }
  static Result<Poll> look(Store& store, const Poll& poll) {
    return wait_for<Result<Poll>>([&](auto done) { store.poll(poll.id, std::move(done)); });
  }
  static bool says(const postgres::DatabaseError& error, const std::string& words) {
    return std::string(error.what()).find(words) != std::string::npos;
  }
  /// A poll that is open by the machine's clock.
  static Poll open_poll(Store& store) {
    Poll poll = new_poll();
    poll.start_time = Time{};
    poll.end_time = SystemClock().now() + std::chrono::hours(1);
    return add_poll(store, poll);
  }
  /// The processes that serve this schema's store.
  std::vector<pid_t> backends() {
    std::vector<pid_t> pids;
    const std::string of_us =
        "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        " AND application_name = '" +
        kName + "'";
    const auto count = schema_.number("SELECT count(*) " + of_us);
    for (std::int64_t i = 0; i < count; ++i)
      pids.push_back(static_cast<pid_t>(
          schema_.number("SELECT pid " + of_us + " ORDER BY pid OFFSET " + std::to_string(i))));
    return pids;
  }

  PostgresSchema schema_;
  const std::string kName = "test" + std::to_string(getpid());
  const std::string url_ = schema_.url() + "&application_name=" + kName;
};

TEST_F(PostgresServer, WithoutItsSchemaIsRefusedWithWhatToDo) {
  const PostgresSchema empty(false);
  const auto error = refusal(empty.url());
  EXPECT_EQ(error.kind(), Kind::no_schema);
  EXPECT_TRUE(says(error, "votectl db migrate")) << error.what();
}

TEST_F(PostgresServer, OfAnOlderOrANewerSchemaIsRefusedWithWhatToDo) {
  schema_.change("DELETE FROM schema_migrations WHERE version = 5");
  EXPECT_EQ(refusal(schema_.url()).kind(), Kind::no_schema);
  schema_.change("INSERT INTO schema_migrations VALUES (99, 'of tomorrow')");
  const auto error = refusal(schema_.url());
  EXPECT_EQ(error.kind(), Kind::too_new);
  EXPECT_TRUE(says(error, "install the newer program")) << error.what();
  postgres::Watchdog watchdog;
  postgres::Connection connection(schema_.url(), watchdog);
  EXPECT_THROW(postgres::migrate(connection, "store"), postgres::DatabaseError);
}

TEST_F(PostgresServer, MigratedTwiceAtOnceIsMigratedOnce) {
  const PostgresSchema empty(false);
  std::atomic<int> scripts = 0;
  constexpr int kAtOnce = 4;
  std::latch all_have_looked(kAtOnce);
  std::vector<std::thread> migrations;
  migrations.reserve(kAtOnce);
  for (int i = 0; i < kAtOnce; ++i)
    migrations.emplace_back([&] {
      postgres::Watchdog watchdog;
      postgres::Connection connection(empty.url(), watchdog);
      EXPECT_EQ(postgres::schema_status(connection, "store").applied, 0);
      all_have_looked.arrive_and_wait();
      scripts += postgres::migrate(connection, "store");
    });
  for (std::thread& migration : migrations) migration.join();
  postgres::Watchdog watchdog;
  postgres::Connection connection(empty.url(), watchdog);
  EXPECT_EQ(scripts, postgres::schema_status(connection, "store").known);
  open(empty.url());
}

TEST_F(PostgresServer, NobodySeesAPartOfASchema) {
  const PostgresSchema empty(false);
  postgres::Watchdog watchdog;
  postgres::Connection looking(empty.url(), watchdog);
  std::jthread migrating([&] {
    postgres::Connection connection(empty.url(), watchdog);
    postgres::migrate(connection, "store");
  });
  postgres::SchemaStatus status;
  while (status.applied == 0) status = postgres::schema_status(looking, "store");
  EXPECT_EQ(status.applied, status.known);
}

TEST_F(PostgresServer, AProcessThatSleepsInATransactionKeepsNoLockFromOthers) {
  using postgres::Transaction;
  constexpr auto kLock = "SELECT pg_advisory_xact_lock(7)";
  postgres::Watchdog watchdog;
  postgres::Connection asleep(url_, watchdog);
  postgres::Connection awake(url_, watchdog);
  Transaction sleeping(asleep, Transaction::Mode::write, std::chrono::milliseconds(100));
  sleeping.run(kLock);
  Transaction waiting(awake, Transaction::Mode::write, std::chrono::seconds(5));
  EXPECT_NO_THROW(waiting.run(kLock));
  EXPECT_THROW(sleeping.run("SELECT 1"), postgres::DatabaseError);
}

TEST_F(PostgresServer, OfAWrongPasswordOrNobodyThereSaysSo) {
  std::string wrong = server_url("VOTE_STORE_URL");
  const auto colon = wrong.find(':', wrong.find("://") + 3);
  wrong.replace(colon + 1, wrong.find('@') - colon - 1, "wrong");
  const auto refused = refusal(wrong);
  EXPECT_EQ(refused.kind(), Kind::unreachable);
  EXPECT_TRUE(says(refused, "password authentication failed")) << refused.what();
  EXPECT_FALSE(says(refused, ":wrong@")) << "shows a password";
  const auto nobody = refusal("postgresql://vote@127.0.0.1:1/vote");
  EXPECT_EQ(nobody.kind(), Kind::unreachable);
  EXPECT_TRUE(says(nobody, "check that the server runs")) << nobody.what();
}

TEST_F(PostgresServer, ThatRefusesWritesIsNoStore) {
  const auto error = refusal(schema_.url() + "%20-cdefault_transaction_read_only%3Don");
  EXPECT_EQ(error.kind(), Kind::unusable);
  EXPECT_TRUE(says(error, "store.read_url")) << error.what();
}

TEST_F(PostgresServer, KeepsItsLogsFromBeingChanged) {
  const auto store = open(url_);
  const CastVote vote = new_vote(open_poll(*store));
  ASSERT_TRUE(record(*store, vote));
  for (const std::string tampering :
       {"UPDATE vote_audit_log SET at = at", "DELETE FROM vote_audit_log",
        "TRUNCATE vote_audit_log", "DELETE FROM operator_log"})
    EXPECT_THROW(schema_.change(tampering), postgres::DatabaseError) << tampering;
  EXPECT_EQ(schema_.number("SELECT count(*) FROM vote_audit_log"), 1);
}

TEST_F(PostgresServer, GivesRolesNoMoreThanTheyNeed) {
  const auto allowed = [&](const std::string& role, const std::string& right,
                           const std::string& table) {
    return schema_.number("SELECT has_table_privilege('" + role + "', '" + table + "', '" + right +
                          "')::int") == 1;
  };
  for (const std::string role : {"vote_api", "vote_worker", "vote_auditor"})
    for (const std::string right : {"UPDATE", "DELETE", "TRUNCATE"}) {
      EXPECT_FALSE(allowed(role, right, "vote_audit_log")) << role << right;
      EXPECT_FALSE(allowed(role, right, "operator_log")) << role << right;
      if (right == "UPDATE") continue;
      EXPECT_FALSE(allowed(role, right, "votes")) << role << right;
    }
  EXPECT_TRUE(allowed("vote_worker", "INSERT", "votes"));
  EXPECT_FALSE(allowed("vote_worker", "UPDATE", "votes"));
  EXPECT_FALSE(allowed("vote_worker", "SELECT", "users"));
  EXPECT_FALSE(allowed("vote_auditor", "INSERT", "votes"));
  EXPECT_FALSE(allowed("vote_auditor", "SELECT", "users")) << "with the password hashes";
}

TEST_F(PostgresServer, WhoseConnectionsAreCutIsAskedAgain) {
  const auto store = open(url_);
  const Poll poll = open_poll(*store);
  ASSERT_TRUE(record(*store, new_vote(poll)));
  for (int i = 0; i < 3; ++i) {
    for (const pid_t pid : backends())
      schema_.number("SELECT pg_terminate_backend(" + std::to_string(pid) + ")::int");
    EXPECT_TRUE(look(*store, poll));
    const auto recorded = record(*store, new_vote(poll));
    ASSERT_TRUE(recorded) << recorded.error().cause;
    EXPECT_EQ(recorded->outcomes[0].outcome, Recorded::recorded);
  }
  EXPECT_EQ(schema_.number("SELECT count(*) FROM votes"), 4);
}

TEST_F(PostgresServer, ThatIsAnotherNowIsAskedForItsOwnPollsThoughTheirRevisionIsTheSame) {
  const auto store =
      open(schema_.url() + "%2Cpg_catalog");  // it asks this schema's functions first
  const Poll lost = open_poll(*store);
  ASSERT_TRUE(record(*store, new_vote(lost)));
  ASSERT_TRUE(look(*store, lost));
  // A replica was promoted that had not heard of this poll, and has another in its place since; a
  // pooler lets no connection break.
  const std::string other = new_id<PollId>().text();
  for (const std::string table : {"polls", "poll_options", "poll_numbers"})
    schema_.change("UPDATE " + table + " SET poll_id = '" + other + "'");
  schema_.change(
      "CREATE FUNCTION pg_postmaster_start_time() RETURNS timestamptz LANGUAGE sql STABLE AS"
      " 'SELECT pg_catalog.pg_postmaster_start_time() + interval ''1 day'''");
  const auto recorded = record(*store, new_vote(lost));
  ASSERT_TRUE(recorded) << recorded.error().cause;
  EXPECT_EQ(recorded->outcomes[0].outcome, Recorded::unknown_poll);
  EXPECT_EQ(schema_.number("SELECT count(*) FROM votes"), 1) << "counted for another poll";
  const auto looked = look(*store, lost);
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().code, Code::not_found);
}

TEST_F(PostgresServer, OfALaterTimelineHasPollsOfGreaterRevisions) {
  const auto store = open(schema_.url());
  const Poll poll = open_poll(*store);
  const auto before = look(*store, poll);
  ASSERT_TRUE(before);
  EXPECT_EQ(before->revision, poll.revision);
  schema_.change(
      "CREATE OR REPLACE FUNCTION version_base() RETURNS bigint LANGUAGE sql STABLE AS"
      " 'SELECT 1000::bigint << 40'");
  const auto after = look(*store, poll);
  ASSERT_TRUE(after);
  const std::uint64_t changes = poll.revision & ((std::uint64_t{1} << 40U) - 1);
  EXPECT_GT(changes, 0U);
  EXPECT_EQ(after->revision, (std::uint64_t{1000} << 40U) + changes)
      << "a page made of one state would be taken for the other's";
}

TEST_F(PostgresServer, OfALaterTimelineIsNotRepairedByARecountOfTheOneBefore) {
  const auto store = open(schema_.url());
  const Poll poll = open_poll(*store);
  ASSERT_TRUE(record(*store, new_vote(poll)));
  schema_.change("UPDATE poll_totals SET total_votes = 0");
  const auto found =
      wait_for<Result<Recount>>([&](auto done) { store->recount(poll.id, std::move(done)); });
  ASSERT_TRUE(found);
  schema_.change(
      "UPDATE poll_totals SET total_votes = 1;"
      "CREATE OR REPLACE FUNCTION version_base() RETURNS bigint LANGUAGE sql STABLE AS"
      " 'SELECT 1000::bigint << 40'");
  const auto repaired = wait_for<Result<std::optional<PollCounts>>>(
      [&](auto done) { store->repair(*found, 0, std::move(done)); });
  ASSERT_TRUE(repaired);
  EXPECT_FALSE(*repaired);
  EXPECT_EQ(schema_.number("SELECT total_votes FROM poll_totals"), 1);
}

TEST_F(PostgresServer, WhoseConnectionsAreFrozenIsAskedOnOthersInTime) {
  const auto store = open(url_);
  const Poll poll = open_poll(*store);
  const CastVote vote = new_vote(poll);
  ASSERT_TRUE(look(*store, poll));
  ASSERT_TRUE(record(*store, new_vote(poll)));
  const auto frozen = backends();
  ASSERT_FALSE(frozen.empty());
  for (const pid_t pid : frozen) ASSERT_EQ(kill(pid, SIGSTOP), 0);
  auto looked = std::async(std::launch::async, [&] { return look(*store, poll); });
  const auto recorded = record(*store, vote);
  EXPECT_TRUE(looked.get());
  for (const pid_t pid : frozen) kill(pid, SIGCONT);
  ASSERT_TRUE(recorded) << recorded.error().cause;
  EXPECT_EQ(recorded->outcomes[0].outcome, Recorded::recorded);
  EXPECT_EQ(schema_.number("SELECT count(*) FROM votes"), 2);
}

TEST_F(PostgresServer, WhereALockIsHeldAnswersInTime) {
  const auto store = open(url_);
  const Poll poll = open_poll(*store);
  postgres::Watchdog watchdog;
  postgres::Connection other(schema_.url(), watchdog);
  {
    postgres::Transaction holding(other, postgres::Transaction::Mode::write,
                                  std::chrono::seconds(60));
    holding.run("LOCK TABLE votes");
    const auto recorded = record(*store, new_vote(poll));
    ASSERT_FALSE(recorded);
    EXPECT_EQ(recorded.error().code, Code::unavailable);
  }
  EXPECT_TRUE(record(*store, new_vote(poll)));
}

TEST_F(PostgresServer, WithoutItsReplicaIsAskedItself) {
  const auto store = open(url_, "postgresql://vote@127.0.0.1:1/vote");
  const Poll poll = open_poll(*store);
  const auto listed =
      wait_for<Result<PollPage>>([&](auto done) { store->polls({}, std::move(done)); });
  ASSERT_TRUE(listed) << listed.error().cause;
  EXPECT_EQ(listed->polls.size(), 1U);
  EXPECT_EQ(listed->polls[0].id, poll.id);
}

TEST_F(PostgresServer, TakesTextsThatItCannotKeepAsNearAsItCan) {
  const auto store = open(url_);
  CastVote vote = new_vote(open_poll(*store));
  vote.user_agent = std::string("a\0\"b\\{},NULL", 12);
  vote.ip = "nowhere";
  ASSERT_TRUE(record(*store, vote));
  const auto entries = wait_for<Result<std::vector<AuditEntry>>>(
      [&](auto done) { store->audit(vote.poll, 0, 10, std::move(done)); });
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->at(0).user_agent, "a\xEF\xBF\xBD\"b\\{},NULL");
  EXPECT_EQ(entries->at(0).ip, "") << "no address";
}

// A header field may hold any byte, and a cut may fall within a character.
TEST_F(PostgresServer, TakesTextsThatAreNoUtf8AsNearAsItCan) {
  const auto store = open(url_);
  CastVote vote = new_vote(open_poll(*store));
  vote.user_agent = "t\xE9l \xF0\x9F\x97 \xED\xA0\x80 \xC3\xA9 \xE2\x82";
  const auto recorded = record(*store, vote);
  ASSERT_TRUE(recorded) << recorded.error().cause;
  const auto entries = wait_for<Result<std::vector<AuditEntry>>>(
      [&](auto done) { store->audit(vote.poll, 0, 10, std::move(done)); });
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->at(0).user_agent,
            "t\uFFFDl \uFFFD\uFFFD\uFFFD \uFFFD\uFFFD\uFFFD \u00E9 \uFFFD\uFFFD");
}

}  // namespace
}  // namespace vote::test

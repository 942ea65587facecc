#include "contract/store/house.h"
#include "simulated/store.h"
#include "store/sqlite/sqlite_store.h"
#include "world/files.h"

namespace vote::test {
namespace {

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "x'";
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text + "'";
}

/// Looks at the tables by SQL, wherever they are.
class SqliteTables : public House {
 public:
  std::int64_t rows(const std::string& table) override {
    return number("SELECT count(*) FROM " + table);
  }
  std::int64_t audited(const std::string& action) override {
    return number("SELECT count(*) FROM vote_audit_log WHERE action = '" + action + "'");
  }
  Tally counted_by_ballots(const Poll& poll) override {
    const std::string of_poll = " WHERE poll_id = " + hex(poll.id.raw());
    Tally tally;
    const std::string holding = "SELECT count(*) FROM votes, json_each(votes.choices) AS choice" +
                                of_poll + " AND choice.value = ";
    for (std::size_t i = 0; i < poll.options.size(); ++i)
      tally.options.push_back(number(holding + std::to_string(i + 1)));
    tally.ballots = number("SELECT count(*) FROM votes" + of_poll + " AND choices <> '[]'");
    return tally;
  }
  Tally counted_by_audit(const Poll& poll) override {
    const std::string of_poll =
        " WHERE poll_id = " + hex(poll.id.raw()) + " AND action <> 'superseded'";
    Tally tally;
    const auto naming = [&](const std::string& column) {
      return "SELECT count(*) FROM vote_audit_log, json_each(coalesce(" + column +
             ", '[]')) AS choice" + of_poll + " AND choice.value = ";
    };
    const std::string named_new = naming("new_choices");
    const std::string named_old = naming("old_choices");
    for (std::size_t i = 0; i < poll.options.size(); ++i) {
      const std::string position = std::to_string(i + 1);
      tally.options.push_back(number(named_new + position) - number(named_old + position));
    }
    const auto ballots = [&](const std::string& column) {
      return number("SELECT count(*) FROM vote_audit_log" + of_poll + " AND coalesce(" + column +
                    ", '[]') <> '[]'");
    };
    tally.ballots = ballots("new_choices") - ballots("old_choices");
    return tally;
  }
  void refuse_ballots_of(UserId voter) override {
    change("CREATE TRIGGER no_ballot BEFORE INSERT ON votes WHEN new.user_id = " +
           hex(voter.raw()) + " BEGIN SELECT RAISE(ABORT, 'no ballot'); END");
  }
  std::string choice(std::vector<int> positions) override {
    std::string text;
    for (const int position : positions)
      text += (text.empty() ? "" : ",") + std::to_string(position);
    return "'[" + text + "]'";
  }
  std::string action(const std::string& name) override { return "'" + name + "'"; }
  void set_clock(Time /*now*/) override {}  // it has the test's own
  void tamper(const std::string& sql) override {
    change(
        "DROP TRIGGER IF EXISTS audit_is_never_changed;"
        "DROP TRIGGER IF EXISTS audit_is_never_deleted;" +
        sql);
  }

 private:
  /// The first column of the first row.
  virtual std::int64_t number(const std::string& sql) = 0;
  virtual void change(const std::string& sql) = 0;
};

class SqliteHouse final : public SqliteTables {
 public:
  explicit SqliteHouse(const Clock& clock) : clock_(clock) { make_file(file_, "store"); }

  std::unique_ptr<Store> open(Duration grace) override {
    return std::make_unique<SqliteStore>(file_, clock_, grace);
  }

 private:
  std::int64_t number(const std::string& sql) override { return test::number(file_, sql); }
  void change(const std::string& sql) override { test::change(file_, sql); }

  const Clock& clock_;
  Folder folder_;
  std::string file_ = folder_.file("vote.db");
};

/// The simulation's, whose transactions are the simulated thing.
class MemoryHouse final : public SqliteTables {
 public:
  explicit MemoryHouse(const Clock& clock) : clock_(clock) {}

  std::unique_ptr<Store> open(Duration grace) override {
    return std::make_unique<SqliteStore>(simulated::transactions_of(database_), clock_, grace);
  }

 private:
  std::int64_t number(const std::string& sql) override {
    sqlite::Statement statement(database_.database(), sql);
    if (!statement.step()) throw std::runtime_error("no row: " + sql);
    return statement.integer(0);
  }
  void change(const std::string& sql) override { database_.database().execute(sql); }

  const Clock& clock_;
  simulated::MemoryDatabase database_;
};

}  // namespace

std::unique_ptr<House> make_sqlite_house(const Clock& clock) {
  return std::make_unique<SqliteHouse>(clock);
}

std::unique_ptr<House> make_memory_house(const Clock& clock) {
  return std::make_unique<MemoryHouse>(clock);
}

}  // namespace vote::test

#include "contract/store/house.h"
#include "store/postgres/postgres_store.h"
#include "world/schema.h"

namespace vote::test {
namespace {

class PostgresHouse final : public House {
 public:
  explicit PostgresHouse(const Clock& clock) { schema_.set_clock(clock.now()); }

  std::unique_ptr<Store> open(Duration grace) override {
    return std::make_unique<PostgresStore>(PostgresStore::Settings{schema_.url(), "", grace});
  }
  std::int64_t rows(const std::string& table) override {
    return schema_.number("SELECT count(*) FROM " + table);
  }
  std::int64_t audited(const std::string& action) override {
    return schema_.number("SELECT count(*) FROM audit_entries WHERE action = '" + action + "'");
  }
  Tally counted_by_ballots(const Poll& poll) override {
    return tally(poll, "ballots WHERE ", {{"choices", 1}});
  }
  Tally counted_by_audit(const Poll& poll) override {
    return tally(poll, "audit_entries WHERE action <> 'superseded' AND ",
                 {{"new_choices", 1}, {"old_choices", -1}});
  }
  void refuse_ballots_of(UserId voter) override {
    schema_.change(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''no ballot''; END';"
        "CREATE TRIGGER no_ballot BEFORE INSERT ON votes FOR EACH ROW WHEN (new.user_id = '" +
        voter.text() + "') EXECUTE FUNCTION refuse()");
  }
  void tamper(const std::string& sql) override {
    schema_.change("ALTER TABLE vote_audit_log DISABLE TRIGGER USER;" + sql);
  }
  std::string choice(std::vector<int> positions) override {
    std::string hex;
    for (const int position : positions)
      hex += "0" + std::to_string(position);  // of polls with fewer than ten options
    return "'\\x" + hex + "'::bytea";
  }
  std::string action(const std::string& name) override {
    return name == "changed" ? "'m'" : "'" + name.substr(0, 1) + "'";
  }
  void set_clock(Time now) override { schema_.set_clock(now); }

 private:
  /// What columns of choices of a poll's rows add up to, each with its sign.
  Tally tally(const Poll& poll, const std::string& rows,
              const std::map<std::string, int>& columns) {
    const auto count = [&](const std::string& condition) {
      std::string sql = "SELECT count(*) FROM " + rows;
      sql += "poll_id = '" + poll.id.text();
      return schema_.number((sql += "' AND ") += condition);
    };
    Tally tally;
    tally.options.resize(poll.options.size());
    for (const auto& [column, sign] : columns) {
      for (std::size_t i = 0; i < poll.options.size(); ++i)
        tally.options[i] += sign * count(std::to_string(i + 1).append(" = ANY (" + column + ")"));
      tally.ballots += sign * count("cardinality(" + column + ") > 0");
    }
    return tally;
  }

  PostgresSchema schema_;
};

}  // namespace

std::unique_ptr<House> make_postgres_house(const Clock& clock) {
  return std::make_unique<PostgresHouse>(clock);
}

}  // namespace vote::test

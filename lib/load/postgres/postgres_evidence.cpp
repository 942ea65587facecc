#include "load/postgres/postgres_evidence.h"

#include <charconv>

#include "postgres/migration.h"

namespace vote::load {
namespace {

using postgres::Params;
using postgres::Rows;

/// Of bytes as hex digits, a JSON array of positions.
std::string json_of(std::string_view hex) {
  std::string json = "[";
  for (; hex.size() >= 2; hex.remove_prefix(2)) {
    unsigned position = 0;
    std::from_chars(hex.data(), hex.data() + 2, position, 16);
    if (json.size() > 1) json += ',';
    json += std::to_string(position);
  }
  return json += ']';
}

std::string_view name_of_action(std::string_view letter) {
  if (letter == "c") return "cast";
  if (letter == "m") return "changed";
  if (letter == "r") return "revoked";
  return letter == "s" ? "superseded" : letter;
}

}  // namespace

PostgresEvidence::PostgresEvidence(const std::string& url)
    : connection_(url, watchdog_),
      snapshot_((postgres::require_schema(connection_, "store"), connection_),
                postgres::Transaction::Mode::snapshot, kStatementTimeMax) {}

std::optional<StoredPoll> PostgresEvidence::poll(PollId poll) {
  const Rows row = snapshot_.run("SELECT final_at IS NOT NULL FROM polls WHERE poll_id = $1",
                                 Params().add(poll));
  if (row.size() == 0) return std::nullopt;
  StoredPoll found;
  found.is_final = row.truth(0, 0);
  const Rows options =
      snapshot_.run("SELECT option_id FROM poll_options WHERE poll_id = $1 ORDER BY position",
                    Params().add(poll));
  for (std::size_t i = 0; i < options.size(); ++i)
    found.options.push_back(options.id<OptionId>(i, 0));
  const Rows total = snapshot_.run(
      "SELECT total_votes FROM poll_totals JOIN poll_numbers USING (poll_no) WHERE poll_id = $1",
      Params().add(poll));
  if (total.size() > 0) found.total = total.integer(0, 0);
  const Rows counters = snapshot_.run(
      "SELECT position, vote_count FROM option_counts JOIN poll_numbers USING (poll_no)"
      " WHERE poll_id = $1",
      Params().add(poll));
  for (std::size_t i = 0; i < counters.size(); ++i)
    found.counters[static_cast<std::size_t>(counters.integer(i, 0))] = counters.integer(i, 1);
  return found;
}

void PostgresEvidence::ballots(PollId poll, const std::function<void(const StoredBallot&)>& take) {
  snapshot_.run(
      "DECLARE found CURSOR FOR SELECT user_id, request_id, encode(choices, 'hex'),"
      " encode(coalesce(cast_choices, choices), 'hex'), coalesce(revision, 0)"
      " FROM votes JOIN poll_numbers USING (poll_no) WHERE poll_id = '" +
      poll.text() + "' ORDER BY user_id");
  for (bool more = true; more;) {
    const Rows rows = snapshot_.run("FETCH " + std::to_string(kBallotsAtOnce) + " FROM found");
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string choices = json_of(rows.text(i, 2));
      const std::string cast = json_of(rows.text(i, 3));
      take({rows.id<UserId>(i, 0), rows.id<RequestId>(i, 1), choices, cast,
            static_cast<std::uint32_t>(rows.integer(i, 4))});
    }
    more = rows.size() == kBallotsAtOnce;
  }
  snapshot_.run("CLOSE found");
}

void PostgresEvidence::audit(PollId poll, const std::function<void(const AuditSum&)>& take) {
  const Rows rows = snapshot_.run(
      "SELECT action, encode(old_choices, 'hex'), encode(new_choices, 'hex'), count(*)"
      " FROM vote_audit_log JOIN poll_numbers USING (poll_no) WHERE poll_id = $1 GROUP BY 1, 2, 3",
      Params().add(poll));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string old_choices = rows.text(i, 0) == "c" ? "" : json_of(rows.text(i, 1));
    const std::string new_choices = json_of(rows.text(i, 2));
    take({name_of_action(rows.text(i, 0)), old_choices, new_choices, rows.integer(i, 3)});
  }
}

std::vector<Position> PostgresEvidence::positions(const std::string& topic) {
  const Rows rows = snapshot_.run(
      "SELECT partition, next_offset FROM queue_positions WHERE topic = $1", Params().add(topic));
  std::vector<Position> positions;
  for (std::size_t i = 0; i < rows.size(); ++i)
    positions.push_back(
        {topic, static_cast<std::int32_t>(rows.integer(i, 0)), rows.integer(i, 1), {}, 0});
  return positions;
}

}  // namespace vote::load

// The leases of API processes, and the cut-off of polls closed by hand, which waits for them.
#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

bool a_poll_is_closing(StoreConnection& connection) {
  Use row(connection.statement(
      "SELECT 1 FROM polls WHERE close_requested_at IS NOT NULL AND cutoff IS NULL LIMIT 1"));
  return row->step();
}

/// Up to which change of polls every API knows that may still acknowledge votes.
std::optional<std::int64_t> known_everywhere(StoreConnection& connection, Time now) {
  Use row(
      connection.statement("SELECT min(applied_revision) FROM api_leases WHERE expires_at > ?1"));
  row->bind(1, microseconds_of(now));
  if (!row->step() || row->is_null(0)) return std::nullopt;
  return row->integer(0);
}

std::vector<PollId> changed_since(StoreConnection& connection, std::int64_t revision) {
  Use row(connection.statement("SELECT poll_id FROM polls WHERE revision > ?1 ORDER BY revision"));
  row->bind(1, revision);
  std::vector<PollId> polls;
  while (row->step()) polls.push_back(id_of<PollId>(*row, 0));
  return polls;
}

bool another_holds(StoreConnection& connection, const Lease& lease) {
  Use row(connection.statement("SELECT holder FROM api_leases WHERE name = ?1 AND holder <> ?2"));
  row->bind_text(1, lease.name).bind_blob(2, lease.holder.raw());
  return row->step();
}

/// Now, or the latest renewal where the clock was set back since: votes that were acknowledged
/// before bear later stamps than now, and no cut-off may leave them out.
Time never_going_back(StoreConnection& connection, Time now) {
  Use row(connection.statement("SELECT max(renewed_at) FROM api_leases"));
  return row->step() && !row->is_null(0) ? std::max(now, time_of(row->integer(0))) : now;
}

void write_lease(StoreConnection& connection, const Lease& lease, std::int64_t applied, Time now) {
  const Time renewed_at = never_going_back(connection, now);
  connection.statement("INSERT OR REPLACE INTO api_leases VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind_text(1, lease.name)
      .bind_blob(2, lease.holder.raw())
      .bind(3, applied)
      .bind(4, microseconds_of(renewed_at))
      .bind(5, microseconds_of(now + lease.length))
      .run();
  if (!lease.topic.empty())
    connection.statement("INSERT OR IGNORE INTO queue_topics VALUES (?1)")
        .bind_text(1, lease.topic)
        .run();
  connection.statement("DELETE FROM api_leases WHERE expires_at < ?1")
      .bind(1, microseconds_of(now - SqliteStore::kLeaseKeptFor))
      .run();
}

}  // namespace

void decide_cutoffs(StoreConnection& connection, Time now) {
  if (!a_poll_is_closing(connection)) return;
  const auto known = known_everywhere(connection, now);
  const std::int64_t before = read_revision(connection);
  const std::int64_t all_up_to = known.value_or(before);
  connection
      .statement(
          "UPDATE polls SET cutoff = ?4, updated_at = ?1, revision = ?2"
          " WHERE close_requested_at IS NOT NULL AND cutoff IS NULL AND revision <= ?3")
      .bind(1, microseconds_of(now))
      .bind(2, before + 1)
      .bind(3, all_up_to)
      .bind(4, microseconds_of(never_going_back(connection, now)))
      .run();
  if (connection.database().changes() > 0) next_revision(connection);
}

Result<Renewal> renew(StoreConnection& connection, const Lease& lease, Time now) {
  const std::int64_t revision = read_revision(connection);
  // What an API knows of another incarnation it does not know of this one: tell it all.
  const std::uint64_t base = version_base(connection);
  const std::uint64_t claimed = lease.applied_revision;
  const bool is_of_this = claimed >= base && claimed <= base + static_cast<std::uint64_t>(revision);
  const std::int64_t applied = is_of_this ? static_cast<std::int64_t>(claimed - base) : 0;
  Renewal renewal;
  renewal.set_back = claimed != 0 && !is_of_this;
  renewal.displaced = !lease.takes_over && another_holds(connection, lease);
  if (!renewal.displaced) write_lease(connection, lease, applied, now);
  decide_cutoffs(connection, now);
  renewal.store_time = now;
  renewal.revision = base + static_cast<std::uint64_t>(read_revision(connection));
  renewal.changed = changed_since(connection, applied);
  return renewal;
}

Result<Done> give_back(StoreConnection& connection, const std::string& name, UserId holder,
                       Time now) {
  connection.statement("DELETE FROM api_leases WHERE name = ?1 AND holder = ?2")
      .bind_text(1, name)
      .bind_blob(2, holder.raw())
      .run();
  decide_cutoffs(connection, now);
  return Done{};
}

Result<std::vector<LeaseInfo>> list_leases(StoreConnection& connection) {
  Use row(
      connection.statement("SELECT name, renewed_at, expires_at FROM api_leases ORDER BY name"));
  std::vector<LeaseInfo> leases;
  while (row->step())
    leases.push_back(
        {std::string(row->text(0)), time_of(row->integer(1)), time_of(row->integer(2))});
  return leases;
}

Result<Done> forget_lease(StoreConnection& connection, const std::string& name, Time now) {
  connection.statement("DELETE FROM api_leases WHERE name = ?1").bind_text(1, name).run();
  if (connection.database().changes() == 0)
    return Error{Code::not_found, "no API named " + name + " holds a lease"};
  decide_cutoffs(connection, now);
  return Done{};
}

}  // namespace vote

// The leases of API processes, and the cut-off of polls closed by hand, which waits for them.
#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

bool a_poll_is_closing(Session& session) {
  return session
      .run(
          "SELECT EXISTS (SELECT 1 FROM polls WHERE close_requested_at IS NOT NULL"
          " AND cutoff IS NULL)")
      .truth(0, 0);
}

/// Up to which change of polls every API knows that may still acknowledge votes.
std::optional<std::int64_t> known_everywhere(Session& session, Time now) {
  const Rows rows =
      session.run("SELECT min(applied_revision) FROM api_leases WHERE expires_at > at_us($1)",
                  Params().add(now));
  if (rows.is_null(0, 0)) return std::nullopt;
  return rows.integer(0, 0);
}

std::vector<PollId> changed_since(Session& session, std::int64_t revision) {
  const Rows rows = session.run("SELECT poll_id FROM polls WHERE revision > $1 ORDER BY revision",
                                Params().add(revision));
  std::vector<PollId> polls;
  for (std::size_t row = 0; row < rows.size(); ++row) polls.push_back(rows.id<PollId>(row, 0));
  return polls;
}

bool another_holds(Session& session, const Lease& lease) {
  return session
      .run("SELECT EXISTS (SELECT 1 FROM api_leases WHERE name = $1 AND holder <> $2)",
           Params().add(lease.name).add(lease.holder))
      .truth(0, 0);
}

/// Now, or the latest renewal where the clock was set back since: votes that were acknowledged
/// before bear later stamps than now, and no cut-off may leave them out.
Time never_going_back(Session& session, Time now) {
  const Rows rows = session.run("SELECT us_of(max(renewed_at)) FROM api_leases");
  return rows.is_null(0, 0) ? now : std::max(now, rows.time(0, 0));
}

void write_lease(Session& session, const Lease& lease, std::int64_t applied, Time now) {
  session.run("SELECT put_lease($1, $2, $3, $4, $5, $6)", Params()
                                                              .add(lease.name)
                                                              .add(lease.holder)
                                                              .add(applied)
                                                              .add(never_going_back(session, now))
                                                              .add(now + lease.length)
                                                              .add(lease.topic));
  session.run("DELETE FROM api_leases WHERE expires_at < at_us($1)",
              Params().add(now - PostgresStore::kLeaseKeptFor));
}

}  // namespace

void decide_cutoffs(Session& session, Time now) {
  if (!a_poll_is_closing(session)) return;
  const auto known = known_everywhere(session, now);
  const std::int64_t before = read_revision(session);
  const Rows decided = session.run(
      "UPDATE polls SET cutoff = at_us($4), updated_at = at_us($1), revision = $2"
      " WHERE close_requested_at IS NOT NULL AND cutoff IS NULL AND revision <= $3",
      Params()
          .add(now)
          .add(before + 1)
          .add(known.value_or(before))
          .add(never_going_back(session, now)));
  if (decided.affected() > 0) next_revision(session);
}

Result<Renewal> renew(Session& session, const Lease& lease) {
  const std::int64_t revision = lock_revision(session);
  const Time moment = now(session);
  // What an API knows of another incarnation it does not know of this one: tell it all.
  const std::uint64_t base = version_base(session);
  const std::uint64_t claimed = lease.applied_revision;
  const bool is_of_this = claimed >= base && claimed <= base + static_cast<std::uint64_t>(revision);
  const std::int64_t applied = is_of_this ? static_cast<std::int64_t>(claimed - base) : 0;
  Renewal renewal;
  renewal.set_back = claimed != 0 && !is_of_this;
  renewal.displaced = !lease.takes_over && another_holds(session, lease);
  if (!renewal.displaced) write_lease(session, lease, applied, moment);
  decide_cutoffs(session, moment);
  renewal.store_time = moment;
  renewal.revision = base + static_cast<std::uint64_t>(read_revision(session));
  renewal.changed = changed_since(session, applied);
  return renewal;
}

Result<Done> give_back(Session& session, const std::string& name, UserId holder) {
  lock_revision(session);
  session.run("DELETE FROM api_leases WHERE name = $1 AND holder = $2",
              Params().add(name).add(holder));
  decide_cutoffs(session, now(session));
  return Done{};
}

Result<std::vector<LeaseInfo>> list_leases(Session& session) {
  const Rows rows = session.run(
      "SELECT name, us_of(renewed_at), us_of(expires_at) FROM api_leases ORDER BY name");
  std::vector<LeaseInfo> leases;
  for (std::size_t row = 0; row < rows.size(); ++row)
    leases.push_back({std::string(rows.text(row, 0)), rows.time(row, 1), rows.time(row, 2)});
  return leases;
}

Result<Done> forget_lease(Session& session, const std::string& name) {
  lock_revision(session);
  const Rows gone = session.run("DELETE FROM api_leases WHERE name = $1", Params().add(name));
  if (gone.affected() == 0)
    return Error{Code::not_found, "no API named " + name + " holds a lease"};
  decide_cutoffs(session, now(session));
  return Done{};
}

}  // namespace vote::postgres

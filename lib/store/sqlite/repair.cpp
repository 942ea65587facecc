// Counters that have come apart from the ballots are moved by the difference, not set: what is
// counted at the same time moves both alike, so nothing newer is overwritten.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

// Repairs that a poll may have had whose version is lost; more than anybody makes.
constexpr std::int64_t kVersionsBeforeLost = 1'000'000;

void repair_options(StoreConnection& connection, const Recount& recount) {
  const std::string_view poll = recount.poll.id.raw();
  // A row that is gone counted nothing.
  auto& option = connection.statement(
      "INSERT INTO option_counts VALUES (?1, ?2, max(?3, 0)) ON CONFLICT (poll_id, position)"
      " DO UPDATE SET vote_count = vote_count + ?3");
  for (std::size_t i = 0; i < recount.ballots.options.size(); ++i) {
    const auto counted = static_cast<std::int64_t>(recount.counters.options[i].votes);
    option.bind_blob(1, poll)
        .bind(2, static_cast<std::int64_t>(i) + 1)
        .bind(3, recount.ballots.options[i] - counted)
        .run();
  }
  connection
      .statement("DELETE FROM option_counts WHERE poll_id = ?1 AND (position < 1 OR position > ?2)")
      .bind_blob(1, poll)
      .bind(2, static_cast<std::int64_t>(recount.ballots.options.size()))
      .run();
}

void repair_total(StoreConnection& connection, const Recount& recount, std::int64_t version_above) {
  const std::string_view poll = recount.poll.id.raw();
  // Each version has left an entry in the audit log at least, or is a repair.
  connection
      .statement(
          "INSERT INTO poll_totals SELECT ?1, 0, coalesce(max(log_id), 0) + ?2, 0"
          " FROM vote_audit_log WHERE true ON CONFLICT DO NOTHING")
      .bind_blob(1, poll)
      .bind(2, kVersionsBeforeLost)
      .run();
  connection
      .statement(
          "UPDATE poll_totals SET total_votes = total_votes + ?2, repairs = repairs + 1,"
          " version = max(version, ?3) + 1 WHERE poll_id = ?1")
      .bind_blob(1, poll)
      .bind(2, recount.ballots.ballots - static_cast<std::int64_t>(recount.counters.total_votes))
      .bind(3, version_above)
      .run();
}

}  // namespace

std::uint64_t read_repairs(StoreConnection& connection, PollId poll) {
  Use row(connection.statement("SELECT repairs FROM poll_totals WHERE poll_id = ?1"));
  row->bind_blob(1, poll.raw());
  return row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
}

Result<std::optional<PollCounts>> repair_counts(StoreConnection& connection, const Recount& recount,
                                                std::uint64_t version_above) {
  const Poll* poll = connection.poll(recount.poll.id);
  if (poll == nullptr) return no_such_poll(recount.poll.id);
  if (poll->final_at) return results_are_final(poll->id);
  // What a lost state had been repaired of, or was to be, says nothing of this one.
  const bool was_lost = recount.poll.revision < version_base(connection);
  if (was_lost || read_repairs(connection, poll->id) != recount.repairs ||
      poll->options != recount.poll.options)
    return std::optional<PollCounts>();
  repair_options(connection, recount);
  repair_total(connection, recount, transactions_of(connection, version_above));
  return std::optional<PollCounts>(read_counts(connection, *poll));
}

}  // namespace vote

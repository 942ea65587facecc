#include <algorithm>

#include "store/sqlite/connection.h"
#include "store/sqlite/sqlite_store.h"

namespace vote {
namespace {

/// Of a row of `SELECT * FROM polls`, which has the columns of the script in their order.
Poll poll_of(const sqlite::Statement& row, std::uint64_t base) {
  Poll poll;
  poll.id = id_of<PollId>(row, 0);
  poll.owner = id_of<UserId>(row, 1);
  poll.title = row.text(2);
  poll.description = row.text(3);
  poll.start_time = time_of(row.integer(4));
  poll.end_time = time_of(row.integer(5));
  poll.published = row.integer(6) != 0;
  poll.close_requested_at = time_or_nothing(row, 7);
  poll.cutoff = time_or_nothing(row, 8);
  poll.final_at = time_or_nothing(row, 9);
  poll.settings.allow_anonymous = row.integer(10) != 0;
  poll.settings.show_results_during_voting = row.integer(11) != 0;
  poll.settings.allow_multiple_options = row.integer(12) != 0;
  poll.settings.max_votes_per_user = static_cast<std::uint32_t>(row.integer(13));
  poll.settings.allow_vote_change = row.integer(14) != 0;
  poll.created_at = time_of(row.integer(15));
  poll.updated_at = time_of(row.integer(16));
  poll.revision = base | static_cast<std::uint64_t>(row.integer(17));
  poll.grace = Duration(row.integer(18));
  return poll;
}

/// With the store's next revision.
void write_row(StoreConnection& connection, Poll& poll) {
  const std::int64_t revision = next_revision(connection);
  poll.revision = version_base(connection) | static_cast<std::uint64_t>(revision);
  auto& row = connection.statement(
      "INSERT OR REPLACE INTO polls VALUES"
      " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)");
  row.bind_blob(1, poll.id.raw())
      .bind_blob(2, poll.owner.raw())
      .bind_text(3, poll.title)
      .bind_text(4, poll.description)
      .bind(5, microseconds_of(poll.start_time))
      .bind(6, microseconds_of(poll.end_time))
      .bind(7, poll.published ? 1 : 0);
  bind_time_or_null(row, 8, poll.close_requested_at);
  bind_time_or_null(row, 9, poll.cutoff);
  bind_time_or_null(row, 10, poll.final_at);
  row.bind(11, poll.settings.allow_anonymous ? 1 : 0)
      .bind(12, poll.settings.show_results_during_voting ? 1 : 0)
      .bind(13, poll.settings.allow_multiple_options ? 1 : 0)
      .bind(14, poll.settings.max_votes_per_user)
      .bind(15, poll.settings.allow_vote_change ? 1 : 0)
      .bind(16, microseconds_of(poll.created_at))
      .bind(17, microseconds_of(poll.updated_at))
      .bind(18, revision)
      .bind(19, poll.grace.count())
      .run();
}

void delete_options(StoreConnection& connection, PollId poll) {
  connection.statement("DELETE FROM poll_options WHERE poll_id = ?1")
      .bind_blob(1, poll.raw())
      .run();
}

void write_options(StoreConnection& connection, const Poll& poll) {
  delete_options(connection, poll.id);
  auto& row = connection.statement("INSERT INTO poll_options VALUES (?1, ?2, ?3, ?4)");
  for (std::size_t i = 0; i < poll.options.size(); ++i)
    row.bind_blob(1, poll.id.raw())
        .bind(2, static_cast<std::int64_t>(i) + 1)
        .bind_blob(3, poll.options[i].id.raw())
        .bind_text(4, poll.options[i].text)
        .run();
  reset_counts(connection, poll);
}

/// Whether the filter lets it through; its owner is the statement's business.
bool is_listed(const Poll& poll, const PollFilter& filter, Time now) {
  if (!poll.published && !filter.all_drafts && filter.viewer != poll.owner) return false;
  return !filter.status || poll.status_at(now) == *filter.status;
}

/// What it binds is `before` and the filter's own: both must outlive the statement's run.
sqlite::Statement& newest_first(StoreConnection& connection, const PollFilter& filter,
                                const PollId& before) {
  if (!filter.owner)
    return connection
        .statement("SELECT * FROM polls WHERE poll_id < ?1 ORDER BY poll_id DESC LIMIT ?2")
        .bind_blob(1, before.raw());
  return connection
      .statement(
          "SELECT * FROM polls WHERE creator_id = ?3 AND poll_id < ?1"
          " ORDER BY poll_id DESC LIMIT ?2")
      .bind_blob(1, before.raw())
      .bind_blob(3, filter.owner->raw());
}

void read_options(StoreConnection& connection, Poll& poll) {
  Use row(connection.statement(
      "SELECT option_id, option_text FROM poll_options WHERE poll_id = ?1 ORDER BY position"));
  row->bind_blob(1, poll.id.raw());
  while (row->step()) poll.options.push_back({id_of<OptionId>(*row, 0), std::string(row->text(1))});
}

}  // namespace

Error no_such_poll(PollId id) {
  return {Code::not_found, "there is no poll " + id.text()};
}

Error results_are_final(PollId id) {
  return {Code::poll_final,
          "the results of poll " + id.text() + " are final: nothing changes them"};
}

std::int64_t read_revision(StoreConnection& connection) {
  Use row(connection.statement("SELECT revision FROM store_meta"));
  return row->step() ? row->integer(0) : 0;
}

std::int64_t next_revision(StoreConnection& connection) {
  connection.statement("UPDATE store_meta SET revision = revision + 1").run();
  connection.forget_polls();
  return read_revision(connection);
}

std::optional<Poll> read_poll(StoreConnection& connection, PollId id) {
  Use row(connection.statement("SELECT * FROM polls WHERE poll_id = ?1"));
  row->bind_blob(1, id.raw());
  if (!row->step()) return std::nullopt;
  Poll poll = poll_of(*row, version_base(connection));
  read_options(connection, poll);
  return poll;
}

Result<Poll> find_poll(StoreConnection& connection, PollId id) {
  const Poll* poll = connection.poll(id);
  if (poll == nullptr) return no_such_poll(id);
  return *poll;
}

Result<Poll> add_poll(StoreConnection& connection, Poll poll, Time now) {
  // The same call again, after an answer that was lost.
  if (const Poll* standing = connection.poll(poll.id)) return *standing;
  if (poll.start_time == Time{}) poll.start_time = now;
  if (poll.end_time <= poll.start_time)
    return Error{Code::invalid_input, "end_time is not after start_time"};
  poll.created_at = now;
  poll.updated_at = now;
  write_row(connection, poll);
  write_options(connection, poll);
  return poll;
}

Result<PollPage> list_polls(StoreConnection& connection, const PollFilter& filter, Time now) {
  PollId before;
  before.uuid.bytes.fill(0xFF);
  if (!filter.cursor.empty()) {
    const auto cursor = PollId::parse(filter.cursor);
    if (!cursor) return Error{Code::invalid_input, "cursor is not one that a page of polls gave"};
    before = *cursor;
  }
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, SqliteStore::kPageSizeMax);
  Use row(newest_first(connection, filter, before));
  row->bind(2, static_cast<std::int64_t>(SqliteStore::kPollsLookedAtMax));
  const std::uint64_t base = version_base(connection);
  PollPage page;
  PollId last;
  std::size_t looked_at = 0;
  for (; row->step(); ++looked_at) {
    Poll poll = poll_of(*row, base);
    last = poll.id;
    if (!is_listed(poll, filter, now)) continue;
    if (page.polls.size() == limit) {
      page.next_cursor = page.polls.back().id.text();
      return page;
    }
    read_options(connection, poll);
    page.polls.push_back(std::move(poll));
  }
  if (looked_at == SqliteStore::kPollsLookedAtMax) page.next_cursor = last.text();
  return page;
}

Result<Poll> revise_poll(StoreConnection& connection, PollId id, const PollRevision& revise,
                         Time now) {
  const Poll* found = connection.poll(id);
  if (found == nullptr) return no_such_poll(id);
  const Poll current = *found;
  Result<Poll> revised = revise(current, now);
  if (!revised || *revised == current) return revised;
  if (current.final_at) return results_are_final(id);
  revised->id = id;
  revised->updated_at = now;
  write_row(connection, *revised);
  if (revised->options != current.options) write_options(connection, *revised);
  decide_cutoffs(connection, now);
  return find_poll(connection, id);
}

Result<Done> delete_poll(StoreConnection& connection, PollId id, const PollCheck& check, Time now) {
  const Poll* poll = connection.poll(id);
  if (poll == nullptr) return no_such_poll(id);
  if (auto error = check(*poll, now)) return *error;
  if (poll->final_at) return results_are_final(id);
  next_revision(connection);
  delete_options(connection, id);
  for (const char* sql :
       {"DELETE FROM option_counts WHERE poll_id = ?1",
        "DELETE FROM poll_totals WHERE poll_id = ?1",
        "DELETE FROM poll_closings WHERE poll_id = ?1",
        "DELETE FROM undecided_votes WHERE poll_id = ?1", "DELETE FROM polls WHERE poll_id = ?1"})
    connection.statement(sql).bind_blob(1, id.raw()).run();
  return Done{};
}

}  // namespace vote

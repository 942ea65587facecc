#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

using nlohmann::json;

/// Of a row of kPollRows, which has the columns of the script in their order, and the last.
NumberedPoll poll_of(const Rows& rows, std::size_t row) {
  NumberedPoll found;
  Poll& poll = found.poll;
  poll.id = rows.id<PollId>(row, 0);
  found.number = rows.integer(row, 1);
  poll.owner = rows.id<UserId>(row, 2);
  poll.title = rows.text(row, 3);
  poll.description = rows.text(row, 4);
  poll.start_time = rows.time(row, 5);
  poll.end_time = rows.time(row, 6);
  poll.published = rows.truth(row, 7);
  poll.close_requested_at = rows.time_or_nothing(row, 8);
  poll.cutoff = rows.time_or_nothing(row, 9);
  poll.final_at = rows.time_or_nothing(row, 10);
  poll.settings.allow_anonymous = rows.truth(row, 11);
  poll.settings.show_results_during_voting = rows.truth(row, 12);
  poll.settings.allow_multiple_options = rows.truth(row, 13);
  poll.settings.max_votes_per_user = static_cast<std::uint32_t>(rows.integer(row, 14));
  poll.settings.allow_vote_change = rows.truth(row, 15);
  poll.created_at = rows.time(row, 16);
  poll.updated_at = rows.time(row, 17);
  poll.revision = static_cast<std::uint64_t>(rows.integer(row, 21) + rows.integer(row, 18));
  poll.grace = Duration(rows.integer(row, 19));
  for (const json& option : json::parse(rows.text(row, 20)))
    poll.options.push_back({OptionId::parse(option[0].get<std::string>()).value_or(OptionId{}),
                            option[1].get<std::string>()});
  return found;
}

json time_or_null(const std::optional<Time>& time) {
  return time ? json(microseconds_of(*time)) : json();
}

void write_row(Session& session, const Poll& poll, std::int64_t revision) {
  const json row = {{"poll_id", poll.id.text()},
                    {"creator_id", poll.owner.text()},
                    {"title", poll.title},
                    {"description", poll.description},
                    {"start_time", microseconds_of(poll.start_time)},
                    {"end_time", microseconds_of(poll.end_time)},
                    {"published", poll.published},
                    {"close_requested_at", time_or_null(poll.close_requested_at)},
                    {"cutoff", time_or_null(poll.cutoff)},
                    {"final_at", time_or_null(poll.final_at)},
                    {"allow_anonymous", poll.settings.allow_anonymous},
                    {"show_results_during_voting", poll.settings.show_results_during_voting},
                    {"allow_multiple_options", poll.settings.allow_multiple_options},
                    {"max_votes_per_user", poll.settings.max_votes_per_user},
                    {"allow_vote_change", poll.settings.allow_vote_change},
                    {"created_at", microseconds_of(poll.created_at)},
                    {"updated_at", microseconds_of(poll.updated_at)},
                    {"revision", revision},
                    {"grace", poll.grace.count()}};
  session.run("SELECT put_poll($1)", Params().add(row.dump()));
}

/// Whether the filter lets it through; its owner is the statement's business.
bool is_listed(const Poll& poll, const PollFilter& filter, Time now) {
  if (!poll.published && !filter.all_drafts && filter.viewer != poll.owner) return false;
  return !filter.status || poll.status_at(now) == *filter.status;
}

Rows newest_first(Session& session, const PollFilter& filter, PollId before, std::size_t most) {
  return session.run(std::string(kPollRows) +
                         " WHERE poll_id < $1 AND ($3::uuid IS NULL OR creator_id = $3)"
                         " ORDER BY poll_id DESC LIMIT $2",
                     Params().add(before).add(static_cast<std::int64_t>(most)).add(filter.owner));
}

}  // namespace

Error no_such_poll(PollId id) {
  return {Code::not_found, "there is no poll " + id.text()};
}

Error results_are_final(PollId id) {
  return {Code::poll_final,
          "the results of poll " + id.text() + " are final: nothing changes them"};
}

void write_options(Session& session, const Poll& poll) {
  json options = json::array();
  for (const PollOption& option : poll.options) options.push_back({option.id.text(), option.text});
  session.run("SELECT put_options($1, $2)", Params().add(poll.id).add(options.dump()));
}

void write_poll(Session& session, Poll& poll) {
  const std::int64_t revision = next_revision(session);
  write_row(session, poll, revision);
  poll.revision = version_base(session) + static_cast<std::uint64_t>(revision);
}

std::vector<Poll> polls_of(const Rows& rows) {
  std::vector<Poll> polls;
  for (std::size_t row = 0; row < rows.size(); ++row) polls.push_back(poll_of(rows, row).poll);
  return polls;
}

std::uint64_t version_base(Session& session) {
  return static_cast<std::uint64_t>(session.run("SELECT version_base()").integer(0, 0));
}

std::int64_t read_revision(Session& session) {
  return session.run("SELECT revision FROM store_meta").integer(0, 0);
}

std::int64_t lock_revision(Session& session) {
  return session.run("SELECT revision FROM store_meta FOR UPDATE").integer(0, 0);
}

std::int64_t next_revision(Session& session) {
  session.forget_polls();
  return session.run("UPDATE store_meta SET revision = revision + 1 RETURNING revision")
      .integer(0, 0);
}

std::optional<NumberedPoll> read_poll(Session& session, PollId id) {
  const Rows rows = session.run(std::string(kPollRows) + " WHERE poll_id = $1", Params().add(id));
  if (rows.size() == 0) return std::nullopt;
  return poll_of(rows, 0);
}

Result<Poll> find_poll(Session& session, PollId id) {
  const NumberedPoll* found = session.poll(id);
  if (found == nullptr) return no_such_poll(id);
  return found->poll;
}

Result<Poll> add_poll(Session& session, Poll poll) {
  lock_revision(session);
  // The same call again, after an answer that was lost.
  if (const auto standing = read_poll(session, poll.id)) return standing->poll;
  const Time moment = now(session);
  if (poll.start_time == Time{}) poll.start_time = moment;
  if (poll.end_time <= poll.start_time)
    return Error{Code::invalid_input, "end_time is not after start_time"};
  poll.created_at = moment;
  poll.updated_at = moment;
  write_poll(session, poll);
  write_options(session, poll);
  return poll;
}

Result<PollPage> list_polls(Session& session, const PollFilter& filter) {
  PollId before;
  before.uuid.bytes.fill(0xFF);
  if (!filter.cursor.empty()) {
    const auto cursor = PollId::parse(filter.cursor);
    if (!cursor) return Error{Code::invalid_input, "cursor is not one that a page of polls gave"};
    before = *cursor;
  }
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, PostgresStore::kPageSizeMax);
  const Time moment = now(session);
  PollPage page;
  for (std::size_t looked_at = 0; looked_at < PostgresStore::kPollsLookedAtMax;) {
    const auto polls =
        polls_of(newest_first(session, filter, before, PostgresStore::kPollsReadAtOnce));
    for (const Poll& poll : polls) {
      if (!is_listed(poll, filter, moment)) continue;
      if (page.polls.size() == limit) {
        page.next_cursor = page.polls.back().id.text();
        return page;
      }
      page.polls.push_back(poll);
    }
    if (polls.size() < PostgresStore::kPollsReadAtOnce) return page;
    looked_at += polls.size();
    before = polls.back().id;
  }
  page.next_cursor = before.text();
  return page;
}

Result<Poll> revise_poll(Session& session, PollId id, const PollRevision& revise) {
  lock_revision(session);
  const auto found = read_poll(session, id);
  if (!found) return no_such_poll(id);
  const Poll& current = found->poll;
  const Time moment = now(session);
  Result<Poll> revised = revise(current, moment);
  if (!revised || *revised == current) return revised;
  if (current.final_at) return results_are_final(id);
  revised->id = id;
  revised->updated_at = moment;
  write_poll(session, *revised);
  if (revised->options != current.options) write_options(session, *revised);
  decide_cutoffs(session, moment);
  return find_poll(session, id);
}

Result<Done> delete_poll(Session& session, PollId id, const PollCheck& check) {
  lock_revision(session);
  const auto found = read_poll(session, id);
  if (!found) return no_such_poll(id);
  if (auto error = check(found->poll, now(session))) return *error;
  if (found->poll.final_at) return results_are_final(id);
  next_revision(session);
  for (const char* table : {"poll_options", "poll_closings", "undecided_votes", "polls"})
    session.run("DELETE FROM " + std::string(table) + " WHERE poll_id = $1", Params().add(id));
  for (const char* table : {"option_counts", "poll_totals"})
    session.run("DELETE FROM " + std::string(table) + " WHERE poll_no = $1",
                Params().add(found->number));
  return Done{};
}

}  // namespace vote::postgres

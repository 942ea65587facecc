// Counters: absolute numbers beside the ballots, moved in the ballots' own transactions.
#include "store/sqlite/connection.h"

namespace vote {
namespace {

// Above the bits of poll_totals.version: a store set back is given a greater incarnation.
constexpr int kIncarnationShift = 40;

std::uint64_t incarnation(StoreConnection& connection) {
  Use row(connection.statement("SELECT incarnation FROM store_meta"));
  return row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
}

}  // namespace

std::uint64_t version_base(StoreConnection& connection) {
  return incarnation(connection) << kIncarnationShift;
}

void CounterChanges::touch(const Poll& poll) {
  if (last_ != nullptr && last_->poll == &poll) return;
  Change& change = polls_[poll.id];
  if (change.poll == nullptr) {
    change.poll = &poll;
    change.options.resize(poll.options.size());
  }
  last_ = &change;
}

void CounterChanges::add(const Poll& poll, std::string_view choices, std::int64_t sign) {
  touch(poll);
  last_->changed = true;
  const std::vector<std::size_t> indices = indices_of(choices);
  for (const std::size_t index : indices) last_->options.at(index) += sign;
  if (!indices.empty()) last_->ballots += sign;
}

std::vector<PollCounts> CounterChanges::write(StoreConnection& connection) {
  std::vector<PollCounts> counts;
  counts.reserve(polls_.size());
  for (const auto& [id, change] : polls_) {
    if (change.changed) write(connection, change);
    counts.push_back(read_counts(connection, *change.poll));
  }
  return counts;
}

void CounterChanges::write(StoreConnection& connection, const Change& change) {
  const std::string_view poll = change.poll->id.raw();
  auto& option = connection.statement(
      "UPDATE option_counts SET vote_count = vote_count + ?3 WHERE poll_id = ?1 AND position = ?2");
  for (std::size_t i = 0; i < change.options.size(); ++i) {
    if (change.options[i] == 0) continue;
    option.bind_blob(1, poll)
        .bind(2, static_cast<std::int64_t>(i) + 1)
        .bind(3, change.options[i])
        .run();
  }
  connection
      .statement(
          "UPDATE poll_totals SET total_votes = total_votes + ?2, version = version + 1"
          " WHERE poll_id = ?1")
      .bind_blob(1, poll)
      .bind(2, change.ballots)
      .run();
}

PollCounts read_counts(StoreConnection& connection, const Poll& poll) {
  PollCounts counts{poll.id, 0, 0, {}};
  Use total(
      connection.statement("SELECT total_votes, version FROM poll_totals WHERE poll_id = ?1"));
  total->bind_blob(1, poll.id.raw());
  if (total->step()) {
    counts.total_votes = static_cast<std::uint64_t>(total->integer(0));
    counts.version = version_base(connection) | static_cast<std::uint64_t>(total->integer(1));
  }
  for (const PollOption& option : poll.options) counts.options.push_back({option.id, 0});
  Use row(
      connection.statement("SELECT position, vote_count FROM option_counts WHERE poll_id = ?1"));
  row->bind_blob(1, poll.id.raw());
  while (row->step()) {
    const auto index = static_cast<std::size_t>(row->integer(0)) - 1;
    if (index < counts.options.size())
      counts.options[index].votes = static_cast<std::uint64_t>(row->integer(1));
  }
  return counts;
}

std::int64_t transactions_of(StoreConnection& connection, std::uint64_t version) {
  if (version >> kIncarnationShift != incarnation(connection)) return 0;
  return static_cast<std::int64_t>(version & ((1ULL << kIncarnationShift) - 1));
}

Result<PollCounts> find_counts(StoreConnection& connection, PollId poll) {
  const Poll* found = connection.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  return read_counts(connection, *found);
}

void reset_counts(StoreConnection& connection, const Poll& poll) {
  connection.statement("DELETE FROM option_counts WHERE poll_id = ?1")
      .bind_blob(1, poll.id.raw())
      .run();
  auto& option = connection.statement("INSERT INTO option_counts VALUES (?1, ?2, 0)");
  for (std::size_t i = 0; i < poll.options.size(); ++i)
    option.bind_blob(1, poll.id.raw()).bind(2, static_cast<std::int64_t>(i) + 1).run();
  connection.statement("INSERT INTO poll_totals VALUES (?1, 0, 0, 0) ON CONFLICT DO NOTHING")
      .bind_blob(1, poll.id.raw())
      .run();
}

}  // namespace vote

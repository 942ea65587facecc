#include "store/sqlite/recount.h"

#include <algorithm>
#include <functional>

namespace vote {
namespace {

/// Of this voter having this ballot. Compared within one process only.
std::uint64_t mixed(std::string_view voter, std::string_view choices) {
  std::uint64_t hash = std::hash<std::string_view>{}(voter)*0x9E3779B97F4A7C15U;
  hash = (hash ^ (hash >> 29U) ^ std::hash<std::string_view>{}(choices)) * 0xBF58476D1CE4E5B9U;
  return hash ^ (hash >> 32U);
}

std::int64_t last_log_id(StoreConnection& connection) {
  Use row(connection.statement("SELECT max(log_id) FROM vote_audit_log"));
  return row->step() && !row->is_null(0) ? row->integer(0) : 0;
}

std::uint64_t count_stray_counters(StoreConnection& connection, const Poll& poll) {
  Use row(
      connection.statement("SELECT count(*) FROM option_counts WHERE poll_id = ?1"
                           " AND (position < 1 OR position > ?2)"));
  row->bind_blob(1, poll.id.raw()).bind(2, static_cast<std::int64_t>(poll.options.size()));
  return row->step() ? static_cast<std::uint64_t>(row->integer(0)) : 0;
}

}  // namespace

Result<bool> RecountWalk::step(StoreConnection& connection, std::size_t rows) {
  switch (stage_) {
    case Stage::begin:
      return begin(connection);
    case Stage::ballots:
    case Stage::voters_ballots:
      read_ballots(connection, rows);
      break;
    case Stage::audit:
    case Stage::voters_audit:
      read_audit(connection, rows);
      break;
    case Stage::done:
      break;
  }
  return stage_ == Stage::done;
}

Result<bool> RecountWalk::begin(StoreConnection& connection) {
  const Poll* poll = connection.poll(poll_);
  if (poll == nullptr) return no_such_poll(poll_);
  recount_.poll = *poll;
  recount_.counters = read_counts(connection, *poll);
  recount_.repairs = read_repairs(connection, poll_);
  recount_.stray_counters = count_stray_counters(connection, *poll);
  last_log_id_ = last_log_id(connection);
  since_log_id_ = last_log_id_;
  stage_ = Stage::ballots;
  return false;
}

void RecountWalk::count(Side& side, std::string_view voter, std::string_view choices,
                        std::int64_t times) {
  const std::uint64_t mark = mixed(voter, choices) * static_cast<std::uint64_t>(times);
  const std::size_t at = std::hash<std::string_view>{}(voter) % kSums;
  if (names_voters()) {
    if (ballots_.sums[at] == audited_.sums[at]) return;
    voters_[std::string(voter)] += &side == &ballots_ ? mark : 0 - mark;
    return;
  }
  side.sums[at] += mark;
  const auto found = side.by_choice.find(choices);
  if (found != side.by_choice.end())
    found->second += times;
  else
    side.by_choice.emplace(choices, times);
}

void RecountWalk::read_since(StoreConnection& connection) {
  Use row(connection.statement(
      "SELECT log_id, user_id, old_choices, new_choices FROM vote_audit_log"
      " WHERE poll_id = ?1 AND log_id > ?2 AND action <> 'superseded' ORDER BY log_id"));
  row->bind_blob(1, poll_.raw()).bind(2, since_log_id_);
  while (row->step()) {
    since_log_id_ = row->integer(0);
    if (row->blob(1) > last_voter_)
      since_.emplace(row->blob(1), Since{std::string(row->text(2)), std::string(row->text(3))});
  }
}

void RecountWalk::take_off_since() {
  const auto end = all_ballots_ ? since_.end() : since_.upper_bound(last_voter_);
  for (auto entry = since_.begin(); entry != end; ++entry) {
    count(ballots_, entry->first, entry->second.new_choices, -1);
    if (!entry->second.old_choices.empty())
      count(ballots_, entry->first, entry->second.old_choices, +1);
  }
  since_.erase(since_.begin(), end);
}

void RecountWalk::read_ballots(StoreConnection& connection, std::size_t rows) {
  read_since(connection);
  {
    Use row(
        connection.statement("SELECT user_id, choices FROM votes WHERE poll_id = ?1"
                             " AND user_id > ?2 ORDER BY user_id LIMIT ?3"));
    row->bind_blob(1, poll_.raw())
        .bind_blob(2, last_voter_)
        .bind(3, static_cast<std::int64_t>(rows));
    std::size_t seen = 0;
    std::string voter;
    for (; row->step(); ++seen) {
      voter = row->blob(0);
      count(ballots_, voter, row->text(1), +1);
    }
    all_ballots_ = seen < rows;
    row->reset();  // before what it binds changes
    if (seen > 0) last_voter_ = std::move(voter);
  }
  take_off_since();
  if (all_ballots_) end_of_ballots();
}

void RecountWalk::end_of_ballots() {
  stage_ = names_voters() ? Stage::voters_audit : Stage::audit;
  log_id_ = 0;
}

void RecountWalk::read_audit(StoreConnection& connection, std::size_t rows) {
  Use row(connection.statement(
      "SELECT log_id, user_id, action, old_choices, new_choices FROM vote_audit_log"
      " WHERE poll_id = ?1 AND log_id > ?2 AND log_id <= ?3 ORDER BY log_id LIMIT ?4"));
  row->bind_blob(1, poll_.raw())
      .bind(2, log_id_)
      .bind(3, last_log_id_)
      .bind(4, static_cast<std::int64_t>(rows));
  std::size_t seen = 0;
  for (; row->step(); ++seen) {
    log_id_ = row->integer(0);
    if (row->text(2) == "superseded") continue;
    if (!row->is_null(4)) count(audited_, row->blob(1), row->text(4), +1);
    if (!row->is_null(3)) count(audited_, row->blob(1), row->text(3), -1);
  }
  if (seen < rows) end_of_audit();
}

/// Where the sums differ, a second walk finds the voters of whom they do.
void RecountWalk::end_of_audit() {
  if (!names_voters()) {
    add_up();
    stage_ = ballots_.sums == audited_.sums ? Stage::done : Stage::voters_ballots;
    last_voter_.clear();
    since_.clear();
    since_log_id_ = last_log_id_;
    return;
  }
  for (const auto& [voter, left_over] : voters_)
    if (left_over != 0) recount_.disagreeing.push_back(UserId::of_bytes(voter).value_or(UserId{}));
  std::sort(recount_.disagreeing.begin(), recount_.disagreeing.end());
  if (recount_.disagreeing.size() > kDisagreeingShownMax)
    recount_.disagreeing.resize(kDisagreeingShownMax);
  stage_ = Stage::done;
}

void RecountWalk::add_up() {
  std::uint64_t named_by_audit_only = 0;
  recount_.ballots = sums_of(ballots_, recount_.stray_choices);
  recount_.audited = sums_of(audited_, named_by_audit_only);
}

VoteSums RecountWalk::sums_of(const Side& side, std::uint64_t& strays) const {
  VoteSums sums;
  sums.options.resize(recount_.poll.options.size());
  for (const auto& [choices, times] : side.by_choice) {
    const std::vector<std::size_t> indices = indices_of(choices);
    if (!indices.empty())
      sums.ballots += times;
    else if (choices != "[]")
      strays += static_cast<std::uint64_t>(times);
    for (const std::size_t index : indices) {
      if (index < sums.options.size())
        sums.options[index] += times;
      else
        strays += static_cast<std::uint64_t>(times);
    }
  }
  return sums;
}

Result<std::vector<DanglingVotes>> list_dangling(StoreConnection& connection) {
  Use row(connection.statement("SELECT poll_id, ballots FROM dangling_votes LIMIT ?1"));
  row->bind(1, static_cast<std::int64_t>(kDanglingShownMax));
  std::vector<DanglingVotes> polls;
  while (row->step())
    polls.push_back({id_of<PollId>(*row, 0), static_cast<std::uint64_t>(row->integer(1))});
  return polls;
}

}  // namespace vote

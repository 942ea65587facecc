#include "fault/simulation/environment.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vote::simulated {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::size_t kImagesMax = 5;
constexpr std::uint64_t kCommitsPerImage = 12;
constexpr std::uint64_t kCommitsPerLook = 5;

constexpr std::uint64_t kOneWorldThatKeepsMarksIn = 5;
constexpr std::array kRisksToMarks = {
    Kind::cache_message_lost, Kind::cache_answer_lost,    Kind::cache_emptied,
    Kind::cache_lost_some,    Kind::cache_down_and_empty, Kind::cache_cut_off,
    Kind::api_killed,         Kind::api_killed_at_a_call, Kind::api_slept,
    Kind::api_restarted,      Kind::api_clock_jumped,     Kind::lease_ran_out,
    Kind::store_set_back,
};

template <class SomeId>
SomeId id_at(const sqlite::Statement& row, int column) {
  return SomeId::of_bytes(row.blob(column)).value_or(SomeId{});
}

}  // namespace

std::string seconds_text(Time time) {
  return std::to_string(std::chrono::duration<double>(time - kBeginning).count());
}

std::string label(const Uuid& id) {
  return std::to_string(id.bytes[14] * 256 + id.bytes[15]);
}

Environment::Environment(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces)
    : chance(seed),
      scheduler(chance, stacks),
      queue("votes", 1 + chance.below(3), true_clock),
      counts_(counts),
      traces_(traces) {
  // Not everything goes wrong in every world: what is rare shows where the rest keeps still.
  for (bool& is_on : menu_) is_on = chance.percent(60);
  if (seed % kOneWorldThatKeepsMarksIn == 0)
    for (const Kind kind : kRisksToMarks) menu_[static_cast<std::size_t>(kind)] = false;
  store_clock.ahead = chance.between(-kServerClockOff, kServerClockOff);
  for (std::int32_t partition = 0; partition < 3; ++partition) {
    const Duration ahead = chance.between(-kServerClockOff, kServerClockOff);
    if (queue.has(partition)) queue.set_clock(partition, ahead);
  }
}

bool Environment::happens(Kind kind, std::uint64_t per_mille) {
  if (calm || !is_on_the_menu(kind) || chance.below(1'000) >= per_mille) return false;
  count(kind);
  return true;
}

Duration Environment::latency() {
  const std::uint64_t die = chance.below(100);
  if (die < 70 || calm) return chance.between(microseconds(50), milliseconds(2));
  if (die < 95) return chance.between(milliseconds(2), milliseconds(20));
  return chance.between(milliseconds(20), milliseconds(300));
}

void Environment::say(std::string_view who, const std::string& what) const {
  if (!traces_) return;
  std::printf("%10.6f  %-12.*s %s\n", std::chrono::duration<double>(scheduler.now()).count(),
              static_cast<int>(who.size()), who.data(), what.c_str());
}

void Environment::ended_a_transaction() {
  if (database.commits() % kCommitsPerLook == 0 && wrong.empty()) look_at_counters();
  keep_an_image();
}

/// At every moment, not only once reconcile has repaired what was apart.
void Environment::look_at_counters() {
  sqlite::Statement row(database.database(),
                        "SELECT count(*) FROM poll_totals WHERE total_votes <> (SELECT count(*)"
                        " FROM votes WHERE poll_id = poll_totals.poll_id AND choices <> '[]')");
  if (wrong.empty() && row.step() && row.integer(0) > 0)
    wrong.push_back("the counters are not the ballots");
}

void Environment::keep_an_image() {
  if (calm || !is_on_the_menu(Kind::store_set_back)) return;
  if (database.commits() % kCommitsPerImage != 0) return;
  kept_.push_back({database.image(), database.commits(), finals()});
  if (kept_.size() > kImagesMax) kept_.pop_front();
}

Environment::Rows Environment::ballots() {
  Rows rows;
  sqlite::Statement row(database.database(),
                        "SELECT poll_id, user_id, hex(request_id) || choices || revision"
                        " FROM votes");
  while (row.step()) rows[{id_at<PollId>(row, 0), id_at<UserId>(row, 1)}] = row.text(2);
  return rows;
}

std::map<PollId, std::string> Environment::ends() {
  std::map<PollId, std::string> rows;
  sqlite::Statement row(database.database(),
                        "SELECT poll_id, coalesce(close_requested_at, '') || ' ' ||"
                        " coalesce(cutoff, '') FROM polls");
  while (row.step()) rows[id_at<PollId>(row, 0)] = row.text(1);
  return rows;
}

std::int64_t Environment::finals() {
  sqlite::Statement row(database.database(),
                        "SELECT count(*) FROM polls WHERE final_at IS NOT NULL");
  return row.step() ? row.integer(0) : 0;
}

bool Environment::set_store_back() {
  // What is final is promised to survive.
  std::erase_if(kept_,
                [final_now = finals()](const Kept& each) { return each.finals != final_now; });
  if (kept_.empty()) return false;
  const std::size_t chosen = chance.below(kept_.size());
  const Rows rows_before = ballots();
  const auto ends_before = ends();
  const std::uint64_t commits = database.commits();
  database.set_back_to(kept_[chosen].image);
  say("store", "set back by " + std::to_string(commits - kept_[chosen].commits) + " commits");
  const Rows rows_after = ballots();
  for (const auto& [voter, row] : rows_before) {
    const auto found = rows_after.find(voter);
    if (found == rows_after.end() || found->second != row) voters_lost_[voter] = scheduler.now();
  }
  for (const auto& [poll, end] : ends())
    if (ends_before.at(poll) != end) polls_lost_[poll] = scheduler.now();
  kept_.resize(chosen + 1);
  lose_what_is_under_way();
  return true;
}

void Environment::lose_what_is_under_way() {
  ++store_server.epoch;
  store_is_locked_until = scheduler.now();
  // It may be another machine's clock from now on.
  store_clock.ahead = chance.between(-kServerClockOff, kServerClockOff);
}

std::optional<Duration> Environment::lost_at(const VoterInPoll& voter) const {
  std::optional<Duration> last;
  if (const auto found = voters_lost_.find(voter); found != voters_lost_.end())
    last = found->second;
  if (const auto found = polls_lost_.find(voter.first); found != polls_lost_.end())
    last = std::max(last.value_or(found->second), found->second);
  return last;
}

}  // namespace vote::simulated

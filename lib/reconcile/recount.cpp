// Recounts, and repairs of what they find.
#include <algorithm>
#include <iterator>

#include "log/log.h"
#include "reconcile/answer.h"
#include "reconcile/reconcile.h"

namespace vote {
namespace {

constexpr int kRepairsMax = 4;  // of one poll in a row

void say(log::Level level, std::string_view event, const Poll& poll, const Difference& difference) {
  const auto index = difference.option ? poll.index_of(*difference.option) : std::nullopt;
  log::write(level, event,
             {{"poll_id", poll.id.text()},
              {"place", name(difference.place)},
              {"option", index ? poll.options[*index].text : ""},
              {"option_id", difference.option ? difference.option->text() : ""},
              {"was", difference.was},
              {"is", difference.is}});
}

std::string text(const Difference& difference) {
  return std::string(name(difference.place)) +
         (difference.option ? difference.option->text() : std::string()) +
         std::to_string(difference.was) + '/' + std::to_string(difference.is);
}

bool is_repairable_one(const Difference& difference) {
  return is_repairable(difference.place);
}

}  // namespace

/// The counts, once counters, audit log and cache agree with the ballots.
std::optional<PollCounts> Reconcile::recount(const Poll& poll) {
  for (int repairs = 0; repairs < kRepairsMax;) {
    const auto found =
        answer_of<Recount>([&](auto done) { store_.recount(poll.id, std::move(done)); });
    std::vector<Difference> differences = differences_of(found);
    const bool counters_stand = std::ranges::none_of(differences, is_repairable_one);
    const auto cached = wait_for<std::optional<PollCounts>>(
        [&](auto done) { cache_.counts(poll.id, std::move(done)); });
    // By counters that are wrong themselves nothing is told of a cache: after their repair.
    if (cached && counters_stand) {
      const auto stored =
          answer_of<PollCounts>([&](auto done) { store_.counts(poll.id, std::move(done)); });
      std::ranges::copy(differences_of(*cached, stored), std::back_inserter(differences));
      if (cached->version < stored.version && !settings_.dry_run) cache_.put(stored);
    }
    if (differences.empty() && found.disagreeing.empty()) return counted(found);
    const bool may_repair = !settings_.dry_run && !found.poll.final_at;
    if (!may_repair || std::ranges::none_of(differences, is_repairable_one)) {
      leave(found, differences);
      return std::nullopt;
    }
    if (repair(found, differences, cached ? cached->version : 0)) ++repairs;
  }
  log::error("counts_keep_differing", {{"poll_id", poll.id.text()}});
  ++summary_.unrepaired;
  return std::nullopt;
}

/// False: another reconcile has done it, and may be further on, or the poll has changed meanwhile.
bool Reconcile::repair(const Recount& found, const std::vector<Difference>& differences,
                       std::uint64_t version_above) {
  const auto repaired = wait_for<Result<std::optional<PollCounts>>>(
      [&](auto done) { store_.repair(found, version_above, std::move(done)); });
  if (!repaired && repaired.error().code != Code::poll_final) throw NoAnswer{repaired.error()};
  if (!repaired || !*repaired) return false;
  cache_.put(**repaired);
  for (const Difference& difference : differences) {
    if (!is_repairable(difference.place)) continue;
    say(log::Level::warn, "difference_repaired", found.poll, difference);
    ++summary_.repaired;
  }
  return true;
}

void Reconcile::leave(const Recount& found, const std::vector<Difference>& differences) {
  const std::string poll = found.poll.id.text();
  for (const Difference& difference : differences)
    if (is_news(poll + text(difference)))
      say(log::Level::error, "difference", found.poll, difference);
  for (const UserId& voter : found.disagreeing)
    if (is_news(poll + voter.text()))
      log::error("ballot_and_audit_differ", {{"poll_id", poll}, {"user_id", voter.text()}});
  summary_.unrepaired += differences.size() + found.disagreeing.size();
}

}  // namespace vote

#include "reconcile/differences.h"

namespace vote {
namespace {

using Place = Difference::Place;

std::int64_t signed_of(std::uint64_t votes) {
  return static_cast<std::int64_t>(votes);
}

class Differences {
 public:
  void compare(Place place, std::optional<OptionId> option, std::int64_t was, std::int64_t is) {
    if (was != is) found.push_back({place, option, was, is});
  }
  std::vector<Difference> found;
};

}  // namespace

std::string_view name(Place place) {
  switch (place) {
    case Place::counter:
      return "counter";
    case Place::total:
      return "total";
    case Place::stray_counter:
      return "stray_counter";
    case Place::cache:
      return "cache";
    case Place::cache_total:
      return "cache_total";
    case Place::cache_version:
      return "cache_version";
    case Place::audit:
      return "audit";
    case Place::audit_total:
      return "audit_total";
    case Place::stray_choice:
      return "stray_choice";
  }
  return "unknown";
}

bool is_repairable(Place place) {
  return place != Place::audit && place != Place::audit_total && place != Place::stray_choice;
}

PollCounts counted(const Recount& recount) {
  PollCounts counts = recount.counters;
  counts.total_votes = static_cast<std::uint64_t>(recount.ballots.ballots);
  for (std::size_t i = 0; i < counts.options.size(); ++i)
    counts.options[i].votes = static_cast<std::uint64_t>(recount.ballots.options[i]);
  return counts;
}

std::vector<Difference> differences_of(const Recount& recount) {
  Differences all;
  const VoteSums& ballots = recount.ballots;
  for (std::size_t i = 0; i < ballots.options.size(); ++i) {
    const OptionCount& counter = recount.counters.options[i];
    all.compare(Place::counter, counter.option, signed_of(counter.votes), ballots.options[i]);
    all.compare(Place::audit, counter.option, recount.audited.options[i], ballots.options[i]);
  }
  all.compare(Place::total, std::nullopt, signed_of(recount.counters.total_votes), ballots.ballots);
  all.compare(Place::audit_total, std::nullopt, recount.audited.ballots, ballots.ballots);
  all.compare(Place::stray_counter, std::nullopt, signed_of(recount.stray_counters), 0);
  all.compare(Place::stray_choice, std::nullopt, signed_of(recount.stray_choices), 0);
  return std::move(all.found);
}

std::vector<Difference> differences_of(const PollCounts& cached, const PollCounts& stored) {
  Differences all;
  if (cached.version > stored.version)
    all.compare(Place::cache_version, std::nullopt, signed_of(cached.version),
                signed_of(stored.version));
  if (cached.version != stored.version) return std::move(all.found);
  all.compare(Place::cache_total, std::nullopt, signed_of(cached.total_votes),
              signed_of(stored.total_votes));
  for (std::size_t i = 0; i < stored.options.size(); ++i)
    all.compare(Place::cache, stored.options[i].option,
                i < cached.options.size() ? signed_of(cached.options[i].votes) : 0,
                signed_of(stored.options[i].votes));
  return std::move(all.found);
}

}  // namespace vote

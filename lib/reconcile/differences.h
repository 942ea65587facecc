#pragma once
// Where a recount and what is shown come apart. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/closing.h"

namespace vote {

struct Difference {
  enum class Place {
    counter,        // of an option: against its ballots
    total,          // the poll's: against its ballots
    stray_counter,  // of an option that the poll has not
    cache,          // of an option: against the store's counter
    cache_total,
    cache_version,  // newer than the store has ever been
    audit,          // of an option: what the audit log adds up to, against its ballots
    audit_total,
    stray_choice  // a ballot names an option that the poll has not
  };
  Place place = Place::counter;
  std::optional<OptionId> option;  // where it is one option's
  std::int64_t was = 0;
  std::int64_t is = 0;  // as it should be: by the ballots (cache: by the store)
};
std::string_view name(Difference::Place place);
/// Ballots are what counts, so counters and cache can be set right; ballots and audit log cannot.
bool is_repairable(Difference::Place place);

/// What the ballots add up to, as the counters should be.
PollCounts counted(const Recount& recount);

std::vector<Difference> differences_of(const Recount& recount);
/// Of what the cache shows, against what the store showed a moment later.
std::vector<Difference> differences_of(const PollCounts& cached, const PollCounts& stored);

}  // namespace vote

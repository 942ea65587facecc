#include "load/judge/reads.h"

#include <algorithm>

namespace vote::load {
namespace {

// Above them a version has the store's incarnation: a store set back has a greater one.
constexpr unsigned kIncarnationShift = 40;

std::string numbered(const char* what, std::uint64_t number) {
  return what + std::to_string(number);
}

}  // namespace

void Reads::take(std::size_t poll, std::size_t journal, const Read& read, const std::string& place,
                 Findings& findings) {
  ++count_;
  if (read.status != 200) return;
  const Shown& shown = read.shown;
  OfPoll& own = poll_of(poll);
  if (shown.is_final) {
    if (!own.first_final) own.first_final = Final{shown, place};
    const Shown& first = own.first_final->shown;
    if (first.total != shown.total || first.votes != shown.votes)
      findings.add(5, place + ": a final result has changed since " + own.first_final->place);
  }
  const std::uint64_t key = (static_cast<std::uint64_t>(journal) << 48U) ^ read.connection;
  const auto [at, first_one] = last_[key].try_emplace(poll);
  Last& last = at->second;
  if (!first_one) {
    if (shown.version < last.version)
      findings.add(5, place + numbered(": shows version ", shown.version) + " after " +
                          std::to_string(last.version) + " (" + last.place + ")");
    if (shown.version >> kIncarnationShift > last.version >> kIncarnationShift)
      last.greatest_total = 0;
    if (shown.total + own.revocations < last.greatest_total)
      findings.add(5, place + numbered(": shows a total of ", shown.total) + " after " +
                          std::to_string(last.greatest_total) + ", and " +
                          std::to_string(own.revocations) + " votes were revoked");
    if (last.is_final && !shown.is_final)
      findings.add(5, place + ": is not final any more, as it was (" + last.place + ")");
  }
  last = {shown.version, shown.total, std::max(last.greatest_total, shown.total), shown.is_final,
          place};
}

}  // namespace vote::load

// Counters that have come apart from the ballots are moved by the difference, not set: what is
// counted at the same time moves both alike, so nothing newer is overwritten.
#include "store/postgres/session.h"

namespace vote::postgres {

Result<std::optional<PollCounts>> repair_counts(Session& session, const Recount& recount,
                                                std::uint64_t version_above) {
  const auto found = read_poll(session, recount.poll.id);
  if (!found) return no_such_poll(recount.poll.id);
  Array numbers, differences;
  numbers.add(found->number);
  for (std::size_t i = 0; i < recount.ballots.options.size(); ++i)
    differences.add(recount.ballots.options[i] -
                    static_cast<std::int64_t>(recount.counters.options[i].votes));
  session.run("SELECT lock_polls($1), lock_totals($1)", Params().add(numbers.text()));
  const auto standing = read_poll(session, recount.poll.id);
  if (!standing) return no_such_poll(recount.poll.id);
  if (standing->poll.final_at) return results_are_final(recount.poll.id);
  // What a lost state had been repaired of, or was to be, says nothing of this one.
  const bool was_lost = recount.poll.revision < version_base(session);
  if (was_lost || standing->poll.options != recount.poll.options)
    return std::optional<PollCounts>();
  const Rows repaired = session.run(
      "SELECT repair_counts($1, $2, $3, $4, $5)",
      Params()
          .add(found->number)
          .add(differences.text())
          .add(recount.ballots.ballots - static_cast<std::int64_t>(recount.counters.total_votes))
          .add(static_cast<std::int64_t>(recount.repairs))
          .add(static_cast<std::int64_t>(version_above)));
  if (!repaired.truth(0, 0)) return std::optional<PollCounts>();
  return std::optional<PollCounts>(read_counts(session, *standing));
}

}  // namespace vote::postgres

// Counters: absolute numbers beside the ballots, moved in the ballots' own transactions.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// Of a row of counts_of.
PollCounts counts_at(const Rows& rows, std::size_t row, const Poll& poll) {
  PollCounts counts{poll.id,
                    static_cast<std::uint64_t>(rows.integer(row, 1)),
                    static_cast<std::uint64_t>(rows.integer(row, 2)),
                    {}};
  for (const PollOption& option : poll.options) counts.options.push_back({option.id, 0});
  for (const auto& counter : nlohmann::json::parse(rows.text(row, 3))) {
    const auto index = counter[0].get<std::size_t>() - 1;
    if (index < counts.options.size())
      counts.options[index].votes = counter[1].get<std::uint64_t>();
  }
  return counts;
}

}  // namespace

std::vector<PollCounts> read_counts(Session& session,
                                    const std::vector<const NumberedPoll*>& polls) {
  if (polls.empty()) return {};
  Array numbers;
  for (const NumberedPoll* poll : polls) numbers.add(poll->number);
  const Rows rows = session.run("SELECT * FROM counts_of($1::int[])", Params().add(numbers.text()));
  std::vector<PollCounts> counts;
  counts.reserve(polls.size());
  for (const NumberedPoll* poll : polls)
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (rows.integer(row, 0) == poll->number) counts.push_back(counts_at(rows, row, poll->poll));
  return counts;
}

PollCounts read_counts(Session& session, const NumberedPoll& poll) {
  return read_counts(session, std::vector<const NumberedPoll*>{&poll}).front();
}

Result<PollCounts> find_counts(Session& session, PollId poll) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  return read_counts(session, *found);
}

}  // namespace vote::postgres

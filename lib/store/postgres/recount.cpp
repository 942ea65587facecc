// A recount is one snapshot: PostgreSQL keeps what it reads apart from what is voted meanwhile, and
// nobody waits for it. Ballots and audit log are added up by choice and by a part of the voters'
// hashes: where count and sum of hashes agree, the same voters made that choice.
#include <algorithm>
#include <map>

#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

/// What recount_sums says of one side: votes by choice.
struct Side {
  std::map<std::string, std::int64_t, std::less<>> by_choice;
};

VoteSums sums_of(const Side& side, const Poll& poll, std::uint64_t& strays) {
  VoteSums sums;
  sums.options.resize(poll.options.size());
  for (const auto& [choices, times] : side.by_choice) {
    const auto indices = indices_of(choices);
    if (!indices.empty())
      sums.ballots += times;
    else if (!choices.empty())
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

void count_all(Session& session, const NumberedPoll& poll, Recount& recount) {
  const Rows rows =
      session.run("SELECT encode(choices, 'hex'), voted, audited, differs FROM recount_sums($1)",
                  Params().add(poll.number));
  Side ballots, audit;
  bool differs = false;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    ballots.by_choice[std::string(rows.text(row, 0))] = rows.integer(row, 1);
    audit.by_choice[std::string(rows.text(row, 0))] = rows.integer(row, 2);
    differs = differs || rows.truth(row, 3);
  }
  std::uint64_t named_by_audit_only = 0;
  recount.ballots = sums_of(ballots, poll.poll, recount.stray_choices);
  recount.audited = sums_of(audit, poll.poll, named_by_audit_only);
  if (!differs) return;
  const Rows voters =
      session.run("SELECT * FROM disagreeing_voters($1, $2)",
                  Params().add(poll.number).add(static_cast<std::int64_t>(kDisagreeingShownMax)));
  for (std::size_t row = 0; row < voters.size(); ++row)
    recount.disagreeing.push_back(voters.id<UserId>(row, 0));
}

}  // namespace

Result<Recount> recount(Session& session, PollId poll) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  Recount recount;
  recount.poll = found->poll;
  recount.counters = read_counts(session, *found);
  const Rows kept = session.run(
      "SELECT * FROM repairs_and_strays($1, $2)",
      Params().add(found->number).add(static_cast<std::int64_t>(found->poll.options.size())));
  recount.repairs = static_cast<std::uint64_t>(kept.integer(0, 0));
  recount.stray_counters = static_cast<std::uint64_t>(kept.integer(0, 1));
  count_all(session, *found, recount);
  return recount;
}

Result<std::vector<DanglingVotes>> list_dangling(Session& session) {
  const Rows rows = session.run("SELECT poll_id, ballots FROM dangling_votes LIMIT $1",
                                Params().add(static_cast<std::int64_t>(kDanglingShownMax)));
  std::vector<DanglingVotes> polls;
  for (std::size_t row = 0; row < rows.size(); ++row)
    polls.push_back({rows.id<PollId>(row, 0), static_cast<std::uint64_t>(rows.integer(row, 1))});
  return polls;
}

}  // namespace vote::postgres

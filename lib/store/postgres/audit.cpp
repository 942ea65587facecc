#include <algorithm>

#include "store/postgres/postgres_store.h"
#include "store/postgres/session.h"

namespace vote::postgres {
namespace {

std::string action_of(std::string_view letter) {
  if (letter == "c") return "cast";
  if (letter == "m") return "changed";
  return letter == "r" ? "revoked" : "superseded";
}

}  // namespace

Result<std::vector<AuditEntry>> read_audit(Session& session, PollId poll, std::int64_t after,
                                           std::size_t limit) {
  const NumberedPoll* found = session.poll(poll);
  if (found == nullptr) return no_such_poll(poll);
  const Rows rows = session.run(
      "SELECT * FROM audit_rows WHERE poll_no = $1 AND entry_no > $2"
      " ORDER BY entry_no LIMIT $3",
      Params()
          .add(found->number)
          .add(after)
          .add(static_cast<std::int64_t>(std::min(limit, PostgresStore::kEntriesMax))));
  std::vector<AuditEntry> entries;
  entries.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    AuditEntry& entry = entries.emplace_back();
    entry.log_id = rows.integer(row, 1);
    entry.poll = poll;
    entry.user = rows.id<UserId>(row, 2);
    entry.action = action_of(rows.text(row, 3));
    entry.old_options = options_of(found->poll, rows.text(row, 4));
    entry.new_options = options_of(found->poll, rows.text(row, 5));
    entry.request = rows.id<RequestId>(row, 6);
    entry.at = rows.time(row, 7);
    entry.ip = rows.text(row, 8);
    entry.user_agent = rows.text(row, 9);
  }
  return entries;
}

}  // namespace vote::postgres

#include "store/postgres/session.h"

namespace vote::postgres {

Session::Session(Transaction& transaction, std::any& kept)
    : transaction_(transaction),
      polls_(kept.has_value() ? *std::any_cast<Polls>(&kept) : kept.emplace<Polls>()) {}

void Session::look_at_revision() {
  if (has_looked_) return;
  has_looked_ = true;
  const Rows found =
      run("SELECT version_base() + revision, pg_postmaster_start_time() FROM store_meta");
  const auto revision = static_cast<std::uint64_t>(found.integer(0, 0));
  const std::string_view started = found.text(0, 1);
  const bool is_same = revision == polls_.revision && started == polls_.server_started;
  // Between transactions, so that no pointer handed out within one is left dangling.
  if (!is_same || polls_.by_id.size() > kPollsKeptMax) polls_.by_id.clear();
  polls_.server_started = started;
  polls_.revision = revision;
}

const NumberedPoll* Session::poll(PollId id) {
  look_at_revision();
  const auto found = polls_.by_id.find(id);
  if (found != polls_.by_id.end()) return &found->second;
  std::optional<NumberedPoll> poll = read_poll(*this, id);
  if (!poll) return nullptr;
  return &polls_.by_id.emplace(id, std::move(*poll)).first->second;
}

void Session::forget_polls() {
  polls_.by_id.clear();
  // What is read from now on may be rolled back, so the next transaction must not keep it.
  has_looked_ = true;
  polls_.revision = 0;
}

Time now(Session& session) {
  return session.run("SELECT us_of(vote_now())").time(0, 0);
}

}  // namespace vote::postgres

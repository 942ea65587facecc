#pragma once
// The evidence of a store in PostgreSQL, read beside the daemons that use it, all of one snapshot.
#include "load/evidence.h"
#include "postgres/connection.h"

namespace vote::load {

class PostgresEvidence final : public Evidence {
 public:
  static constexpr Duration kStatementTimeMax = std::chrono::minutes(10);
  static constexpr std::size_t kBallotsAtOnce = 50'000;

  /// Throws postgres::DatabaseError.
  explicit PostgresEvidence(const std::string& url);

  std::optional<StoredPoll> poll(PollId poll) override;
  void ballots(PollId poll, const std::function<void(const StoredBallot&)>& take) override;
  void audit(PollId poll, const std::function<void(const AuditSum&)>& take) override;
  std::vector<Position> positions(const std::string& topic) override;

 private:
  postgres::Watchdog watchdog_;
  postgres::Connection connection_;
  postgres::Transaction snapshot_;
};

}  // namespace vote::load

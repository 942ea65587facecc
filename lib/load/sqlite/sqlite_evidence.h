#pragma once
// The evidence of a store in an SQLite file, read beside the daemons that use it.
#include "load/evidence.h"
#include "sqlite/database.h"

namespace vote::load {

class SqliteEvidence final : public Evidence {
 public:
  /// Throws sqlite::DatabaseError.
  explicit SqliteEvidence(const std::string& path);
  /// Of one that is open already.
  explicit SqliteEvidence(std::unique_ptr<sqlite::Database> database);

  std::optional<StoredPoll> poll(PollId poll) override;
  void ballots(PollId poll, const std::function<void(const StoredBallot&)>& take) override;
  void audit(PollId poll, const std::function<void(const AuditSum&)>& take) override;
  std::vector<Position> positions(const std::string& topic) override;

 private:
  const std::unique_ptr<sqlite::Database> opened_;
  sqlite::Database& database_ = *opened_;
  sqlite::Snapshot snapshot_;
};

}  // namespace vote::load

#pragma once
// The SQLite queue's consumer (see sqlite_queue.h). Internal to queue/sqlite/.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "runtime/clock.h"
#include "sqlite/writer.h"

namespace vote {

/// A lock on a file of its own, by flock(2): gone with the process that holds it.
class FileLock {
 public:
  explicit FileLock(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  bool try_lock();

 private:
  int file_ = -1;
};

class SqliteConsumer final : public Consumer {
 public:
  SqliteConsumer(const std::string& path, std::string topic, const Clock& clock,
                 sqlite::Writer& writer);
  ~SqliteConsumer() override;

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override;
  Result<Done> seek(const std::vector<Position>& positions) override;
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override;
  Result<Done> commit(const std::vector<Position>& positions) override;

 private:
  Result<Done> commit_if_due();
  Result<Done> note(std::int64_t next_offset);
  std::optional<std::string> defect_of(const Position& position);

  std::string path_;
  std::string topic_;
  const Clock& clock_;
  sqlite::Writer& writer_;
  FileLock lock_;
  enum class Standing { fresh, standing_by, reading } standing_ = Standing::fresh;
  std::unique_ptr<sqlite::Database> database_;
  std::optional<std::int64_t> next_offset_;  // nothing until it was sought
  std::optional<std::int64_t> uncommitted_;  // noted at most once a second, also while idle
  Duration next_commit_{};
};

}  // namespace vote

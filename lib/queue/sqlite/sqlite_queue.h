#pragma once
// The queue on one SQLite file: one topic of one partition (0). A message is durable when its
// append completes (synchronous=FULL); appends that wait together share one transaction. The stamp
// is taken inside it and never falls behind the last. Of the workers on this machine one reads, by
// a lock on "<file>-consumer" that the kernel releases when its holder dies; the others stand by.
//
// Where another program holds the file for longer than kHeldMax (a process that was stopped inside
// a transaction, too), appends fail, and the queue is out of reach until it could write again,
// which it tries by itself.
//
// Messages stay until they are processed and for kRetention after they were appended, then go, a
// few with each commit.
#include <atomic>
#include <exception>
#include <memory>
#include <string>

#include "queue/queue.h"
#include "runtime/clock.h"
#include "sqlite/writer.h"

namespace vote {

class SqliteQueue final : public Queue {
 public:
  static constexpr std::size_t kAppendsPerTransactionMax = 4'000;
  static constexpr std::size_t kAppendsWaitingMax = 50'000;  // beyond: a failure at once
  static constexpr Duration kHeldMax = std::chrono::seconds(2);
  static constexpr std::size_t kCheckpointPages = 1'000;  // of the log, 4 KiB each
  static constexpr Duration kRetention = std::chrono::hours(7 * 24);
  static constexpr std::size_t kTrimmedPerCommitMax = 2'000;
  static constexpr Duration kPollInterval = std::chrono::milliseconds(2);  // for new messages
  static constexpr std::size_t kValueBytesMax = 1'048'576;

  /// Needs the file's schema (sqlite::migrate(…, "queue")); throws sqlite::DatabaseError.
  SqliteQueue(const std::string& path, std::string topic, const Clock& clock);
  ~SqliteQueue() override;

  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  std::string topic() const override { return topic_; }
  bool reachable() const override { return reachable_; }

 private:
  void note(const std::exception_ptr& error);
  void try_to_write();

  std::string path_;
  std::string topic_;
  const Clock& clock_;
  std::atomic<bool> reachable_ = true;
  std::atomic<bool> stopping_ = false;
  std::unique_ptr<sqlite::Writer> writer_;
};

}  // namespace vote

#include "queue/sqlite/consumer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "queue/sqlite/sqlite_queue.h"
#include "queue/sqlite/statements.h"
#include "runtime/blocking.h"

namespace vote {
namespace {

// A commit is a transaction of its own, and only tools look at it.
constexpr Duration kCommitInterval = std::chrono::seconds(1);
constexpr Duration kLockInterval = std::chrono::milliseconds(50);

Delivered delivered_of(const sqlite::Statement& row) {
  return {0, row.integer(0), time_of(row.integer(1)),
          Message{UserId::of_bytes(row.blob(2)).value_or(UserId{}), std::string(row.text(3)),
                  headers_of_text(row.text(4))}};
}

}  // namespace

FileLock::FileLock(const std::string& path)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660)) {
  if (file_ < 0)
    throw sqlite::DatabaseError(sqlite::DatabaseError::Kind::unusable,
                                "cannot open " + path + ": " + std::strerror(errno) +
                                    "; check that its folder exists and may be written");
}

FileLock::~FileLock() {
  ::close(file_);
}

bool FileLock::try_lock() {
  return ::flock(file_, LOCK_EX | LOCK_NB) == 0;
}

SqliteConsumer::SqliteConsumer(const std::string& path, std::string topic, const Clock& clock,
                               sqlite::Writer& writer)
    : path_(path),
      topic_(std::move(topic)),
      clock_(clock),
      writer_(writer),
      lock_(path + "-consumer") {}

SqliteConsumer::~SqliteConsumer() {
  if (uncommitted_) (void)note(*uncommitted_);
}

Result<std::optional<std::vector<std::int32_t>>> SqliteConsumer::assignment(Duration wait) {
  using Assigned = std::optional<std::vector<std::int32_t>>;
  if (standing_ == Standing::reading) return Assigned();
  const Duration until = clock_.elapsed() + wait;
  for (;;) {
    if (lock_.try_lock()) {
      standing_ = Standing::reading;
      return Assigned(std::vector<std::int32_t>{0});
    }
    if (standing_ == Standing::fresh) {
      standing_ = Standing::standing_by;
      return Assigned(std::in_place);
    }
    if (clock_.elapsed() >= until) return Assigned();
    std::this_thread::sleep_for(kLockInterval);
  }
}

std::optional<std::string> SqliteConsumer::defect_of(const Position& position) {
  QueueStatements& statements = database_->kept<QueueStatements>();
  std::int64_t end = 0;
  if (statements.last.step()) end = statements.last.integer(0) + 1;
  statements.last.reset();
  if (position.next_offset > end)
    return "the log ends at offset " + std::to_string(end) + ": it is an older or another file";
  const std::int64_t known = position.last_stamp ? position.next_offset - 1 : position.next_offset;
  statements.read.bind(1, known).bind(2, 1);
  const bool found = statements.read.step();
  const Delivered message = found ? delivered_of(statements.read) : Delivered{};
  statements.read.reset();
  if (!position.last_stamp) {
    if (found && message.offset > position.next_offset)
      return "the log begins at offset " + std::to_string(message.offset) +
             ": messages before it were trimmed";
    return std::nullopt;
  }
  if (!found || message.offset != known)
    return "message " + std::to_string(known) + " is not in the log any more";
  if (message.stamp != *position.last_stamp ||
      message_digest(message.message.value) != position.last_digest)
    return "message " + std::to_string(known) + " of " + to_text(message.stamp) +
           " is not the one that was processed (" + to_text(*position.last_stamp) + ")";
  return std::nullopt;
}

Result<Done> SqliteConsumer::seek(const std::vector<Position>& positions) {
  next_offset_.reset();
  try {
    database_ = std::make_unique<sqlite::Database>(path_, sqlite::Database::Mode::read_only);
    for (const Position& position : positions) {
      if (const auto defect = defect_of(position))
        return Error{
            Code::invalid_input,
            "the store's position " + std::to_string(position.next_offset) + " of " + topic_ +
                " does not fit " + path_ + ": " + *defect +
                "; put the queue file back that belongs to this store (where it is lost for "
                "good, with the votes in it that were not counted: votectl queue forget " +
                topic_ + "; see vote-recovery(7))"};
    }
    if (!positions.empty()) next_offset_ = positions.front().next_offset;
    return Done{};
  } catch (const sqlite::DatabaseError&) {
    return unavailable(std::current_exception());
  }
}

Result<std::vector<Delivered>> SqliteConsumer::take(std::size_t max, Duration wait) {
  if (!next_offset_)
    return Error{Code::invalid_input,
                 "nothing is read of " + path_ + " before a position is sought"};
  (void)commit_if_due();  // what the last commits left; tools miss it, and nobody else
  const Duration until = clock_.elapsed() + wait;
  try {
    QueueStatements& statements = database_->kept<QueueStatements>();
    std::vector<Delivered> messages;
    for (;;) {
      statements.read.bind(1, *next_offset_).bind(2, static_cast<std::int64_t>(max));
      while (statements.read.step()) messages.push_back(delivered_of(statements.read));
      statements.read.reset();
      if (!messages.empty()) next_offset_ = messages.back().offset + 1;
      if (!messages.empty() || clock_.elapsed() >= until) return messages;
      std::this_thread::sleep_for(SqliteQueue::kPollInterval);
    }
  } catch (const sqlite::DatabaseError&) {
    // Whatever file is there next is read only after its last message was recognised.
    next_offset_.reset();
    return unavailable(std::current_exception());
  }
}

Result<Done> SqliteConsumer::commit(const std::vector<Position>& positions) {
  for (const Position& position : positions) uncommitted_ = position.next_offset;
  return commit_if_due();
}

Result<Done> SqliteConsumer::commit_if_due() {
  const Duration now = clock_.elapsed();
  if (!uncommitted_ || now < next_commit_) return Done{};
  next_commit_ = now + kCommitInterval;
  return note(*std::exchange(uncommitted_, std::nullopt));
}

Result<Done> SqliteConsumer::note(std::int64_t next_offset) {
  return wait_for<Result<Done>>([&](Completion<Result<Done>> done) {
    auto shared = std::make_shared<Completion<Result<Done>>>(std::move(done));
    writer_.submit({[this, next_offset](sqlite::Database& database) {
                      auto& statements = database.kept<QueueStatements>();
                      statements.commit.bind_text(1, topic_).bind(2, next_offset).run();
                      // The last processed message stays: by it the position is recognised.
                      statements.trim.bind(1, next_offset - 1)
                          .bind(2, microseconds_of(clock_.now() - SqliteQueue::kRetention))
                          .bind(3, static_cast<std::int64_t>(SqliteQueue::kTrimmedPerCommitMax))
                          .run();
                    },
                    [shared](const std::exception_ptr& error) {
                      if (error)
                        (*shared)(unavailable(error));
                      else
                        (*shared)(Done{});
                    }});
  });
}

}  // namespace vote

#include "queue/sqlite/sqlite_queue.h"

#include <algorithm>

#include "queue/sqlite/consumer.h"
#include "queue/sqlite/statements.h"

namespace vote {
namespace {

/// One append on its way through the writer's thread.
struct Append {
  Message message;
  Completion<AppendResult> done;
  Appended place;
};

void insert(sqlite::Database& database, const Clock& clock, Append& append) {
  QueueStatements& statements = database.kept<QueueStatements>();
  QueueStatements::End& end = statements.end(database);
  const std::int64_t stamp = std::max(microseconds_of(clock.now()), end.last_stamp);
  const Message& message = append.message;
  const std::string headers = message.headers.empty() ? "" : headers_to_text(message.headers);
  statements.append.bind(1, end.next_offset)
      .bind(2, stamp)
      .bind_blob(3, message.key.raw())
      .bind_text(4, message.value);
  if (headers.empty())
    statements.append.bind_null(5);
  else
    statements.append.bind_text(5, headers);
  statements.append.run();
  append.place = {0, end.next_offset, time_of(stamp)};
  end = {end.next_offset + 1, stamp};
}

AppendFailure failure_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const sqlite::DatabaseError& failure) {
    using Kind = sqlite::DatabaseError::Kind;
    const bool uncertain = failure.kind() == Kind::io || failure.kind() == Kind::other;
    return {uncertain, failure.what()};
  } catch (const std::exception& failure) {
    return {true, failure.what()};
  }
}

bool is_held(const std::exception_ptr& error) {
  if (!error) return false;
  try {
    std::rethrow_exception(error);
  } catch (const sqlite::DatabaseError& failure) {
    return failure.kind() == sqlite::DatabaseError::Kind::busy;
  } catch (...) {
    return false;
  }
}

/// "votes/0/17"; empty where the message does not say where it came from.
std::string origin_of(const Headers& headers) {
  std::string origin;
  for (const std::string_view part :
       {kOriginalTopicHeader, kOriginalPartitionHeader, kOriginalOffsetHeader}) {
    const auto header = std::find_if(headers.begin(), headers.end(),
                                     [&](const auto& entry) { return entry.first == part; });
    if (header == headers.end()) return "";
    origin += (origin.empty() ? "" : "/") + header->second;
  }
  return origin;
}

DeadLetter letter_of(const sqlite::Statement& row) {
  DeadLetter letter;
  letter.id = row.integer(0);
  letter.stamp = time_of(row.integer(1));
  letter.message = {UserId::of_bytes(row.blob(2)).value_or(UserId{}), std::string(row.text(3)),
                    headers_of_text(row.text(4))};
  return letter;
}

}  // namespace

SqliteQueue::SqliteQueue(const std::string& path, std::string topic, const Clock& clock)
    : path_(path), topic_(std::move(topic)), clock_(clock) {
  sqlite::Database database(path, sqlite::Database::Mode::read_write);
  sqlite::require_schema(database, "queue");
  writer_ = std::make_unique<sqlite::Writer>(path, kAppendsPerTransactionMax, kAppendsWaitingMax,
                                             kCheckpointPages, kHeldMax);
}

SqliteQueue::~SqliteQueue() {
  stopping_ = true;
}

/// Of a write that is over, on the writer's thread.
void SqliteQueue::note(const std::exception_ptr& error) {
  if (is_held(error) && reachable_.exchange(false)) try_to_write();
}

void SqliteQueue::try_to_write() {
  writer_->submit({[](sqlite::Database& /*database*/) {},
                   [this](const std::exception_ptr& error) {
                     if (is_held(error) && !stopping_) return try_to_write();
                     reachable_ = true;
                   }});
}

void SqliteQueue::append(Message message, Completion<AppendResult> done) {
  append_to(0, std::move(message), std::move(done));
}

void SqliteQueue::append_to(std::int32_t partition, Message message,
                            Completion<AppendResult> done) {
  if (partition != 0)
    return done(AppendFailure{false, path_ + " has no partition " + std::to_string(partition)});
  if (message.value.size() > kValueBytesMax)
    return done(AppendFailure{false, "the message is longer than 1048576 bytes", true});
  if (!reachable_)
    return done(AppendFailure{
        false, path_ + " is held by another program, and is written to as soon as that lets go"});
  auto append = std::make_shared<Append>(Append{std::move(message), std::move(done), {}});
  writer_->submit(
      {[this, append](sqlite::Database& database) { insert(database, clock_, *append); },
       [this, append](const std::exception_ptr& error) {
         note(error);
         if (error)
           append->done(failure_of(error));
         else
           append->done(append->place);
       }});
}

std::unique_ptr<Consumer> SqliteQueue::consumer() {
  return std::make_unique<SqliteConsumer>(path_, topic_, clock_, *writer_);
}

void SqliteQueue::add_dead_letter(Message message, Completion<Result<Done>> done) {
  struct Adding {
    Message message;
    Completion<Result<Done>> done;
  };
  auto adding = std::make_shared<Adding>(Adding{std::move(message), std::move(done)});
  writer_->submit({[this, adding](sqlite::Database& database) {
                     const std::string headers = headers_to_text(adding->message.headers);
                     const std::string origin = origin_of(adding->message.headers);
                     auto& add = database.kept<QueueStatements>().add_letter;
                     add.bind(1, microseconds_of(clock_.now()))
                         .bind_blob(2, adding->message.key.raw())
                         .bind_text(3, adding->message.value)
                         .bind_text(4, headers);
                     if (origin.empty())
                       add.bind_null(5);
                     else
                       add.bind_text(5, origin);
                     add.run();
                   },
                   [adding](const std::exception_ptr& error) { adding->done(answer_of(error)); }});
}

void SqliteQueue::dead_letters(std::int64_t after, std::size_t limit,
                               Completion<Result<std::vector<DeadLetter>>> done) {
  try {
    sqlite::Database database(path_, sqlite::Database::Mode::read_only);
    QueueStatements& statements = database.kept<QueueStatements>();
    std::vector<DeadLetter> letters;
    statements.letters.bind(1, after).bind(2, static_cast<std::int64_t>(limit));
    while (statements.letters.step()) letters.push_back(letter_of(statements.letters));
    done(std::move(letters));
  } catch (const sqlite::DatabaseError&) {
    done(unavailable(std::current_exception()));
  }
}

void SqliteQueue::remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) {
  struct Removing {
    Completion<Result<bool>> done;
    bool was_there = false;
  };
  auto removing = std::make_shared<Removing>(Removing{std::move(done)});
  writer_->submit({[removing, id](sqlite::Database& database) {
                     database.kept<QueueStatements>().remove_letter.bind(1, id).run();
                     removing->was_there = database.changes() == 1;
                   },
                   [removing](const std::exception_ptr& error) {
                     if (error)
                       removing->done(unavailable(error));
                     else
                       removing->done(removing->was_there);
                   }});
}

void SqliteQueue::status(Completion<Result<QueueStatus>> done) {
  try {
    sqlite::Database database(path_, sqlite::Database::Mode::read_only);
    QueueStatements& statements = database.kept<QueueStatements>();
    PartitionStatus partition;
    if (statements.last.step()) partition.end_offset = statements.last.integer(0) + 1;
    partition.first_offset = partition.end_offset;
    statements.committed.bind_text(1, topic_);
    if (statements.committed.step()) partition.committed = statements.committed.integer(0);
    if (statements.first.step() && !statements.first.is_null(0))
      partition.first_offset = statements.first.integer(0);
    QueueStatus status{topic_, {partition}, 0};
    if (statements.count_letters.step()) status.dead_letters = statements.count_letters.integer(0);
    done(std::move(status));
  } catch (const sqlite::DatabaseError&) {
    done(unavailable(std::current_exception()));
  }
}

}  // namespace vote

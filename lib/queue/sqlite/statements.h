#pragma once
// The statements of the SQLite queue, one set a connection, and the text form of headers. Internal
// to queue/sqlite/.
#include <string>
#include <string_view>

#include "queue/queue.h"
#include "sqlite/database.h"

namespace vote {

struct QueueStatements final : sqlite::Database::Kept {
  explicit QueueStatements(sqlite::Database& database);

  sqlite::Statement last;           // → offset, stamp of the newest message
  sqlite::Statement append;         // offset, stamp, key, value, headers
  sqlite::Statement commit;         // topic, committed
  sqlite::Statement committed;      // topic → committed
  sqlite::Statement trim;           // up to offset, older than stamp, at most
  sqlite::Statement read;           // from offset, at most
  sqlite::Statement first;          // → least offset
  sqlite::Statement add_letter;     // stamp, key, value, headers, origin
  sqlite::Statement letters;        // after id, at most
  sqlite::Statement remove_letter;  // id
  sqlite::Statement count_letters;

  /// Where the log ends, read once a transaction: other processes append too.
  struct End {
    std::int64_t next_offset = 0;
    std::int64_t last_stamp = 0;
  };
  End& end(const sqlite::Database& database);

 private:
  End end_;
  std::uint64_t end_of_transaction_ = 0;
};

/// Empty headers are no text at all.
std::string headers_to_text(const Headers& headers);
Headers headers_of_text(std::string_view text);

/// `unavailable`, with what the file's trouble is.
Error unavailable(const std::exception_ptr& failure);
/// The same, or done where nothing failed.
Result<Done> answer_of(const std::exception_ptr& failure);

}  // namespace vote

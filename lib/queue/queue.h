#pragma once
// The queue port: an append-only log in partitions that keeps what it acknowledged, with a clock of
// its own that stamps each message. What travels through it may be delayed or doubled; that is
// handled above. Errors are values; `unavailable` says that the queue itself does not answer.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/completion.h"
#include "vote/error.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Headers that the worker writes, on what goes round again and on dead letters.
inline constexpr std::string_view kRetryCountHeader = "x-retry-count";
inline constexpr std::string_view kFirstStampHeader = "x-first-stamp";  // RFC 3339, first copy's
inline constexpr std::string_view kErrorHeader = "x-error";
inline constexpr std::string_view kOriginalTopicHeader = "x-original-topic";
inline constexpr std::string_view kOriginalPartitionHeader = "x-original-partition";
inline constexpr std::string_view kOriginalOffsetHeader = "x-original-offset";
/// Of a dead letter that was cut because its queue does not take the whole: how many bytes the
/// value had, its digest, and the ids that it named, as a message that names nothing else.
inline constexpr std::string_view kTruncatedHeader = "x-truncated";
inline constexpr std::string_view kOriginalDigestHeader = "x-original-digest";
inline constexpr std::string_view kOriginalIdsHeader = "x-original-ids";

struct Message {
  UserId key;         // partitions are chosen by it
  std::string value;  // any bytes; ours are JSON
  Headers headers;
};

/// Where an acknowledged message stands, and when by the queue's clock.
struct Appended {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Time stamp;
};

struct AppendFailure {
  bool may_have_landed = true;  // false: certainly not appended, now or later
  std::string detail;
  bool is_too_long = false;  // and so it will be the next time
};
using AppendResult = std::variant<Appended, AppendFailure>;

/// A message read, with its place.
struct Delivered {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Time stamp;
  Message message;
};

/// How far a partition has been processed, as the store remembers it. The last message's stamp and
/// a digest of its value tell whether the log is still the one we knew.
struct Position {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t next_offset = 0;
  std::optional<Time> last_stamp;
  std::uint64_t last_digest = 0;
};
/// Of a message's value: FNV-1a, 64 bits.
std::uint64_t message_digest(std::string_view value);

struct DeadLetter {
  std::int64_t id = 0;  // given by the queue
  Time stamp;           // likewise
  Message message;      // with the headers x-error, x-original-…
};

struct PartitionStatus {
  std::int32_t partition = 0;
  std::int64_t first_offset = 0;  // of what the log still holds
  std::int64_t end_offset = 0;    // where the next message goes
  std::int64_t committed = 0;     // what the consumers' group says it has done; for tools
  std::int32_t replicas = 1;      // that the partition is kept in
  std::int32_t in_sync = 1;       // of them, those that have all of it
};
struct QueueStatus {
  std::string topic;
  std::vector<PartitionStatus> partitions;
  std::int64_t dead_letters = 0;
  std::vector<std::string> warnings{};  // what makes it less safe than it could be, a sentence each
};

/// Whether these positions, read after the status, are past all that the queue held then. Of a
/// partition without a position: whether it holds nothing.
bool covers(const std::vector<Position>& positions, const QueueStatus& status);
/// Whether they are past all that was stamped until `time`, although more may be on its way: a
/// partition is either covered, or what was last read of it is stamped so much later than `time`
/// that nothing before can follow, the brokers' clocks being at most `apart`.
bool are_past(Time time, Duration apart, const std::vector<Position>& positions,
              const QueueStatus& status);

/// One member of the group of workers. Used by one thread; the calls block.
class Consumer {
 public:
  virtual ~Consumer() = default;

  /// What this member reads from now on, if that changed since the last call: positions must be
  /// looked up in the store and handed to `seek` before `take` gives anything. Waits at most
  /// `wait`. Nothing: unchanged. An empty list: another member reads, this one stands by.
  virtual Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) = 0;

  /// Reads on from these positions, one for each assigned partition (next_offset 0 and no stamp
  /// where the store knows none). A position outside the log, or whose last message is not the one
  /// known (stamp, digest), is refused with `invalid_input` and an explanation: never a reset. Only
  /// where a log's own retention drops last messages too is one that is gone no reason: what
  /// matters then is whether the next one can still come.
  virtual Result<Done> seek(const std::vector<Position>& positions) = 0;

  /// Up to `max` messages, in order within a partition; fewer, or none, after `wait`. After a
  /// failure the positions are sought again before anything is given.
  virtual Result<std::vector<Delivered>> take(std::size_t max, Duration wait) = 0;

  /// Tells the queue what is done, for tools that watch the lag and for what it may drop; the
  /// store's positions are what counts.
  virtual Result<Done> commit(const std::vector<Position>& positions) = 0;
};

/// Thread-safe. Completions run exactly once, on any thread; what is unfinished when the queue is
/// destroyed is finished first or answered with a failure.
class Queue {
 public:
  virtual ~Queue() = default;

  /// Appends, and answers when that is durable. Always ends: within the backend's own time limit.
  virtual void append(Message message, Completion<AppendResult> done) = 0;
  /// The same to a partition of one's choice, of those that `status` names.
  virtual void append_to(std::int32_t partition, Message message,
                         Completion<AppendResult> done) = 0;

  /// Joins the group of workers.
  virtual std::unique_ptr<Consumer> consumer() = 0;

  /// Once for each message that died: added again, with the same value and the same x-original-…,
  /// it is no second one while the first is there. too_large: this queue takes none of that length.
  virtual void add_dead_letter(Message message, Completion<Result<Done>> done) = 0;
  /// In order of id, those after `after`.
  virtual void dead_letters(std::int64_t after, std::size_t limit,
                            Completion<Result<std::vector<DeadLetter>>> done) = 0;
  /// For good; answers whether it was there. Of several who remove one at once, one is told so. No
  /// id is ever given again.
  virtual void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) = 0;

  virtual void status(Completion<Result<QueueStatus>> done) = 0;

  /// What its log of votes is called; empty: there is no queue (queue/none/).
  virtual std::string topic() const = 0;
  /// Whether it may answer now, for all that is known; where not, calls fail at once. No I/O.
  virtual bool reachable() const = 0;
};

}  // namespace vote

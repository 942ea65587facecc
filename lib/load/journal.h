#pragma once
// The journal of a run: what was sent and what was answered, for the judge. A public format,
// NDJSON, one object a line, readable with jq.
//
// The first line says what follows; the lines below speak of polls by their index in it, and of
// options by their position in the poll, 1 and up:
//
//   {"journal":"vote-loadgen","v":1,"run":UUID,"started_at":"2026-01-15T10:30:00.000000Z",
//    "urls":["http://…"],"seed":7,"polls":[{"poll_id":UUID,"option_ids":[UUID,…]},…]}
//
// `at` is microseconds since the run began, a moment after started_at. Then, in any order but this:
// a `send` stands in front of its `answer`, and the answers of one connection stand as they came.
//
//   {"send":17,"at":1200,"kind":"cast","poll":0,"voter":UUID,"key":UUID,"options":[2]}
//     One try, about to be sent; due at `at`. Numbers start at 0 and grow. Answers that stand in
//     front of it had come before it was sent. kind: cast (POST), change (PUT) or revoke (DELETE,
//     without options). `key` is the Idempotency-Key: tries that share poll, voter, key and what
//     they ask for are one request.
//   {"answer":17,"at":3400,"status":202}
//   {"answer":17,"at":3400,"status":409,"code":"already_voted"}
//     `code` is the problem's. Status 0: no answer came, the connection was lost or time was up.
//   {"read":0,"at":5000,"connection":5,"status":200,"version":9,"total":4,"final":false,
//    "votes":[3,1]}
//     The answer to a read of results of poll 0, or what a watcher was shown; `votes` by position.
//     One number for each connection that was ever opened; watchers' are 2^32 and up. With another
//     status nothing after it but `code`.
//   {"unsent":16,"at":8000}
//     Sends from 16 on so far were not sent after all: the run was over before they were due.
//   {"replay":UUID,"at":7000}
//     A later run of --replay goes on from here; it sends requests again that have no answer.
//   {"end":true,"at":9000,"sends":18,"answers":18}
//     The run ended by itself, and the file holds so many lines of each.
//
// A line `send` is in the file before a byte of the request is on the wire, so a load generator
// that is killed leaves requests without an answer, never votes that nobody sent. It does not
// survive a power cut of the load generator's own machine.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "load/choices.h"
#include "load/endpoint.h"
#include "vote/ids.h"
#include "vote/time.h"

namespace vote::load {

inline constexpr std::string_view kJournalName = "vote-loadgen";
inline constexpr std::uint64_t kJournalVersion = 1;
/// What --replay ends a line with that has no end.
inline constexpr std::string_view kTornEnd = " torn";
/// Answers that wait to be written. A disk that cannot follow makes the run wait, never forget.
inline constexpr std::size_t kJournalPendingBytesMax = std::size_t{16} * 1024 * 1024;
/// How long an answer waits at most, so how much a kill can lose.
inline constexpr Duration kJournalDelayMax = std::chrono::milliseconds(100);

/// A journal that cannot be made, written, read or used: which, why, what to do.
class JournalError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Kind : std::uint8_t { cast, change, revoke };
std::string_view name(Kind kind);

/// A poll to vote in; option 1 of the journal is options[0].
struct Target {
  PollId poll;
  std::vector<OptionId> options;
  std::size_t choices_max = 1;  // options that a ballot may name; not in the journal
};

struct JournalHeader {
  Uuid run;
  Time started_at;
  std::vector<std::string> urls;
  std::uint64_t seed = 0;
  std::vector<Target> polls;
};

/// One try of a request.
struct Send {
  std::uint64_t number = 0;
  Duration at{};
  Kind kind = Kind::cast;
  std::size_t poll = 0;
  UserId voter;
  RequestId key;
  Positions options;
};
struct Answer {
  std::uint64_t number = 0;
  Duration at{};
  unsigned status = 0;
  std::string_view code;  // empty: none
};
/// What a results page said.
struct Shown {
  std::uint64_t version = 0;
  std::uint64_t total = 0;
  bool is_final = false;
  std::vector<std::uint64_t> votes;  // by position
};
struct Read {
  std::size_t poll = 0;
  Duration at{};
  std::uint64_t connection = 0;
  unsigned status = 0;
  std::string_view code;
  Shown shown;  // of a 200
};

// A line each, with its end.
std::string line_of(const JournalHeader& header);
void append_line(std::string& out, const Send& send);
void append_line(std::string& out, const Answer& answer);
void append_line(std::string& out, const Read& read);
std::string unsent_line(std::uint64_t first, Duration at);
std::string replay_line(const Uuid& run, Duration at);
std::string end_line(Duration at, std::uint64_t sends, std::uint64_t answers);

/// Writes lines to the file's end. Thread-safe.
class Journal {
 public:
  enum class Open { as_new, to_append };
  /// as_new: makes the file, and refuses one that is there. Throws JournalError.
  Journal(const std::string& path, Open open);
  /// Writes what waits; a failure then is lost, so call `flush` before.
  ~Journal();
  Journal(const Journal&) = delete;

  /// Whole lines that are in the file when it returns. Throws JournalError.
  void write(std::string_view lines);
  /// Whole lines that are written within kJournalDelayMax, by a thread of the journal's own. Waits
  /// while kJournalPendingBytesMax wait, and is true then. Throws JournalError where an earlier one
  /// failed.
  bool append(std::string_view lines);
  /// Writes all that was appended. Throws JournalError.
  void flush();

 private:
  void run();
  void write_all(std::string_view lines);
  void write_pending();

  std::string path_;
  Descriptor file_;
  std::mutex writing_;  // one writer of whole lines at a time
  std::mutex mutex_;    // of what follows
  std::condition_variable changed_;
  std::string pending_;
  std::string failure_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace vote::load

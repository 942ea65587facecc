#pragma once
// The cache port: marks (layer 1 of the dedup) and counts. Used, never believed: it may lose all of
// it or some of it at any moment, and costs speed and nothing else. Every call answers, also where
// the cache is out of reach (then as if it held nothing). Thread-safe; completions run exactly
// once, on any thread, possibly before the call returns.
#include <optional>
#include <vector>

#include "runtime/completion.h"
#include "vote/ballot.h"

namespace vote {

enum class MarkState { none, pending, queued, confirmed };

/// What stands for one voter on one poll.
struct Mark {
  MarkState state = MarkState::none;
  RequestId request;         // meaningless where the state is none
  std::uint64_t digest = 0;  // of the request's choice (digest_of)
};

struct Confirmation {
  PollId poll;
  UserId voter;
  Mark mark;   // state confirmed: the request that stands, and its cast's digest
  Time until;  // when the mark may go: the poll's end and a grace
};

class Cache {
 public:
  virtual ~Cache() = default;

  /// One atomic step: if nothing stands for (poll, voter), sets a pending mark for `request` that
  /// lasts `lease`, and answers none; else changes nothing and answers what stands.
  virtual void mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                    Duration lease, Completion<Mark> done) = 0;
  /// What stands, without changing anything.
  virtual void stands(PollId poll, UserId voter, Completion<Mark> done) = 0;
  /// The append was acknowledged: the mark becomes queued, if it is empty or this request's and
  /// pending. Fire and forget.
  virtual void queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                      Time until) = 0;
  /// What the store has said: overwrites whatever stands (a cache that nobody else reads need not
  /// make marks that it does not hold). Fire and forget.
  virtual void confirm(std::vector<Confirmation> confirmations) = 0;
  /// Removes the mark if it is this request's and pending (compare and delete).
  virtual void release(PollId poll, UserId voter, RequestId request) = 0;

  /// Keeps the newer of two versions.
  virtual void put(const PollCounts& counts) = 0;
  /// The counts, if the cache holds some that are fresh enough to show (its own judgement: a cache
  /// that workers write to may hold them for an hour, one process's memory for a moment).
  virtual void counts(PollId poll, Completion<std::optional<PollCounts>> done) = 0;
};

}  // namespace vote

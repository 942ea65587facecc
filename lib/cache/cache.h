#pragma once
// The cache port: marks (where duplicates are noticed first), counts, and what limits have taken so
// far. Used, never believed: it may lose all of it or some of it at any moment, and costs speed and
// nothing else. Every call answers, also where the cache is out of reach (then as if it held
// nothing, and quotas are this process's own). Thread-safe; completions run exactly once, on any
// thread, possibly before the call returns.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cache/listeners.h"
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

/// What is limited, and for whom.
enum class Quota : std::uint8_t { votes_of_address, votes_of_user, polls_of_user, devices_of_user };

/// Whose quota it is: a user's id, or an address or network of IPv6.
using Subject = std::array<std::uint8_t, 16>;

/// One thing asked of one quota.
struct Take {
  Quota quota = Quota::votes_of_address;
  Subject subject{};
  std::uint32_t most = 1;  // at least 1
  Duration period{};       // at least `most` microseconds
  /// Nothing: the quota is a token bucket (GCRA, ITU-T I.371): `most` at once, and one more each
  /// time that a `most`-th of the period has passed. Else it counts different members: `most` of
  /// them, each remembered for a period after it was last taken.
  std::optional<std::uint64_t> member;
};
inline constexpr std::size_t kTakesMax = 4;  // in one call

/// Which of the takes had none left, and how long from now it may have one again.
struct Denial {
  std::size_t take = 0;
  Duration retry_after{};
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
  /// pending. Fire and forget, and not in a hurry: for a moment more it may be pending.
  virtual void queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                      Time until) = 0;
  /// What the store has said: overwrites whatever stands (a cache that nobody else reads need not
  /// make marks that it does not hold). Fire and forget.
  virtual void confirm(std::vector<Confirmation> confirmations) = 0;
  /// Removes the mark if it is this request's and pending (compare and delete).
  virtual void release(PollId poll, UserId voter, RequestId request) = 0;
  /// Removes the mark if it is this request's and queued: it is on its way no more.
  virtual void withdraw(PollId poll, UserId voter, RequestId request) = 0;

  /// Keeps the newer of two versions. What is newer than it held, it tells all who listen.
  virtual void put(const PollCounts& counts) = 0;
  /// The counts, if the cache holds some that are fresh enough to show (its own judgement: a cache
  /// that workers write to may hold them for an hour, one process's memory for a moment).
  virtual void counts(PollId poll, Completion<std::optional<PollCounts>> done) = 0;
  /// Tells `heard` of newer counts from now on, as long as the seat is held. Some may be missed, or
  /// come twice or late: what is heard is no more than a hint that saves looking at the store.
  [[nodiscard]] virtual Listeners::Seat listen(HeardCounts heard) = 0;
  /// Whether listeners hear now what other processes put. A cache of one process: never.
  virtual bool hears_others() const = 0;

  /// All or none, in one atomic step: takes one of each quota and answers nothing; where one has
  /// none left it takes of none and answers the first such. At most kTakesMax takes, which need
  /// not outlive the call.
  virtual void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) = 0;

  /// Whether it can be reached now, as far as it knows; where not, nobody waits for it.
  virtual bool reachable() const = 0;
};

}  // namespace vote

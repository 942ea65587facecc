#pragma once
// A cache in memory that several processes share, as they share a Redis: it answers at once, in the
// order in which it is asked. Losing it is the business of who stands before it. Thread-safe.
#include <map>
#include <mutex>
#include <utility>

#include "cache/cache.h"
#include "cache/quotas.h"
#include "runtime/clock.h"

namespace vote::simulated {

class SharedCache final : public Cache {
 public:
  static constexpr Duration kCountsKeptFor = std::chrono::hours(1);

  explicit SharedCache(const Clock& clock) : clock_(clock) {}

  void mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest, Duration lease,
            Completion<Mark> done) override;
  void stands(PollId poll, UserId voter, Completion<Mark> done) override;
  void queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
              Time until) override;
  void confirm(std::vector<Confirmation> confirmations) override;
  void release(PollId poll, UserId voter, RequestId request) override;
  void withdraw(PollId poll, UserId voter, RequestId request) override;
  void put(const PollCounts& counts) override;
  void counts(PollId poll, Completion<std::optional<PollCounts>> done) override;
  Listeners::Seat listen(HeardCounts heard) override { return listeners_.add(std::move(heard)); }
  bool hears_others() const override { return true; }
  void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) override;
  bool reachable() const override { return true; }

  /// All of it is lost.
  void clear();
  /// Some of it is: every mark whose voter's last byte is `remainder` modulo `divisor`.
  void clear_some(unsigned divisor, unsigned remainder);

 private:
  using Key = std::pair<PollId, UserId>;
  struct Held {
    Mark mark;
    Duration until{};  // by Clock::elapsed
  };
  Held* find(const Key& key);
  void remove(const Key& key, MarkState state, RequestId request);
  Duration measured(Time until) const { return clock_.elapsed() + (until - clock_.now()); }

  const Clock& clock_;
  std::mutex mutex_;
  std::map<Key, Held> marks_;
  std::map<PollId, std::pair<PollCounts, Duration>> counts_;  // until then
  Listeners listeners_;
  MemoryQuotas quotas_;
};

}  // namespace vote::simulated

#pragma once
// The cache in this process's own memory. It belongs to one process: what other processes confirm
// is not heard of here, so counts are shown for a moment only, and a confirmation changes a mark
// that is here and makes none. Bounded: where a shard is full it is emptied, as any cache may be.
// Thread-safe; completions run before the call returns.
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>
#include <utility>

#include "cache/cache.h"
#include "cache/quotas.h"
#include "runtime/clock.h"

namespace vote {

class MemoryCache final : public Cache {
 public:
  static constexpr std::size_t kMarksMax = 4'000'000;
  static constexpr std::size_t kPollsMax = 100'000;  // whose counts are kept
  static constexpr Duration kCountsFreshFor = std::chrono::milliseconds(100);

  explicit MemoryCache(const Clock& clock) : clock_(clock) {}

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
  bool hears_others() const override { return false; }
  void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) override;
  bool reachable() const override { return true; }

 private:
  struct Key {
    PollId poll;
    UserId voter;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    using is_avalanching = void;
    std::size_t operator()(const Key& key) const {
      return UuidHash{}(key.voter.uuid) * 31 + UuidHash{}(key.poll.uuid);
    }
  };
  struct Entry {
    Mark mark;
    Duration until{};  // by Clock::elapsed: a clock that jumps keeps no mark alive
  };
  struct Shard {
    std::mutex mutex;
    boost::unordered_flat_map<Key, Entry, KeyHash> marks;
  };
  struct Counted {
    PollCounts counts;
    Duration put_at{};
  };
  static constexpr std::size_t kShards = 64;

  Shard& shard_of(const Key& key) { return shards_[KeyHash{}(key) >> 40U & (kShards - 1)]; }
  /// What stands for the key now, or nothing; a mark whose time is over is gone.
  Entry* find(Shard& shard, const Key& key);
  void remove(const Key& key, MarkState state, RequestId request);
  bool keep(const PollCounts& counts);
  /// The moment by measured time, of which wall time may jump away.
  Duration measured(Time until) const;
  static void set(Shard& shard, const Key& key, const Entry& entry);

  const Clock& clock_;
  std::array<Shard, kShards> shards_;
  std::mutex counts_mutex_;
  boost::unordered_flat_map<PollId, Counted, std::hash<PollId>> counts_;
  Listeners listeners_;
  MemoryQuotas quotas_;
};

}  // namespace vote

#pragma once
// Quotas in this process's memory: token buckets, and sets of members. Internal to cache/.
// Bounded: an entry goes once it says nothing any more (its bucket is full again, its members are
// forgotten). Where that is not enough, the quarter whose time would end soonest goes: those hold
// the least back, so nobody gets rid of a quota that is used up by asking for many others.
// Thread-safe.
#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <mutex>

#include "cache/cache.h"

namespace vote {

/// A table of values that end (`Duration Value::end() const`, by measured time).
template <class Key, class Value, class Hash>
class EndingTable {
 public:
  Value* find(const Key& key) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  /// The value, made where there is none; then there are no more than `most`.
  Value& at(const Key& key, Duration now, std::size_t most);

 private:
  static constexpr std::size_t kRoomMin = 64;
  void make_room(Duration now, std::size_t most);

  std::size_t room_ = kRoomMin;  // entries before the next look for what has ended
  boost::unordered_flat_map<Key, Value, Hash> entries_;
};

class MemoryQuotas {
 public:
  static constexpr std::size_t kBucketsMax = 1'000'000;
  static constexpr std::size_t kSetsMax = 500'000;

  explicit MemoryQuotas(std::size_t buckets_max = kBucketsMax, std::size_t sets_max = kSetsMax)
      : buckets_max_(buckets_max), sets_max_(sets_max) {}

  /// As Cache::allow; `now` by Clock::elapsed.
  std::optional<Denial> take(std::span<const Take> takes, Duration now);

 private:
  static constexpr std::size_t kShards = 64;

  struct Key {
    Quota quota;
    Subject subject;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    using is_avalanching = void;
    std::size_t operator()(const Key& key) const {
      return UuidHash{}({key.subject}) * 31 + static_cast<std::size_t>(key.quota);
    }
  };
  /// When the bucket is full again: the "theoretical arrival time" of GCRA.
  struct Bucket {
    Duration full_at{};
    Duration end() const { return full_at; }
  };
  struct Member {
    std::uint64_t digest;
    Duration until;
  };
  struct Members {
    boost::container::small_vector<Member, 1> known;  // most users have one device
    Duration end() const;
  };
  struct Shard {
    std::mutex mutex;
    EndingTable<Key, Bucket, KeyHash> buckets;
    EndingTable<Key, Members, KeyHash> sets;
  };
  class Locks;

  Shard& shard_of(const Key& key) { return shards_[index_of(key)]; }
  static std::size_t index_of(const Key& key) { return KeyHash{}(key) >> 40U & (kShards - 1); }
  /// How long until the take would be granted; not above 0: it is now.
  Duration wait_for(const Take& take, Duration now);
  void grant(const Take& take, Duration now);

  std::size_t buckets_max_;
  std::size_t sets_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace vote

#include "cache/quotas.h"

#include <algorithm>

namespace vote {
namespace {

/// What one take adds to a bucket.
Duration step_of(const Take& take) {
  return take.period / take.most;
}

}  // namespace

template <class Key, class Value, class Hash>
Value& EndingTable<Key, Value, Hash>::at(const Key& key, Duration now, std::size_t most) {
  if (Value* value = find(key)) return *value;
  if (entries_.size() >= std::min(room_, most)) make_room(now, most);
  return entries_[key];
}

template <class Key, class Value, class Hash>
void EndingTable<Key, Value, Hash>::make_room(Duration now, std::size_t most) {
  const auto drop_until = [this](Duration time) {
    erase_if(entries_, [time](const auto& entry) { return entry.second.end() <= time; });
  };
  drop_until(now);
  if (entries_.size() >= most) {
    std::vector<Duration> ends;
    ends.reserve(entries_.size());
    for (const auto& [key, value] : entries_) ends.push_back(value.end());
    const auto quarter = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 4);
    std::nth_element(ends.begin(), quarter, ends.end());
    drop_until(*quarter);
  }
  room_ = std::max(entries_.size() * 2, kRoomMin);
}

Duration MemoryQuotas::Members::end() const {
  Duration last{};
  for (const Member& member : known) last = std::max(last, member.until);
  return last;
}

/// The mutexes of all shards that the takes need, in one order for all threads.
class MemoryQuotas::Locks {
 public:
  Locks(std::array<Shard, kShards>& shards, std::span<const Take> takes) {
    std::array<std::size_t, kTakesMax> wanted{};
    std::size_t count = 0;
    for (const Take& take : takes) wanted.at(count++) = index_of({take.quota, take.subject});
    const auto end = wanted.begin() + static_cast<std::ptrdiff_t>(count);
    std::sort(wanted.begin(), end);
    const auto last = std::unique(wanted.begin(), end);
    std::size_t held = 0;
    for (auto shard = wanted.begin(); shard != last; ++shard)
      locks_[held++] = std::unique_lock(shards[*shard].mutex);
  }

 private:
  std::array<std::unique_lock<std::mutex>, kTakesMax> locks_;
};

std::optional<Denial> MemoryQuotas::take(std::span<const Take> takes, Duration now) {
  const Locks locks(shards_, takes);
  for (std::size_t i = 0; i < takes.size(); ++i)
    if (const Duration wait = wait_for(takes[i], now); wait > Duration(0)) return Denial{i, wait};
  for (const Take& take : takes) grant(take, now);
  return std::nullopt;
}

Duration MemoryQuotas::wait_for(const Take& take, Duration now) {
  const Key key{take.quota, take.subject};
  Shard& shard = shard_of(key);
  if (!take.member) {
    const Bucket* bucket = shard.buckets.find(key);
    if (bucket == nullptr) return Duration(0);
    return std::max(bucket->full_at, now) + step_of(take) - now - take.period;
  }
  Members* members = shard.sets.find(key);
  if (members == nullptr) return Duration(0);
  auto& known = members->known;
  known.erase(std::remove_if(known.begin(), known.end(),
                             [now](const Member& member) { return member.until <= now; }),
              known.end());
  Duration first = Duration::max();
  for (const Member& member : known) {
    if (member.digest == *take.member) return Duration(0);
    first = std::min(first, member.until);
  }
  return known.size() < take.most ? Duration(0) : first - now;
}

void MemoryQuotas::grant(const Take& take, Duration now) {
  const Key key{take.quota, take.subject};
  Shard& shard = shard_of(key);
  if (!take.member) {
    Bucket& bucket = shard.buckets.at(key, now, buckets_max_ / kShards);
    bucket.full_at = std::max(bucket.full_at, now) + step_of(take);
    return;
  }
  auto& known = shard.sets.at(key, now, sets_max_ / kShards).known;
  const auto found = std::find_if(known.begin(), known.end(), [&take](const Member& member) {
    return member.digest == *take.member;
  });
  if (found == known.end())
    known.push_back({*take.member, now + take.period});
  else
    found->until = now + take.period;
}

}  // namespace vote

#include "cache/memory/memory_cache.h"

namespace vote {

MemoryCache::Entry* MemoryCache::find(Shard& shard, const Key& key) {
  const auto found = shard.marks.find(key);
  if (found == shard.marks.end()) return nullptr;
  if (found->second.until > clock_.elapsed()) return &found->second;
  shard.marks.erase(found);
  return nullptr;
}

Duration MemoryCache::measured(Time until) const {
  return clock_.elapsed() + (until - clock_.now());
}

void MemoryCache::set(Shard& shard, const Key& key, const Entry& entry) {
  if (shard.marks.size() >= kMarksMax / kShards) shard.marks.clear();
  shard.marks[key] = entry;
}

void MemoryCache::mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                       Duration lease, Completion<Mark> done) {
  const Key key{poll, voter};
  Shard& shard = shard_of(key);
  Mark found;
  {
    const std::lock_guard lock(shard.mutex);
    if (const Entry* entry = find(shard, key))
      found = entry->mark;
    else
      set(shard, key, {{MarkState::pending, request, digest}, clock_.elapsed() + lease});
  }
  done(found);
}

void MemoryCache::stands(PollId poll, UserId voter, Completion<Mark> done) {
  const Key key{poll, voter};
  Shard& shard = shard_of(key);
  Mark found;
  {
    const std::lock_guard lock(shard.mutex);
    if (const Entry* entry = find(shard, key)) found = entry->mark;
  }
  done(found);
}

void MemoryCache::queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                         Time until) {
  const Key key{poll, voter};
  Shard& shard = shard_of(key);
  const Entry queued{{MarkState::queued, request, digest}, measured(until)};
  const std::lock_guard lock(shard.mutex);
  Entry* entry = find(shard, key);
  if (entry == nullptr) return set(shard, key, queued);
  if (entry->mark.state == MarkState::pending && entry->mark.request == request) *entry = queued;
}

void MemoryCache::confirm(std::vector<Confirmation> confirmations) {
  for (const Confirmation& confirmation : confirmations) {
    const Key key{confirmation.poll, confirmation.voter};
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (Entry* entry = find(shard, key)) *entry = {confirmation.mark, measured(confirmation.until)};
  }
}

void MemoryCache::release(PollId poll, UserId voter, RequestId request) {
  remove({poll, voter}, MarkState::pending, request);
}

void MemoryCache::withdraw(PollId poll, UserId voter, RequestId request) {
  remove({poll, voter}, MarkState::queued, request);
}

void MemoryCache::remove(const Key& key, MarkState state, RequestId request) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const Entry* entry = find(shard, key);
  if (entry != nullptr && entry->mark.state == state && entry->mark.request == request)
    shard.marks.erase(key);
}

void MemoryCache::put(const PollCounts& counts) {
  if (keep(counts)) listeners_.tell(counts);
}

/// True: they are newer than what was held.
bool MemoryCache::keep(const PollCounts& counts) {
  const std::lock_guard lock(counts_mutex_);
  const auto found = counts_.find(counts.poll);
  const bool held = found != counts_.end();
  const bool newer = !held || found->second.counts.version < counts.version;
  if (held && found->second.counts.version > counts.version) return false;
  if (!held && counts_.size() >= kPollsMax) counts_.clear();
  counts_[counts.poll] = {counts, clock_.elapsed()};
  return newer;
}

void MemoryCache::counts(PollId poll, Completion<std::optional<PollCounts>> done) {
  std::optional<PollCounts> fresh;
  {
    const std::lock_guard lock(counts_mutex_);
    const auto found = counts_.find(poll);
    if (found != counts_.end() && clock_.elapsed() - found->second.put_at <= kCountsFreshFor)
      fresh = found->second.counts;
  }
  done(std::move(fresh));
}

void MemoryCache::allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) {
  done(quotas_.take(takes, clock_.elapsed()));
}

}  // namespace vote

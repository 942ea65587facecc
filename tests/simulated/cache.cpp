#include "simulated/cache.h"

namespace vote::simulated {

SharedCache::Held* SharedCache::find(const Key& key) {
  const auto found = marks_.find(key);
  if (found == marks_.end()) return nullptr;
  if (found->second.until > clock_.elapsed()) return &found->second;
  marks_.erase(found);
  return nullptr;
}

void SharedCache::mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                       Duration lease, Completion<Mark> done) {
  Mark found;
  {
    const std::lock_guard lock(mutex_);
    const Key key{poll, voter};
    if (const Held* held = find(key))
      found = held->mark;
    else
      marks_[key] = {{MarkState::pending, request, digest}, clock_.elapsed() + lease};
  }
  done(found);
}

void SharedCache::stands(PollId poll, UserId voter, Completion<Mark> done) {
  Mark found;
  {
    const std::lock_guard lock(mutex_);
    if (const Held* held = find({poll, voter})) found = held->mark;
  }
  done(found);
}

void SharedCache::queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                         Time until) {
  const std::lock_guard lock(mutex_);
  const Key key{poll, voter};
  const Held* held = find(key);
  const bool ours =
      held == nullptr || (held->mark.state == MarkState::pending && held->mark.request == request);
  if (ours) marks_[key] = {{MarkState::queued, request, digest}, measured(until)};
}

void SharedCache::confirm(std::vector<Confirmation> confirmations) {
  const std::lock_guard lock(mutex_);
  for (const Confirmation& each : confirmations)
    marks_[{each.poll, each.voter}] = {each.mark, measured(each.until)};
}

void SharedCache::release(PollId poll, UserId voter, RequestId request) {
  remove({poll, voter}, MarkState::pending, request);
}

void SharedCache::withdraw(PollId poll, UserId voter, RequestId request) {
  remove({poll, voter}, MarkState::queued, request);
}

void SharedCache::remove(const Key& key, MarkState state, RequestId request) {
  const std::lock_guard lock(mutex_);
  const Held* held = find(key);
  if (held != nullptr && held->mark.state == state && held->mark.request == request)
    marks_.erase(key);
}

void SharedCache::put(const PollCounts& counts) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(counts.poll);
    const bool held = found != counts_.end() && found->second.second > clock_.elapsed();
    if (held && found->second.first.version > counts.version) return;
    counts_[counts.poll] = {counts, clock_.elapsed() + kCountsKeptFor};
  }
  listeners_.tell(counts);
}

void SharedCache::counts(PollId poll, Completion<std::optional<PollCounts>> done) {
  std::optional<PollCounts> counts;
  {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(poll);
    if (found != counts_.end() && found->second.second > clock_.elapsed())
      counts = found->second.first;
  }
  done(std::move(counts));
}

void SharedCache::allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) {
  done(quotas_.take(takes, clock_.elapsed()));
}

void SharedCache::clear() {
  const std::lock_guard lock(mutex_);
  marks_.clear();
  counts_.clear();
}

void SharedCache::clear_some(unsigned divisor, unsigned remainder) {
  const std::lock_guard lock(mutex_);
  std::erase_if(marks_, [&](const auto& each) {
    return each.first.second.uuid.bytes.back() % divisor == remainder;
  });
}

}  // namespace vote::simulated

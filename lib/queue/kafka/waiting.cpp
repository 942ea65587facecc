#include "queue/kafka/waiting.h"

#include <utility>

namespace vote::kafka {

std::optional<std::uint64_t> Waiting::add(Completion<AppendResult>& done, Moment deadline) {
  const std::lock_guard lock(mutex_);
  if (count_ >= most_) return std::nullopt;
  ++count_;
  entries_.push_back({std::move(done), deadline});
  return first_ + entries_.size() - 1;
}

std::optional<Completion<AppendResult>> Waiting::take(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  if (number < first_) return std::nullopt;
  auto done = std::exchange(entries_.at(number - first_).done, std::nullopt);
  if (done) --count_;
  forget_answered();
  return done;
}

std::vector<Completion<AppendResult>> Waiting::take_overdue(Moment now) {
  const std::lock_guard lock(mutex_);
  std::vector<Completion<AppendResult>> overdue;
  for (Entry& entry : entries_) {
    if (entry.deadline > now) break;
    if (!entry.done) continue;
    overdue.push_back(*std::exchange(entry.done, std::nullopt));
    --count_;
  }
  forget_answered();
  return overdue;
}

std::vector<Completion<AppendResult>> Waiting::take_all() {
  return take_overdue(Moment::max());
}

void Waiting::forget_answered() {
  for (; !entries_.empty() && !entries_.front().done; ++first_) entries_.pop_front();
}

}  // namespace vote::kafka

#pragma once
// The appends that wait for an answer, each with the moment by which it gets one whatever becomes
// of it. Internal to queue/kafka/. Thread-safe; who takes a completion runs it, outside the lock.
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "queue/queue.h"

namespace vote::kafka {

using Moment = std::chrono::steady_clock::time_point;

class Waiting {
 public:
  explicit Waiting(std::size_t most) : most_(most) {}

  /// The number by which it is taken again. Nothing, and `done` is still the caller's, where as
  /// many wait as may. Deadlines are handed in as they grow.
  std::optional<std::uint64_t> add(Completion<AppendResult>& done, Moment deadline);
  /// Nothing where it was answered before.
  std::optional<Completion<AppendResult>> take(std::uint64_t number);
  std::vector<Completion<AppendResult>> take_overdue(Moment now);
  std::vector<Completion<AppendResult>> take_all();

 private:
  struct Entry {
    std::optional<Completion<AppendResult>> done;
    Moment deadline;
  };
  void forget_answered();

  const std::size_t most_;
  std::mutex mutex_;
  std::deque<Entry> entries_;  // by number, from first_ on
  std::uint64_t first_ = 0;
  std::size_t count_ = 0;  // of those that are not answered
};

}  // namespace vote::kafka

#pragma once
// A queue in memory, as brokers keep one: partitions with clocks of their own, a group of workers,
// dead letters. It answers at once and does what it is told; delays and losses are the business of
// who stands before it. A member that was put out of the group reads on from the partitions that it
// had until it asks again, beside whoever has them now. Thread-safe.
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "queue/queue.h"
#include "runtime/clock.h"

namespace vote::simulated {

inline constexpr std::size_t kMessageBytesMax = 1'048'576;

class MemoryQueue final : public Queue {
 public:
  using Member = std::uint64_t;

  MemoryQueue(std::string topic, std::size_t partitions, const Clock& clock);

  void append(Message message, Completion<AppendResult> done) override;
  void append_to(std::int32_t partition, Message message, Completion<AppendResult> done) override;
  std::unique_ptr<Consumer> consumer() override;
  void add_dead_letter(Message message, Completion<Result<Done>> done) override;
  void dead_letters(std::int64_t after, std::size_t limit,
                    Completion<Result<std::vector<DeadLetter>>> done) override;
  void remove_dead_letter(std::int64_t id, Completion<Result<bool>> done) override;
  void status(Completion<Result<QueueStatus>> done) override;
  std::string topic() const override { return topic_; }
  bool reachable() const override { return true; }

  AppendResult append_now(std::int32_t partition, Message message);
  std::int32_t partition_of(UserId key) const;
  bool has(std::int32_t partition) const {
    return partition >= 0 && static_cast<std::size_t>(partition) < logs_.size();
  }
  /// By how much the clock is wrong that stamps a partition's messages, from now on.
  void set_clock(std::int32_t partition, Duration ahead);
  void drop_up_to(std::int32_t partition, std::int64_t offset);
  /// Whether one of its messages is as `is_it` says.
  bool holds(const std::function<bool(const Delivered&)>& is_it) const;

  // The group.
  Member join();
  /// It is gone, or has not been heard of for too long; the others share what it had.
  void put_out(Member member);
  /// What it reads now, where that is not what it was told last. Puts a member in again that is
  /// out.
  std::optional<std::vector<std::int32_t>> news_for(Member& member);
  Result<Done> check(const Position& position) const;
  /// Up to `max` messages of a partition, from `offset`.
  std::vector<Delivered> read(std::int32_t partition, std::int64_t offset, std::size_t max) const;
  void note_committed(const std::vector<Position>& positions);

 private:
  struct Log {
    std::int64_t first = 0;
    std::vector<Delivered> messages;
    std::int64_t committed = 0;
    Duration ahead{};
  };
  struct Membership {
    std::vector<std::int32_t> partitions;
    bool told = false;
  };
  void share();
  std::int64_t end_of(const Log& log) const;

  const std::string topic_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::vector<Log> logs_;
  std::vector<DeadLetter> letters_;
  std::int64_t last_letter_ = 0;
  std::map<Member, Membership> members_;
  Member last_member_ = 0;
};

/// A member's side, without any wait.
class MemoryConsumer final : public Consumer {
 public:
  explicit MemoryConsumer(MemoryQueue& queue) : queue_(queue), member_(queue.join()) {}
  ~MemoryConsumer() override { queue_.put_out(member_); }

  Result<std::optional<std::vector<std::int32_t>>> assignment(Duration wait) override;
  Result<Done> seek(const std::vector<Position>& positions) override;
  Result<std::vector<Delivered>> take(std::size_t max, Duration wait) override;
  Result<Done> commit(const std::vector<Position>& positions) override;
  MemoryQueue::Member member() const { return member_; }
  /// As after a failure: nothing is given until positions are sought again.
  void forget() { next_.clear(); }

 private:
  MemoryQueue& queue_;
  MemoryQueue::Member member_;
  std::map<std::int32_t, std::int64_t> next_;  // offsets, of what was sought
};

}  // namespace vote::simulated

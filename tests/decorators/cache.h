#pragma once
// A cache that hands everything on to another one, and is out of reach, waits or ends where its
// faults say so.
#include <atomic>
#include <utility>

#include "cache/cache.h"
#include "decorators/faults.h"

namespace vote::test {

class FaultyCache final : public Cache {
 public:
  explicit FaultyCache(Cache& cache) : cache_(cache) {}
  Faults faults;
  std::atomic<bool> others_are_heard = false;  // by one of a process alone: as if it were shared

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
  Listeners::Seat listen(HeardCounts heard) override { return cache_.listen(std::move(heard)); }
  bool hears_others() const override { return others_are_heard || cache_.hears_others(); }
  void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) override;
  bool reachable() const override { return cache_.reachable(); }

 private:
  template <class T, class Forward>
  void pass(const std::string& verb, Completion<T> done, Forward forward);
  template <class Forward>
  void pass(const std::string& verb, Forward forward);

  Cache& cache_;
};

}  // namespace vote::test

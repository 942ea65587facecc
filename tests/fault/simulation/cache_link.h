#pragma once
// A process's way to the shared cache, or to one of its own. Calls get an answer also where the
// cache is out of reach: as if it held nothing. The process lives longer.
#include "cache/memory/memory_cache.h"
#include "fault/simulation/process.h"

namespace vote::simulated {

class CacheLink final : public Cache {
 public:
  /// `is_shared`: else a cache in this process's memory alone.
  CacheLink(Process& process, bool is_shared);

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
  Listeners::Seat listen(HeardCounts heard) override { return target_.listen(std::move(heard)); }
  bool hears_others() const override { return target_.hears_others(); }
  void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) override;
  bool reachable() const override { return is_reached(); }

 private:
  bool is_reached() const {
    return !is_shared_ || process_.reaches(world_.cache_server, process_.to_cache);
  }
  template <class T, class Call>
  void ask(T nothing, Completion<T> done, Call call);
  template <class Call>
  void tell(Call call);

  Process& process_;
  Environment& world_;
  const bool is_shared_;
  std::unique_ptr<MemoryCache> own_;
  Cache& target_;
};

}  // namespace vote::simulated

#pragma once
// The cache in Redis 7 or newer: one for all processes on all machines. What is written there, and
// how, is in texts.h. A process has one connection for commands, which those of concurrent requests
// share in pipelines (link.h), and one that hears newer counts, from the first `listen` on.
//
// Where Redis is gone, hangs or refuses, every call is answered as if it held nothing, quotas are
// this process's own, and listeners hear what this process puts; a call then costs no more than in
// memory. It is asked for again by itself, for ever, with a delay that grows to a second; counts
// that could not be put are put then. Each change is said once in the log (standing.h).
//
// Quotas are reckoned by Redis's clock; marks last as long as this machine's clock says that it is
// until their time. Thread-safe; completions run on the cache's own thread, or before the call
// returns; calls of one thread reach Redis in their order, but for `queued` (queued_marks.h).
#include <memory>
#include <string>

#include "cache/cache.h"
#include "runtime/clock.h"

namespace vote {

class RedisCache final : public Cache {
 public:
  /// How long Redis may be silent while answers are awaited: more than the 200 ms after which TCP
  /// sends a lost segment again (RFC 6298, as Linux has it), so that one lost packet does not end a
  /// connection, and little enough for the requests that meet a server which hangs; those after
  /// them do not wait.
  static constexpr Duration kSilenceMax = std::chrono::milliseconds(250);
  /// How long a mark may stay pending after its append was acknowledged, for a worker to confirm
  /// it; far less than the lease of a pending mark.
  static constexpr Duration kQueuedAfter = std::chrono::seconds(1);
  /// The same version of counts is put again after that long: many who record in one commit each
  /// put what it says.
  static constexpr Duration kPutAgainAfter = std::chrono::milliseconds(100);
  static constexpr Duration kCountsKeptFor = std::chrono::hours(1);
  static constexpr std::size_t kPollsMax = 10'000;  // whose counts are noted here

  struct Times {
    Duration silence_max = kSilenceMax;
    Duration queued_after = kQueuedAfter;
  };

  /// Waits until Redis was reached, or for about a second. Throws std::invalid_argument for a
  /// defect of the URL (url.h) or of the file of certificates that it names; nothing else is fatal.
  RedisCache(const std::string& url, const Clock& clock, const Times& times);
  RedisCache(const std::string& url, const Clock& clock) : RedisCache(url, clock, Times{}) {}
  /// What was handed over is sent before, unless Redis is silent for the timeout.
  ~RedisCache() override;

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
  Listeners::Seat listen(HeardCounts heard) override;
  bool hears_others() const override;
  void allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) override;
  bool reachable() const override;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace vote

#pragma once
// Who watches which poll's results, and what is new there. What has changed is formatted once for
// all who watch a poll and published to them (http/topic.h), at most every kEventInterval. A poll
// that nobody watches costs nothing.
//
// Counts that the cache tells of are shown at once. What it does not hear of, the store tells:
// while a poll is watched, the store is looked at every kLookInterval, or, where the cache hears
// every process (Cache::hears_others), every Scoreboard::kCheckInterval, so that what it has missed
// only comes later. Internal to api/. Thread-safe.
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "api/pulse.h"
#include "api/scoreboard.h"
#include "cache/cache.h"
#include "http/topic.h"
#include "ingest/poll_copies.h"
#include "runtime/timers.h"

namespace vote::api {

// How a stream ends before its last event; of private use (RFC 6455 §7.4.2) and like HTTP's.
inline constexpr http::Ending kTokenExpired{4401, "token expired: log in again"};
inline constexpr http::Ending kHiddenNow{4403, "Vote to see results"};
inline constexpr http::Ending kGone{4404, "there is no such poll any more"};
inline constexpr http::Ending kAskAgain{4408, "connect again to show that you may still see this"};

class Live {
 public:
  static constexpr Duration kLookInterval = std::chrono::milliseconds(25);
  static constexpr Duration kEventInterval = std::chrono::milliseconds(100);
  static constexpr std::size_t kLooksMax = 50;  // at once; of more polls, the next ones then

  Live(PollCopies& polls, Scoreboard& scoreboard, Cache& cache, Timers& timers, const Clock& clock);
  /// Waits for what it has asked of the store.
  ~Live();
  Live(const Live&) = delete;

  struct Seat {
    http::Subscription subscription;
    http::EventPtr first;  // `page`, or a newer one
  };
  /// For a client that has just been shown `page`; `for_all`: as one who needs no right to see it.
  Seat join(PollId poll, bool for_all, const Scoreboard::Page& page);

 private:
  struct Watched {
    std::shared_ptr<http::Topic> for_all;
    std::shared_ptr<http::Topic> for_some;
    Scoreboard::Page page;  // the newest
    http::EventPtr event;   // of it
    http::EventPtr published;
    Duration published_at{};          // by Clock::elapsed
    std::optional<PollCounts> heard;  // newer than the page
    Duration read_at{};               // the store, by Clock::elapsed
    bool looking = false;
  };

  void hear(const PollCounts& counts);
  void look_later();
  void look();
  std::vector<PollId> due();
  void look_at(PollId poll);
  void look_at(const PollCopy& poll);
  std::optional<PollCounts> take_heard(const Poll& poll);
  bool needs_store(const Poll& poll, PollStatus status);
  void seen(PollId poll, bool for_all, const Scoreboard::Page& page);
  void ended(PollId poll);
  void not_seen(PollId poll);
  static void note(Watched& watched, const Scoreboard::Page& page);

  PollCopies& polls_;
  Scoreboard& scoreboard_;
  const Cache& cache_;
  Timers& timers_;
  const Clock& clock_;
  std::shared_ptr<Pulse> pulse_ = std::make_shared<Pulse>();
  std::mutex mutex_;
  std::map<PollId, Watched> watched_;
  PollId last_looked_at_;  // the next look begins behind it
  bool looks_ = false;     // a timer runs
  Listeners::Seat seat_;   // given back first: what it hears needs the rest
};

}  // namespace vote::api

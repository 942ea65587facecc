#pragma once
// Results as they go over the wire, formatted once for each state of a poll. However many ask for
// counts at the same time, the store is read once; who knows of something that happened after it
// was asked, that the poll is final or that a ballot counts, is not told what it said before that.
// What was shown never goes back to older counts.
//
// A cache that several processes share keeps counts for long and may have missed the newest (who
// put them was killed, or cut off from it). So while its counts are shown, the store is asked once
// in a while beside it; and what is final is shown first as the store has it, for it never changes.
// Internal to api/. Thread-safe.
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/pulse.h"
#include "cache/cache.h"
#include "ingest/poll_copies.h"
#include "runtime/clock.h"
#include "runtime/completion.h"
#include "store/store.h"

namespace vote::api {

/// One state of one poll's results. Never changes.
struct ResultsPage {
  std::string etag;  // with its quotes; the same for the same json, of whichever process (RFC 9110)
  std::string json;
  PollCounts counts;
  std::uint64_t revision = 0;  // of the poll: title, options, final
  PollStatus status = PollStatus::draft;
  bool final = false;
};

class Scoreboard {
 public:
  static constexpr std::size_t kPagesMax = 10'000;  // then all are dropped and formatted anew
  static constexpr Duration kFreshFor = std::chrono::milliseconds(10);  // shown without asking
  static constexpr Duration kCheckInterval = std::chrono::seconds(1);   // of the cache's counts

  using Page = std::shared_ptr<const ResultsPage>;

  Scoreboard(Store& store, Cache& cache, const Clock& clock)
      : store_(store), cache_(cache), clock_(clock) {}
  /// Waits for what it has asked of the store.
  ~Scoreboard() { pulse_->end(); }
  Scoreboard(const Scoreboard&) = delete;

  /// What page_of made of this state of the poll at most kFreshFor ago; null: ask for counts.
  Page fresh(const Poll& poll, PollStatus status);
  /// Somebody was just told that a ballot of theirs counts: the next reader is to see it, so the
  /// page is not fresh and what the cache holds is too old.
  void expire(PollId poll);
  /// Whether the cache's counts may be shown.
  bool trusts_cache(const Poll& poll);

  /// The results of `poll`, whose status is `status` now, with these counts, or newer ones that
  /// were shown already.
  Page page_of(const Poll& poll, PollStatus status, const PollCounts& counts);
  /// The same with counts that the cache held; where the store was not asked for kCheckInterval, it
  /// is asked now, for those who come next.
  Page page_of_cached(const PollCopy& poll, PollStatus status, const PollCounts& counts);
  /// The same with the store's counts, which go to the cache too. not_found, unavailable.
  void read(PollCopy poll, PollStatus status, Completion<Result<Page>> done);

 private:
  struct Kept {
    Page page;        // null: none was made since all were dropped, or ever
    Duration made{};  // by Clock::elapsed, when its counts were last confirmed
    // By number, 0: none. The last one, and the last that was known when the store was asked.
    std::uint64_t expiry = 0;
    std::uint64_t expiries_known = 0;
    bool has_expired() const { return expiry > expiries_known; }
  };
  struct Waiting {
    PollCopy poll;
    PollStatus status;
    Completion<Result<Page>> done;
  };
  /// Of the store's counts of one poll, under way.
  struct Reading {
    std::vector<Waiting> now;
    std::vector<Waiting> late;   // for whom the store is to be asked once more
    std::uint64_t revision = 0;  // the newest of `now`, and the last expiry, as the store was asked
    std::uint64_t expiries = 0;
  };

  void ask_store(PollId poll);  // with the pulse entered, until nobody waits any more
  void note_asked(PollId poll, Reading& reading);  // holding reading_mutex_
  std::uint64_t last_expiry(PollId poll);
  /// page_of, with counts for which the store was asked once these expiries were known.
  Page kept_page(const Poll& poll, PollStatus status, const PollCounts& counts,
                 std::uint64_t expiries_known);
  bool is_to_be_checked(PollId poll);
  /// True: the store was asked again, for who came late.
  bool have_read(PollId poll, const Result<PollCounts>& counts);

  Store& store_;
  Cache& cache_;
  const Clock& clock_;
  std::mutex pages_mutex_;
  std::unordered_map<PollId, Kept> pages_;
  std::uint64_t expiries_ = 0;  // so far, of any; pages_mutex_
  std::mutex reading_mutex_;
  std::unordered_map<PollId, Reading> reading_;
  std::unordered_map<PollId, Duration> asked_;  // of the store, by Clock::elapsed; reading_mutex_
  std::shared_ptr<Pulse> pulse_ = std::make_shared<Pulse>();
};

}  // namespace vote::api

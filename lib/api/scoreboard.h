#pragma once
// Results as they go over the wire, formatted once for each state of a poll. However many ask for
// counts at the same time, the store is read once. What was shown never goes back to older counts.
// Internal to api/. Thread-safe.
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "cache/cache.h"
#include "ingest/poll_copies.h"
#include "runtime/clock.h"
#include "runtime/completion.h"
#include "store/store.h"

namespace vote::api {

/// One state of one poll's results. Never changes.
struct ResultsPage {
  std::string etag;  // with its quotes
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

  using Page = std::shared_ptr<const ResultsPage>;

  Scoreboard(Store& store, Cache& cache, const Clock& clock)
      : store_(store), cache_(cache), clock_(clock) {}

  /// What page_of made of this state of the poll at most kFreshFor ago; null: ask for counts.
  Page fresh(const Poll& poll, PollStatus status);
  /// Somebody was just told that a ballot of theirs counts: the next reader is to see it, so the
  /// page is not fresh and what the cache holds is too old.
  void expire(PollId poll);
  bool is_expired(PollId poll);

  /// The results of `poll`, whose status is `status` now, with these counts, or newer ones that
  /// were shown already.
  Page page_of(const Poll& poll, PollStatus status, const PollCounts& counts);
  /// The same with the store's counts, which go to the cache too. not_found, unavailable.
  void read(PollCopy poll, PollStatus status, Completion<Result<Page>> done);

 private:
  struct Kept {
    Page page;
    Duration made{};  // by Clock::elapsed, when its counts were last confirmed
    bool expired = false;
  };
  struct Waiting {
    PollCopy poll;
    PollStatus status;
    Completion<Result<Page>> done;
  };

  void have_read(PollId poll, const Result<PollCounts>& counts);

  Store& store_;
  Cache& cache_;
  const Clock& clock_;
  std::mutex pages_mutex_;
  std::unordered_map<PollId, Kept> pages_;
  std::mutex reading_mutex_;
  std::unordered_map<PollId, std::vector<Waiting>> reading_;
};

}  // namespace vote::api

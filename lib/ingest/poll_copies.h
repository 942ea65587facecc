#pragma once
// The API's local copies of polls and its lease in the store. A copy is loaded when it is first
// asked for and read again within a second of a change: each second one `renew` tells the store up
// to which revision every change is known here, and is told what changed since. An answer of 202
// needs a lease that still runs, so a poll closed by hand cannot be overtaken by an API that is cut
// off (design: the end of a poll). A second process under the same name takes the lease over, as a
// restart does; the first one notices within a second and answers no 202 any more.
// Thread-safe. Completions run on any thread, possibly before the call returns.
#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/clock.h"
#include "runtime/stop.h"
#include "store/store.h"
#include "vote/poll.h"

namespace vote {

inline constexpr Duration kRefreshInterval = std::chrono::seconds(1);
inline constexpr std::size_t kPollCopiesMax = 10'000;

using PollCopy = std::shared_ptr<const Poll>;

class PollCopies {
 public:
  struct Settings {
    std::string name;                           // of this API, in the store
    Duration lease = std::chrono::minutes(10);  // how long without the store
    std::string topic = {};                     // of the queue; empty: none
  };
  PollCopies(Store& store, const Clock& clock, Settings settings);
  /// Stops refreshing and gives the lease back.
  ~PollCopies();
  PollCopies(const PollCopies&) = delete;

  /// Takes the lease and refreshes each second from now on, on a thread of its own.
  void start();
  /// What that thread does: refreshes each second until `stop`, then gives the lease back.
  void run(Stop& stop);

  /// The copy if there is one; no I/O.
  PollCopy find(PollId poll) const;
  /// The copy, loaded from the store if need be; not_found, unavailable.
  void get(PollId poll, Completion<Result<PollCopy>> done);
  /// Drops what is copied of a poll that was just changed through this API.
  void forget(PollId poll);

  /// The store's time now, as learnt at the last refresh and measured on since: this machine's wall
  /// clock may jump.
  Time store_now() const;
  /// Whether the lease still runs, counted from before its last renewal was sent.
  bool lease_runs() const;
  /// Whether the last refresh reached the store (for /readyz).
  bool store_answers() const { return store_answers_; }

  /// One refresh, waited for; what `start` does each second. For tests that own the clock.
  void refresh();

 private:
  void learn_time(Time store_time, Duration sent, Duration received);
  void load(PollId poll);
  void loaded(PollId poll, std::uint64_t generation, Result<Poll> answer);

  Store& store_;
  const Clock& clock_;
  Settings settings_;
  UserId holder_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<PollId, PollCopy> copies_;
  std::unordered_map<PollId, std::vector<Completion<Result<PollCopy>>>> loading_;
  std::uint64_t generation_ =
      0;  // grows when copies are dropped: a load that began before is stale
  std::atomic<std::uint64_t> applied_revision_{0};
  std::atomic<std::int64_t> store_epoch_us_;      // the store's time when Clock::elapsed was 0
  std::atomic<std::int64_t> lease_until_us_{-1};  // by Clock::elapsed
  std::atomic<bool> store_answers_{false};
  std::mutex refreshing_;
  bool missed_ = false;     // by the last refresh, and said so
  bool held_ = false;       // the lease, once; all three under refreshing_
  bool displaced_ = false;  // and said so
  Stop stop_;               // of the thread
  std::thread thread_;
};

}  // namespace vote

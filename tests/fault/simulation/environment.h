#pragma once
// What all parts of one simulated world share: chance, time, the servers, what went wrong so far,
// and the trace. One thread.
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fault/simulation/kinds.h"
#include "simulated/cache.h"
#include "simulated/queue.h"
#include "simulated/scheduler.h"
#include "simulated/store.h"
#include "vote/poll.h"

namespace vote::simulated {

inline constexpr Time kBeginning = Time(std::chrono::hours(24 * 365 * 56));
inline constexpr Duration kGrace = std::chrono::seconds(5);
inline constexpr Duration kLeaseOfApis = std::chrono::seconds(6);
inline constexpr Duration kSession = std::chrono::seconds(3);  // of a worker in its group
/// How far a server's clock may be from true time: any two of them are within kClocksApartMax.
inline constexpr Duration kServerClockOff = std::chrono::milliseconds(990);

/// A clock that is wrong by so much.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(const Scheduler& scheduler) : scheduler_(scheduler) {}
  Time now() const override { return fixed ? *fixed : kBeginning + scheduler_.now() + ahead; }
  Duration elapsed() const override { return scheduler_.now(); }
  Duration ahead{};
  std::optional<Time> fixed;  // inside a transaction: when it began

 private:
  const Scheduler& scheduler_;
};

/// When something cannot be reached.
struct Outage {
  Duration since{};
  Duration until{};
};
/// A server; what was under way on it when its epoch grew is lost.
struct Server : Outage {
  std::uint64_t epoch = 0;
};

using VoterInPoll = std::pair<PollId, UserId>;

class Environment {
 public:
  Environment(std::uint64_t seed, Stacks& stacks, Counts& counts, bool traces);

  bool happens(Kind kind, std::uint64_t per_mille);
  void count(Kind kind) { ++counts_[static_cast<std::size_t>(kind)], ++faults; }
  bool is_on_the_menu(Kind kind) const { return menu_[static_cast<std::size_t>(kind)]; }
  /// The time that a message takes, or a server.
  Duration latency();

  bool traces() const { return traces_; }
  void say(std::string_view who, const std::string& what) const;

  /// Looks at the counters and keeps an image, now and then.
  void ended_a_transaction();
  void look_at_counters();
  /// With the store, which may be on another machine when it is back.
  void lose_what_is_under_way();
  /// To an image that was kept; false: there is none that may be.
  bool set_store_back();
  /// When what the store had decided of this voter, or of the whole poll, was last lost with a
  /// commit; nothing: never.
  std::optional<Duration> lost_at(const VoterInPoll& voter) const;

  Chance chance;
  Scheduler scheduler;
  SimulatedClock true_clock{scheduler};
  SimulatedClock store_clock{scheduler};
  MemoryDatabase database;
  MemoryQueue queue;
  SharedCache cache{true_clock};
  Server store_server, queue_server, cache_server;
  Duration store_is_locked_until{};                    // by a transaction that writes
  bool store_asks_its_clock_first = chance.one_in(2);  // before it waits for the lock
  bool calm = false;                                   // nothing more goes wrong
  bool marks_at_risk = false;  // marks were lost, or an API that had set some
  std::uint64_t faults = 0;
  std::size_t on_their_way = 0;    // messages that will land though they were given up
  std::vector<std::string> wrong;  // found on the way

 private:
  struct Kept {
    Image image;
    std::uint64_t commits;
    std::int64_t finals;
  };
  using Rows = std::map<VoterInPoll, std::string>;
  void keep_an_image();
  Rows ballots();
  std::map<PollId, std::string> ends();
  std::int64_t finals();

  Counts& counts_;
  bool traces_;
  std::array<bool, kKinds> menu_{};
  std::deque<Kept> kept_;
  std::map<VoterInPoll, Duration> voters_lost_;  // when, the last time
  std::map<PollId, Duration> polls_lost_;
};

/// Of a moment, for traces: since the beginning.
std::string seconds_text(Time time);
/// Short names of ids, for traces: their number in this world.
std::string label(const Uuid& id);

}  // namespace vote::simulated

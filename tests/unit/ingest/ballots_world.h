#pragma once
// The accepting path of one API on the embedded engine, with faults between it and each port. The
// API's clock and the engine's are two; both stand still until told.
#include <future>
#include <memory>
#include <mutex>
#include <unordered_set>
#include <utility>

#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "ingest/ballots.h"
#include "world/engine.h"

namespace vote::test {

inline constexpr Duration kLease = std::chrono::minutes(10);
inline constexpr Duration kToTheEnd = std::chrono::hours(1);

class BallotsWorld : public testing::Test {
 protected:
  BallotsWorld();
  ~BallotsWorld() override;

  void advance(Duration by);
  Result<CastAnswer> cast(const CastVote& vote, Duration wait = Duration(0),
                          Role role = Role::voter);
  /// The first try of a request has a fresh key; later ones send it again. Thread-safe.
  bool is_first_try(const CastVote& vote);
  /// A cast that goes on while the test does something else.
  std::future<Result<CastAnswer>> begin_cast(const CastVote& vote, Duration wait);
  std::future<Result<ChangeReport>> begin_change(const CastVote& vote);
  VoteStatus status(const CastVote& vote);
  Mark mark_of(const CastVote& vote);
  /// As an earlier try of this request, or another request, left it.
  void put_mark(const CastVote& vote, MarkState state);
  /// As vote-dlq does before it removes the dead letter.
  void note_dropped(const CastVote& vote);
  CastVote other_request(const CastVote& vote, std::size_t option = 1);
  void drain() { test::drain(engine, engine_clock); }
  /// The API's memory is gone, as after a restart.
  void lose_marks();
  std::int64_t messages() const { return number(files.queue, "SELECT count(*) FROM messages"); }
  void close_by_hand();

  std::mutex tried_mutex;
  std::unordered_set<RequestId> tried;
  HastyClock engine_clock;
  ManualClock clock{kStart};
  EngineFiles files;
  Engine engine{files, engine_clock};
  MemoryCache memory{clock};
  FaultyStore store{engine.store};
  FaultyQueue queue{engine.queue};
  FaultyCache cache{memory};
  Poll poll = add_poll(engine.store, changeable_poll());
  PollCopies polls{store, clock, {"api-1", kLease}};
  std::unique_ptr<Timers> timers = make_timers();
  std::unique_ptr<Ballots> ballots =
      std::make_unique<Ballots>(store, queue, cache, polls, *timers, clock, BallotSettings{});

 private:
  static Poll changeable_poll();
};

inline void expect_accepted(const Result<CastAnswer>& answer, const CastVote& vote) {
  ASSERT_TRUE(answer) << name(answer.error().code) << ": " << answer.error().detail;
  EXPECT_FALSE(answer->confirmed);
  EXPECT_EQ(answer->request, vote.request);
}
inline void expect_confirmed(const Result<CastAnswer>& answer, const CastVote& vote) {
  ASSERT_TRUE(answer) << name(answer.error().code) << ": " << answer.error().detail;
  EXPECT_TRUE(answer->confirmed);
  EXPECT_EQ(answer->request, vote.request);
}
template <class T>
void expect_refused(const Result<T>& answer, Code code) {
  ASSERT_FALSE(answer);
  EXPECT_EQ(name(answer.error().code), name(code)) << answer.error().detail;
  EXPECT_FALSE(answer.error().detail.empty());
}

}  // namespace vote::test

#pragma once
// The accepting path of one API on the embedded engine, with faults between it and each port. The
// API's clock and the engine's are two; both stand still until told.
#include <future>
#include <memory>
#include <utility>

#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "ingest/ballots.h"
#include "process/worker.h"
#include "world/engine.h"

namespace vote::test {

inline constexpr Duration kLease = std::chrono::minutes(10);
inline constexpr Duration kToTheEnd = std::chrono::hours(1);

class BallotsWorld : public testing::Test {
 protected:
  BallotsWorld() {
    polls.refresh();
    (void)wait_for<Result<PollCopy>>([&](auto done) { polls.get(poll.id, std::move(done)); });
  }

  void advance(Duration by) {
    clock.advance(by);
    engine_clock.advance(by);
  }
  Result<CastAnswer> cast(const CastVote& vote, Duration wait = Duration(0),
                          Role role = Role::voter) {
    return wait_for<Result<CastAnswer>>([&](auto done) {
      ballots->cast({vote.voter, role, true}, vote, wait, std::move(done));
    });
  }
  /// A cast that goes on while the test does something else.
  std::future<Result<CastAnswer>> begin_cast(const CastVote& vote, Duration wait) {
    auto promise = std::make_shared<std::promise<Result<CastAnswer>>>();
    ballots->cast({vote.voter, Role::voter, true}, vote, wait,
                  [promise](Result<CastAnswer> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  std::future<Result<ChangeReport>> begin_change(const CastVote& vote) {
    auto promise = std::make_shared<std::promise<Result<ChangeReport>>>();
    ballots->change({vote.voter, Role::voter, true}, vote, [promise](Result<ChangeReport> report) {
      promise->set_value(std::move(report));
    });
    return promise->get_future();
  }
  VoteStatus status(const CastVote& vote) {
    auto answer = wait_for<Result<VoteStatus>>(
        [&](auto done) { ballots->status(poll.id, vote.voter, std::move(done)); });
    if (!answer) throw std::runtime_error(answer.error().detail);
    return *answer;
  }
  Mark mark_of(const CastVote& vote) {
    return wait_for<Mark>(
        [&](auto done) { memory.stands(vote.poll, vote.voter, std::move(done)); });
  }
  /// As an earlier try of this request, or another request, left it.
  void put_mark(const CastVote& vote, MarkState state) {
    const std::uint64_t digest = digest_of(vote.options);
    (void)wait_for<Mark>([&](auto done) {
      memory.mark(vote.poll, vote.voter, vote.request, digest, kMarkLease, std::move(done));
    });
    if (state == MarkState::queued)
      memory.queued(vote.poll, vote.voter, vote.request, digest, poll.end_time + kMarkGrace);
    if (state == MarkState::confirmed)
      memory.confirm({{vote.poll, vote.voter, {state, vote.request, digest}, poll.end_time}});
  }
  CastVote other_request(const CastVote& vote, std::size_t option = 1) {
    CastVote other = new_vote(poll, option);
    other.voter = vote.voter;
    return other;
  }
  void drain() {
    MemoryCache of_the_worker(engine_clock);
    Stop stop;
    WorkerSettings settings;
    settings.batch_wait = Duration(0);
    Worker(engine.store, engine.queue, of_the_worker, settings).run(stop, true);
  }
  /// The API's memory is gone, as after a restart.
  void lose_marks() {
    cache.faults.before("mark", first(1, Fate::refuse));
    cache.faults.before("stands", first(1, Fate::refuse));
  }
  std::int64_t messages() const { return number(files.queue, "SELECT count(*) FROM messages"); }
  void close_by_hand() {
    const auto closed = wait_for<Result<Poll>>(
        [&](auto done) { engine.store.revise_poll(poll.id, close_requested, std::move(done)); });
    if (!closed) throw std::runtime_error(closed.error().detail);
  }

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
  std::unique_ptr<Ballots> ballots = std::make_unique<Ballots>(
      store, queue, cache, polls, *timers, clock, BallotSettings{kGrace, false});

 private:
  static Poll changeable_poll() {
    Poll changeable = new_poll();
    changeable.settings.allow_vote_change = true;
    return changeable;
  }
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

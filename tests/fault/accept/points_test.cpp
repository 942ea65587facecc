// Each named point of the path of a vote is where a process may be killed. At each one a child runs
// the real parts on real files and ends there, as by SIGKILL; then another process takes over, the
// voter sends the request again, and a judge counts by SQL of its own.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "decorators/cache.h"
#include "decorators/queue.h"
#include "decorators/store.h"
#include "ingest/ballots.h"
#include "process/worker.h"
#include "world/engine.h"

namespace vote::test {
namespace {

enum class Port { store, queue, cache };
enum class Side { before, after };

struct Point {
  const char* name;
  Port port;
  const char* verb;
  Side side;
  int pass = 1;
};

/// A process's handles, with faults between it and each port.
struct Process {
  explicit Process(const EngineFiles& files) : engine(files, clock) {}
  Faults& faults_of(Port port) {
    if (port == Port::store) return store.faults;
    return port == Port::queue ? queue.faults : cache.faults;
  }
  void end_at(const Point& point) {
    const auto action = [pass = point.pass](int number) {
      if (number == pass) ::_exit(kEndedAtPoint);
      return Fate::go_on;
    };
    Faults& faults = faults_of(point.port);
    if (point.side == Side::before)
      faults.before(point.verb, action);
    else
      faults.after(point.verb, action);
  }
  Result<CastAnswer> cast(const CastVote& vote) {
    PollCopies polls(store, clock, {"api", std::chrono::minutes(10)});
    const auto timers = make_timers();
    Ballots ballots(store, queue, cache, polls, *timers, clock, BallotSettings{});
    polls.refresh();
    return wait_for<Result<CastAnswer>>([&](auto done) {
      ballots.cast({vote.voter, Role::voter, true}, vote, {}, std::move(done));
    });
  }
  WorkerTotals drain() {
    WorkerSettings settings;
    settings.batch_wait = Duration(0);
    Worker worker(store, queue, cache, clock, settings);
    Stop stop;
    worker.run(stop, true);
    return worker.totals();
  }

  HastyClock clock;
  Engine engine;
  FaultyStore store{engine.store};
  FaultyQueue queue{engine.queue};
  FaultyCache cache{engine.cache};
};

class AtAPoint : public testing::TestWithParam<Point> {
 protected:
  AtAPoint() {
    Process process(files);
    poll = add_poll(process.store, new_poll());
    vote = new_vote(poll);
  }
  /// Runs `work` in a process of its own, which must end at the point and nowhere else.
  void end_a_process_at_the_point(const std::function<void(Process&)>& work) {
    const pid_t child = ::fork();
    if (child == 0) {
      Process process(files);
      process.end_at(GetParam());
      work(process);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "it crashed before the point";
    ASSERT_EQ(WEXITSTATUS(status), kEndedAtPoint) << "it never came to the point";
  }
  std::int64_t next_offset() const {
    return number(files.store, "SELECT coalesce(max(next_offset), 0) FROM queue_positions");
  }
  std::int64_t end_offset() const {
    return number(files.queue, "SELECT coalesce(max(\"offset\") + 1, 0) FROM messages");
  }

  EngineFiles files;
  Poll poll;
  CastVote vote;
};

/// The accepting path, in the order of its steps.
constexpr Point kThroughTheQueue[] = {
    {"BeforeTheMark", Port::cache, "mark", Side::before},
    {"AfterTheMark", Port::cache, "mark", Side::after},
    {"BeforeTheAppend", Port::queue, "append", Side::before},
    {"AfterTheAppendBeforeItsAck", Port::queue, "append", Side::after},
    {"AfterTheAckBeforeQueued", Port::cache, "queued", Side::before},
    {"AfterQueuedBeforeTheAnswer", Port::cache, "queued", Side::after},
};
/// The store's path, where the queue fails.
constexpr Point kThroughTheStore[] = {
    {"BeforeTheRecord", Port::store, "record", Side::before},
    {"AfterTheCommitBeforeTheAnswer", Port::store, "record", Side::after},
    {"AfterTheCommitBeforeTheCounts", Port::cache, "put", Side::before},
    {"BeforeTheConfirmation", Port::cache, "confirm", Side::before},
    {"AfterTheConfirmationBeforeTheAnswer", Port::cache, "confirm", Side::after},
};

class AcceptEndedAt : public AtAPoint {
 protected:
  void retry_and_judge() {
    Process next(files);
    const Result<CastAnswer> answer = next.cast(vote);
    ASSERT_TRUE(answer) << "the voter is locked out: " << answer.error().detail;
    EXPECT_EQ(answer->request, vote.request);
    next.drain();
    expect_counted(files, 1);
    EXPECT_EQ(number(files.store, "SELECT count(*) FROM vote_audit_log"), 1);
    EXPECT_EQ(number(files.queue, "SELECT count(*) FROM dead_letters"), 0);
    EXPECT_EQ(next_offset(), end_offset());
    const auto standing = wait_for<Result<std::optional<StandingVote>>>(
        [&](auto done) { next.store.vote_of(poll.id, vote.voter, std::move(done)); });
    ASSERT_TRUE(standing && *standing);
    EXPECT_EQ((*standing)->request, vote.request);
    EXPECT_EQ((*standing)->options, vote.options);
  }
};

TEST_P(AcceptEndedAt, TheRetryIsCountedOnce) {
  end_a_process_at_the_point([&](Process& process) { (void)process.cast(vote); });
  retry_and_judge();
}

TEST_P(AcceptEndedAt, TheRetryAfterTheWorkerIsCountedOnce) {
  end_a_process_at_the_point([&](Process& process) { (void)process.cast(vote); });
  Process(files).drain();
  retry_and_judge();
}

TEST_P(AcceptEndedAt, AnotherRequestOfTheVoterIsOneBallotAllTheSame) {
  end_a_process_at_the_point([&](Process& process) { (void)process.cast(vote); });
  vote.request = new_id<RequestId>();
  vote.options = {poll.options[1].id};
  Process next(files);
  const Result<CastAnswer> answer = next.cast(vote);
  ASSERT_TRUE(answer) << "the voter is locked out: " << answer.error().detail;
  next.drain();
  expect_counted(files, 1);
}

INSTANTIATE_TEST_SUITE_P(Queue, AcceptEndedAt, testing::ValuesIn(kThroughTheQueue),
                         [](const auto& tested) { return tested.param.name; });

class StoresPathEndedAt : public AcceptEndedAt {};

TEST_P(StoresPathEndedAt, TheRetryIsCountedOnce) {
  end_a_process_at_the_point([&](Process& process) {
    process.queue.faults.before("append", always(Fate::refuse));
    (void)process.cast(vote);
  });
  retry_and_judge();
}

TEST_P(StoresPathEndedAt, WhereTheMessageLandedAllTheSameItIsCountedOnce) {
  end_a_process_at_the_point([&](Process& process) {
    process.queue.faults.after("append", always(Fate::lose));
    (void)process.cast(vote);
  });
  EXPECT_EQ(end_offset(), 1);
  retry_and_judge();
}

INSTANTIATE_TEST_SUITE_P(Store, StoresPathEndedAt, testing::ValuesIn(kThroughTheStore),
                         [](const auto& tested) { return tested.param.name; });

/// The worker, in the order of its steps on a batch without and with a dead letter.
constexpr Point kOfTheWorker[] = {
    {"AfterTakingBeforeTheRecord", Port::store, "record", Side::before},
    {"AfterTheCommitBeforeItKnows", Port::store, "record", Side::after},
    {"AfterTheCommitBeforeTheMarks", Port::cache, "confirm", Side::before},
    {"AfterTheCommitBeforeTheCounts", Port::cache, "put", Side::before},
    {"BeforeTheCommitToTheQueue", Port::queue, "commit", Side::before},
    {"AfterTheCommitToTheQueue", Port::queue, "commit", Side::after},
};
constexpr Point kOfBurying[] = {
    {"BeforeTheRecordOfItsNeighbours", Port::store, "record", Side::before},
    {"AfterTheCommitOfItsNeighbours", Port::store, "record", Side::after},
    {"BeforeTheDeadLetter", Port::queue, "add_dead_letter", Side::before},
    {"AfterTheDeadLetterBeforeItsAck", Port::queue, "add_dead_letter", Side::after},
    {"AfterTheDeadLetterBeforeThePositions", Port::store, "record", Side::before, 2},
    {"AfterThePositions", Port::store, "record", Side::after, 2},
    {"BeforeTheCommitToTheQueue", Port::queue, "commit", Side::before},
};

class WorkerEndedAt : public AtAPoint {
 protected:
  void append_votes() {
    Process process(files);
    for (std::size_t n = 0; n < 5; ++n) append(process.queue, new_vote(poll, n % 3));
    append(process.queue, vote);
    append(process.queue, vote);
  }
};

TEST_P(WorkerEndedAt, TheNextOneCountsEachVoteOnce) {
  append_votes();
  end_a_process_at_the_point([](Process& process) { process.drain(); });
  Process(files).drain();
  expect_counted(files, 6);
  EXPECT_EQ(number(files.store, "SELECT count(*) FROM vote_audit_log"), 6);
  EXPECT_EQ(next_offset(), 7);
  EXPECT_EQ(number(files.queue, "SELECT count(*) FROM dead_letters"), 0);
}

INSTANTIATE_TEST_SUITE_P(Worker, WorkerEndedAt, testing::ValuesIn(kOfTheWorker),
                         [](const auto& tested) { return tested.param.name; });

class BuryingEndedAt : public WorkerEndedAt {};

TEST_P(BuryingEndedAt, TheDeadLetterIsThereAndEachVoteIsCountedOnce) {
  append_votes();
  {
    Process process(files);
    append(process.queue, Message{UserId{}, "poison", {}});
    append(process.queue, new_vote(poll));
  }
  end_a_process_at_the_point([](Process& process) { process.drain(); });
  if (next_offset() == 9) {
    EXPECT_GE(number(files.queue, "SELECT count(*) FROM dead_letters"), 1)
        << "the position passed a message that is nowhere";
  }
  Process(files).drain();
  expect_counted(files, 7);
  EXPECT_EQ(next_offset(), 9);
  // Killed between the letter and the position it is there twice, and says so by its offset.
  EXPECT_GE(number(files.queue, "SELECT count(*) FROM dead_letters"), 1);
  EXPECT_EQ(number(files.queue,
                   "SELECT count(DISTINCT headers ->> 'x-original-offset') "
                   "FROM dead_letters"),
            1);
}

INSTANTIATE_TEST_SUITE_P(Worker, BuryingEndedAt, testing::ValuesIn(kOfBurying),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace vote::test

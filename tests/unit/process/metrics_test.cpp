#include "process/metrics.h"

#include "unit/process/worker_world.h"

namespace vote {
namespace {

using test::append;
using test::Fate;
using test::new_vote;

class MetricsOfAWorker : public test::WorkerWorld {
 protected:
  /// Of the worker's sheet; nothing: -1.
  double value(const std::string& series) const {
    metrics::Sheet sheet;
    write_metrics(sheet, worker, clock);
    return value_in(sheet, series);
  }
  double backlog(const std::string& series) {
    metrics::Sheet sheet;
    write_backlog(sheet, store, queue, settings.topic);
    return value_in(sheet, series);
  }
  static double value_in(const metrics::Sheet& sheet, const std::string& series) {
    const std::string text = '\n' + sheet.text();
    const auto at = text.find('\n' + series + ' ');
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
  static std::string messages(const std::string& outcome) {
    return "vote_worker_messages_total{outcome=\"" + outcome + "\"}";
  }

  Worker worker{store, queue, cache, clock, settings};
};

TEST_F(MetricsOfAWorker, SayWhatBecameOfEachMessage) {
  const CastVote vote = new_vote(poll);
  CastVote other = new_vote(poll, 1);
  other.voter = vote.voter;
  append(engine.queue, vote);
  append(engine.queue, vote);
  append(engine.queue, other);
  append(engine.queue, new_vote(test::new_poll()));
  append(engine.queue, {UserId{}, "{}", {}});
  append(engine.queue, {UserId{}, to_message(ClosePoll{poll.id}), {}});
  worker.run(stop, true);
  EXPECT_EQ(value(messages("recorded")), 1);
  EXPECT_EQ(value(messages("duplicate")), 1);
  EXPECT_EQ(value(messages("superseded")), 1);
  EXPECT_EQ(value(messages("retried")), 0);
  EXPECT_EQ(value(messages("dead_letter")), 2);
  EXPECT_EQ(value(messages("closing")), 1);
  EXPECT_EQ(value(R"(vote_dead_letters_total{reason="unknown_poll"})"), 1);
  EXPECT_EQ(value(R"(vote_dead_letters_total{reason="malformed"})"), 1);
  EXPECT_EQ(value(R"(vote_dead_letters_total{reason="too_late"})"), 0);
  EXPECT_EQ(value("vote_worker_batch_messages_sum"), 6);
  EXPECT_EQ(value("vote_worker_batch_messages_count"), 1);
  EXPECT_EQ(value("vote_worker_delay_seconds_count"), 1);
  EXPECT_GE(value("vote_store_record_duration_seconds_count"), 1);
}

TEST_F(MetricsOfAWorker, SayThatTheStoreIsAwayAndSinceWhenVotesWait) {
  append(engine.queue, new_vote(poll));
  clock.advance(std::chrono::seconds(40));
  append(engine.queue, new_vote(poll));
  clock.advance(std::chrono::seconds(2));
  double up = -1;
  double lag = -1;
  store.faults.before("record", [&](int pass) {
    if (pass == 1) return Fate::refuse;
    up = value(R"(vote_part_up{part="store"})");
    lag = value("vote_worker_lag_seconds");
    return Fate::go_on;
  });
  worker.run(stop, true);
  EXPECT_EQ(up, 0);
  EXPECT_EQ(lag, 42);
  EXPECT_EQ(value(R"(vote_part_up{part="store"})"), 1);
  EXPECT_EQ(value("vote_worker_lag_seconds"), 0) << "nothing waits any more";
}

TEST_F(MetricsOfAWorker, SayThatTheQueueIsAway) {
  append(engine.queue, new_vote(poll));
  double up = -1;
  queue.faults.before("take", test::first(1, Fate::refuse));
  queue.faults.before("seek", [&](int pass) {
    if (pass == 3) up = value(R"(vote_part_up{part="queue"})");
    return pass == 2 ? Fate::refuse : Fate::go_on;
  });
  worker.run(stop, true);
  EXPECT_EQ(up, 0);
  EXPECT_EQ(value(messages("recorded")), 1);
  EXPECT_EQ(value(R"(vote_part_up{part="queue"})"), 1);
}

TEST_F(MetricsOfAWorker, SayWhetherItReadsOrStandsBy) {
  EXPECT_EQ(value("vote_worker_partitions"), 0);
  append(engine.queue, new_vote(poll));
  double reads = -1;
  store.faults.before("record", [&](int /*pass*/) {
    reads = value("vote_worker_partitions");
    return Fate::go_on;
  });
  worker.run(stop, true);
  EXPECT_EQ(reads, 1);
  EXPECT_EQ(value("vote_worker_partitions"), 0);
}

TEST_F(MetricsOfAWorker, SayWhatWaitsInTheQueueAndAmongTheDeadLetters) {
  for (int n = 0; n < 3; ++n) append(engine.queue, new_vote(poll));
  append(engine.queue, {UserId{}, "{}", {}});
  EXPECT_EQ(backlog("vote_queue_messages"), 4);
  EXPECT_EQ(backlog("vote_queue_lag_messages"), 4);
  EXPECT_EQ(backlog("vote_dead_letters"), 0);
  worker.run(stop, true);
  EXPECT_EQ(backlog("vote_queue_messages"), 4);
  EXPECT_EQ(backlog("vote_queue_lag_messages"), 0);
  EXPECT_EQ(backlog("vote_dead_letters"), 1);
  store.faults.before("positions", test::always(Fate::refuse));
  EXPECT_EQ(backlog("vote_queue_lag_messages"), -1);
  EXPECT_EQ(backlog("vote_dead_letters"), 1);
  queue.faults.before("status", test::always(Fate::refuse));
  EXPECT_EQ(backlog("vote_dead_letters"), -1);
}

}  // namespace
}  // namespace vote

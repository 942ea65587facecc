// Many at once, from one process and from two: what is decided is decided once.
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <future>
#include <random>
#include <thread>

#include "contract/store/house.h"

namespace vote::test {
namespace {

constexpr std::size_t kThreads = 64;

class StoreConcurrency : public StoreTest {
 protected:
  /// Runs `act(i)` on threads that start together.
  template <class Act>
  static void at_once(std::size_t threads, Act act) {
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < threads; ++i)
      running.emplace_back([&start, &act, i] {
        start.arrive_and_wait();
        act(i);
      });
  }
  /// Two processes' stores on the same data.
  Store& store_of(std::size_t i) { return i % 2 == 0 ? *store_ : *other_; }
  static Recorded outcome_of(const Result<BatchReport>& report) {
    return report ? report->outcomes.at(0).outcome : Recorded::final;
  }
  static Batch batch_of(const CastVote& vote) {
    Batch batch;
    batch.votes.push_back({vote, std::nullopt});
    batch.note_superseded = true;
    return batch;
  }

  std::unique_ptr<Store> other_ = house_->open(kGrace);
};
VOTE_ON_EVERY_BACKEND(StoreConcurrency);

TEST_P(StoreConcurrency, OfOneVotersVotesAtOnceOneIsRecordedAndTheRestGiveWay) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll);
  std::array<Recorded, kThreads> outcomes{};
  at_once(kThreads, [&](std::size_t i) {
    outcomes[i] = outcome_of(record(store_of(i), batch_of(another_request(vote, poll, i % 3))));
  });
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Recorded::recorded), 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Recorded::superseded), kThreads - 1);
  EXPECT_EQ(house_->rows("votes"), 1);
  EXPECT_EQ(house_->audited("cast"), 1);
  EXPECT_EQ(house_->audited("superseded"), kThreads - 1);
  EXPECT_EQ(counts(poll).total_votes, 1U);
  EXPECT_EQ(tally_of(counts(poll)), house_->counted_by_ballots(poll));
}

TEST_P(StoreConcurrency, OfOneRequestsCopiesAtOnceOneIsRecorded) {
  const Poll poll = new_open_poll();
  const CastVote vote = new_vote(poll);
  std::array<Recorded, kThreads> outcomes{};
  at_once(kThreads,
          [&](std::size_t i) { outcomes[i] = outcome_of(record(store_of(i), batch_of(vote))); });
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Recorded::recorded), 1);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), Recorded::same), kThreads - 1);
  EXPECT_EQ(house_->rows("vote_audit_log"), 1);
}

TEST_P(StoreConcurrency, OfOneChangesCopiesAtOnceOneIsApplied) {
  const Poll poll = new_changeable_poll();
  const CastVote vote = new_vote(poll, 0);
  record(vote);
  const CastVote wish = another_request(vote, poll, 1);
  std::atomic<int> applied = 0;
  std::atomic<int> repeated = 0;
  at_once(kThreads, [&](std::size_t i) {
    const auto report = wait_for<Result<ChangeReport>>(
        [&](auto done) { store_of(i).change({wish}, std::move(done)); });
    if (report) ++(report->repeated ? repeated : applied);
  });
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(repeated, static_cast<int>(kThreads) - 1);
  EXPECT_EQ(house_->audited("changed"), 1);
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{0, 1, 0}, 1}));
}

TEST_P(StoreConcurrency, OfWorkersAtOnePositionOneMovesOn) {
  const Poll poll = new_open_poll();
  std::atomic<int> moved_on = 0;
  at_once(8, [&](std::size_t i) {
    Batch batch;
    batch.votes.push_back({new_vote(poll), kStart});
    batch.moves.push_back({0, {"votes", 0, static_cast<std::int64_t>(i) + 1, kStart, 0}});
    const auto report = record(store_of(i), std::move(batch));
    if (report && !report->positions_moved) ++moved_on;
  });
  EXPECT_EQ(moved_on, 1);
  EXPECT_EQ(house_->rows("votes"), 1);
}

TEST_P(StoreConcurrency, CountersAreTheBallotsHoweverBatchesOverlap) {
  const std::array<Poll, 2> polls = {new_open_poll(), new_open_poll()};
  std::vector<UserId> voters;
  voters.reserve(100);
  for (int i = 0; i < 100; ++i) voters.push_back(new_id<UserId>());
  at_once(8, [&](std::size_t thread) {
    std::mt19937 chance(static_cast<std::uint32_t>(thread));
    for (int round = 0; round < 10; ++round) {
      Batch batch;
      batch.votes.reserve(50);
      for (int i = 0; i < 50; ++i) {
        const Poll& poll = polls[chance() % 2];
        CastVote vote = new_vote(poll, chance() % 3);
        vote.voter = voters[chance() % voters.size()];
        batch.votes.push_back({vote, std::nullopt});
      }
      EXPECT_TRUE(record(store_of(thread), std::move(batch)));
    }
  });
  EXPECT_GT(house_->rows("votes"), 100);
  for (const Poll& poll : polls) {
    EXPECT_EQ(tally_of(counts(poll)), house_->counted_by_ballots(poll));
    EXPECT_EQ(tally_of(counts(poll)), house_->counted_by_audit(poll));
  }
}

TEST_P(StoreConcurrency, AJobThatFailsTakesNoneOfItsNeighboursWithIt) {
  const Poll poll = new_open_poll();
  const CastVote poison = new_vote(poll);
  house_->refuse_ballots_of(poison.voter);
  std::array<std::promise<Result<BatchReport>>, kThreads> answers;
  for (std::size_t i = 0; i < kThreads; ++i)
    store_->record(
        batch_of(i == 30 ? poison : new_vote(poll)),
        [&answers, i](Result<BatchReport> report) { answers[i].set_value(std::move(report)); });
  for (std::size_t i = 0; i < kThreads; ++i) {
    const auto report = answers[i].get_future().get();
    if (i == 30) {
      EXPECT_EQ(code_of(report), Code::invalid_input);
      continue;
    }
    ASSERT_TRUE(report) << i;
    EXPECT_EQ(report->outcomes.size(), 1U) << "a run that was rolled back leaves nothing behind";
    EXPECT_EQ(report->outcomes.at(0).outcome, Recorded::recorded);
  }
  EXPECT_EQ(tally_of(counts(poll)), (Tally{{kThreads - 1, 0, 0}, kThreads - 1}));
}

TEST_P(StoreConcurrency, CountsThatAreReadNeverGoBackWhileOthersWrite) {
  const Poll poll = new_open_poll();
  std::atomic<bool> written = false;
  std::jthread writing([&] {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(record(*other_, batch_of(new_vote(poll, i % 3))));
    written = true;
  });
  PollCounts last = counts(poll);
  while (!written) {
    const PollCounts next = counts(poll);
    ASSERT_GE(next.version, last.version);
    ASSERT_GE(next.total_votes, last.total_votes);
    std::uint64_t options = 0;
    for (const OptionCount& option : next.options) options += option.votes;
    ASSERT_EQ(options, next.total_votes) << "counts are of one moment";
    last = next;
  }
  EXPECT_EQ(counts(poll).total_votes, 100U);
}

TEST_P(StoreConcurrency, WhatIsWaitingWhenTheStoreClosesIsFinished) {
  const Poll poll = new_open_poll();
  std::atomic<int> recorded = 0;
  std::atomic<int> read = 0;
  for (std::size_t i = 0; i < kThreads; ++i) {
    store_->record(batch_of(new_vote(poll)), [&](const Result<BatchReport>& report) {
      if (outcome_of(report) == Recorded::recorded) ++recorded;
    });
    store_->counts(poll.id, [&](const Result<PollCounts>& counts) {
      if (counts) ++read;
    });
  }
  store_.reset();
  EXPECT_EQ(recorded, static_cast<int>(kThreads));
  EXPECT_EQ(read, static_cast<int>(kThreads));
  EXPECT_EQ(house_->rows("votes"), static_cast<std::int64_t>(kThreads));
}

}  // namespace
}  // namespace vote::test

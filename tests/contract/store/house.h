#pragma once
// The store's contract: what every backend is asked. A backend gives a House, a fresh store with
// the means to look at its tables by SQL of the test's own; StoreTest holds one and waits for
// answers. A new backend adds its maker to `backends()`, and every suite runs on it.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/blocking.h"
#include "store/store.h"
#include "world/time.h"
#include "world/votes.h"

namespace vote::test {

inline constexpr Duration kGrace = std::chrono::seconds(5);

/// What a poll's tables say: by position from 0, and ballots that are not empty.
struct Tally {
  std::vector<std::int64_t> options;
  std::int64_t ballots = 0;
  bool operator==(const Tally&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Tally& tally) {
  for (const std::int64_t votes : tally.options) out << votes << ' ';
  return out << "of " << tally.ballots;
}

class House {
 public:
  virtual ~House() = default;
  /// Another process's store on the same data; the first is made by `open` too. `grace`: of polls
  /// that this one adds.
  virtual std::unique_ptr<Store> open(Duration grace) = 0;
  /// Rows of a table: votes, vote_audit_log, users, …
  virtual std::int64_t rows(const std::string& table) = 0;
  /// Entries of the audit log with this action.
  virtual std::int64_t audited(const std::string& action) = 0;
  virtual Tally counted_by_ballots(const Poll& poll) = 0;
  /// cast(new) + changed(new) - changed(old) - revoked(old); the ballots are not asked.
  virtual Tally counted_by_audit(const Poll& poll) = 0;
  /// From now on the schema refuses this voter's ballots.
  virtual void refuse_ballots_of(UserId voter) = 0;
  /// Runs statements of standard SQL on the tables, past every guard of the audit log.
  virtual void tamper(const std::string& sql) = 0;
  /// Literals as the tables have them: a choice of these positions, an action of the audit log.
  virtual std::string choice(std::vector<int> positions) = 0;
  virtual std::string action(const std::string& name) = 0;
  /// What the stores' clock says from now on, where it is not the one that the house was made with.
  virtual void set_clock(Time now) = 0;
};

struct Backend {
  std::string name;
  std::unique_ptr<House> (*make)(const Clock& clock);
};
std::unique_ptr<House> make_sqlite_house(const Clock& clock);
std::unique_ptr<House> make_postgres_house(const Clock& clock);
std::unique_ptr<House> make_memory_house(const Clock& clock);
inline std::vector<Backend> backends() {
  return {{"Sqlite", make_sqlite_house},
          {"Postgres", make_postgres_house},
          {"Simulated", make_memory_house}};
}

class StoreTest : public testing::TestWithParam<Backend> {
 protected:
  StoreTest() : house_(GetParam().make(clock_)), store_(house_->open(kGrace)) {}

  /// Closes the store and opens it again, as a restart does.
  void restart(Duration grace = kGrace) {
    store_.reset();
    store_ = house_->open(grace);
  }
  void advance(Duration by) {
    clock_.advance(by);
    house_->set_clock(clock_.now());
  }
  Poll new_open_poll() { return add_poll(*store_, new_poll()); }
  Poll new_changeable_poll() {
    Poll poll = new_poll();
    poll.settings.allow_vote_change = true;
    return add_poll(*store_, poll);
  }

  Result<BatchReport> record(Batch batch) { return record(*store_, std::move(batch)); }
  static Result<BatchReport> record(Store& store, Batch batch) {
    return wait_for<Result<BatchReport>>(
        [&](auto done) { store.record(std::move(batch), std::move(done)); });
  }
  /// One vote as the worker records it: stamped, superseded ones noted.
  RecordOutcome record(const CastVote& vote, std::optional<Time> stamp = kStart) {
    Batch batch;
    batch.votes.push_back({vote, stamp});
    batch.note_superseded = true;
    auto report = record(std::move(batch));
    if (!report) throw std::runtime_error(report.error().detail);
    return report->outcomes.at(0);
  }
  Result<ChangeReport> change(const CastVote& vote) {
    return wait_for<Result<ChangeReport>>(
        [&](auto done) { store_->change({vote}, std::move(done)); });
  }
  std::optional<StandingVote> vote_of(const Poll& poll, UserId voter) {
    auto vote = wait_for<Result<std::optional<StandingVote>>>(
        [&](auto done) { store_->vote_of(poll.id, voter, std::move(done)); });
    if (!vote) throw std::runtime_error(vote.error().detail);
    return *vote;
  }
  PollCounts counts(const Poll& poll) {
    auto counts =
        wait_for<Result<PollCounts>>([&](auto done) { store_->counts(poll.id, std::move(done)); });
    if (!counts) throw std::runtime_error(counts.error().detail);
    return *counts;
  }
  static Tally tally_of(const PollCounts& counts) {
    Tally tally{{}, static_cast<std::int64_t>(counts.total_votes)};
    for (const OptionCount& option : counts.options)
      tally.options.push_back(static_cast<std::int64_t>(option.votes));
    return tally;
  }
  Result<Poll> poll(PollId id) {
    return wait_for<Result<Poll>>([&](auto done) { store_->poll(id, std::move(done)); });
  }
  Result<Poll> revise(const Poll& poll, PollRevision revision) {
    return wait_for<Result<Poll>>(
        [&](auto done) { store_->revise_poll(poll.id, std::move(revision), std::move(done)); });
  }
  Result<Poll> close(const Poll& poll) { return revise(poll, close_requested); }
  Result<Poll> make_final(const Poll& poll) {
    return revise(poll, [](Poll current, Time now) {
      current.final_at = now;
      return current;
    });
  }
  Result<Renewal> renew(const Lease& lease) {
    return wait_for<Result<Renewal>>([&](auto done) { store_->renew(lease, std::move(done)); });
  }

  ManualClock clock_{kStart};
  std::unique_ptr<House> house_;
  std::unique_ptr<Store> store_;
};

/// The same voter's other request.
inline CastVote another_request(CastVote vote, const Poll& poll, std::size_t option) {
  vote.request = new_id<RequestId>();
  vote.options = {poll.options.at(option).id};
  return vote;
}

template <class T>
Code code_of(const Result<T>& result) {
  if (result) throw std::runtime_error("no error");
  return result.error().code;
}

}  // namespace vote::test

#define VOTE_ON_EVERY_BACKEND(Suite)                                                   \
  INSTANTIATE_TEST_SUITE_P(Backends, Suite, testing::ValuesIn(vote::test::backends()), \
                           [](const auto& made) { return made.param.name; })

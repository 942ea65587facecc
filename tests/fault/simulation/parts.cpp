#include "fault/simulation/parts.h"

#include <utility>

namespace vote::simulated {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kReconcileEvery = seconds(4);
constexpr Duration kLastRequestsWait = milliseconds(100);
constexpr int kLastRequestsWaits = 50;

/// Nobody took the vote, which may be on its way all the same: another one of the voter can
/// overtake it. The other 503, "not yet certain", is of polls that are over.
bool gave_its_mark_back(const Error& error) {
  return error.code == Code::unavailable && error.detail.starts_with("neither queue nor store");
}

}  // namespace

Api::Api(Environment& environment, std::string name, bool has_shared_cache)
    : Process(environment, std::move(name), Kind::api_killed_at_a_call),
      links_(*this, has_shared_cache),
      timers_(*this),
      copies_(links_.store, clock, {this->name(), kLeaseOfApis, links_.queue.topic()}),
      ballots_(links_.store, links_.queue, links_.cache, copies_, timers_, clock, {}),
      scoreboard_(links_.store, links_.cache, clock) {}

void Api::start() {
  run([this] {
    copies_.refresh();
    serves_ = true;
    copies_.run(stop);
  });
}

void Api::end() {
  serves_ = false;
  run([this] {
    for (int waits = 0; busy_ > 0 && waits < kLastRequestsWaits; ++waits)
      environment().scheduler.pause(kLastRequestsWait);
    stop.request();
  });
}

template <class T>
void Api::answer(const Answered& answered, const Result<T>& result, unsigned status) {
  --busy_;
  if (dead()) return;
  if (result)
    answered(status, "");
  else
    answered(status_of(result.error().code), vote::name(result.error().code));
}

void Api::cast(const CastVote& vote, CastTerms terms, Answered answered) {
  ++busy_;
  ballots_.cast(
      {vote.voter, Role::voter, true}, vote, terms,
      [this, poll = vote.poll, answered = std::move(answered)](const Result<CastAnswer>& result) {
        if (result && result->confirmed) scoreboard_.expire(poll);
        if (!result && gave_its_mark_back(result.error())) environment().marks_at_risk = true;
        answer(answered, result, result && result->confirmed ? 201 : 202);
      });
}

void Api::change(const CastVote& vote, Answered answered) {
  ++busy_;
  ballots_.change(
      {vote.voter, Role::voter, true}, vote,
      [this, poll = vote.poll, answered = std::move(answered)](const Result<ChangeReport>& result) {
        if (result) scoreboard_.expire(poll);
        answer(answered, result, 200);
      });
}

api::Scoreboard::Page Api::results(PollId id) {
  const auto poll =
      wait_for<Result<PollCopy>>([&](auto done) { copies_.get(id, std::move(done)); });
  if (!poll) return nullptr;
  const PollStatus status = (*poll)->status_at(copies_.store_now());
  if (auto page = scoreboard_.fresh(**poll, status)) return page;
  if (scoreboard_.trusts_cache(**poll)) {
    const auto counts = wait_for<std::optional<PollCounts>>(
        [&](auto done) { links_.cache.counts(id, std::move(done)); });
    if (counts) return scoreboard_.page_of_cached(*poll, status, *counts);
  }
  const auto page = wait_for<Result<api::Scoreboard::Page>>(
      [&](auto done) { scoreboard_.read(*poll, status, std::move(done)); });
  return page ? *page : nullptr;
}

bool Api::close(PollId id) {
  const auto closed = wait_for<Result<Poll>>(
      [&](auto done) { links_.store.revise_poll(id, close_requested, std::move(done)); });
  copies_.forget(id);
  return static_cast<bool>(closed);
}

WorkerPart::WorkerPart(Environment& environment, std::string name, bool has_shared_cache,
                       WorkerSettings settings)
    : Process(environment, std::move(name), Kind::worker_killed_at_a_call),
      links_(*this, has_shared_cache),
      worker_(links_.store, links_.queue, links_.cache, clock, std::move(settings)) {}

void WorkerPart::start() {
  run([this] {
    try {
      worker_.run(stop, false);
    } catch (const std::runtime_error& error) {
      // What a dead process thinks is nobody's business.
      if (!dead()) environment().wrong.push_back(name() + " gave up: " + error.what());
    }
  });
}

ReconcilePart::ReconcilePart(Environment& environment, std::string name, bool has_shared_cache)
    : Process(environment, std::move(name), Kind::reconcile_killed_at_a_call),
      links_(*this, has_shared_cache),
      reconcile_(links_.store, links_.queue, links_.cache, clock, {}) {}

void ReconcilePart::start() {
  run([this] { reconcile_.run({}, kReconcileEvery, stop); });
}

}  // namespace vote::simulated

#include "unit/ingest/ballots_world.h"

namespace vote::test {

BallotsWorld::BallotsWorld() {
  polls.refresh();
  (void)wait_for<Result<PollCopy>>([&](auto done) { polls.get(poll.id, std::move(done)); });
}

BallotsWorld::~BallotsWorld() = default;

void BallotsWorld::advance(Duration by) {
  clock.advance(by);
  engine_clock.advance(by);
}

Result<CastAnswer> BallotsWorld::cast(const CastVote& vote, Duration wait, Role role) {
  const CastTerms terms{wait, is_first_try(vote)};
  return wait_for<Result<CastAnswer>>([&](auto done) {
    ballots->cast({vote.voter, role, true}, vote, terms, std::move(done));
  });
}

bool BallotsWorld::is_first_try(const CastVote& vote) {
  const std::lock_guard lock(tried_mutex);
  return tried.insert(vote.request).second;
}

std::future<Result<CastAnswer>> BallotsWorld::begin_cast(const CastVote& vote, Duration wait) {
  auto promise = std::make_shared<std::promise<Result<CastAnswer>>>();
  ballots->cast({vote.voter, Role::voter, true}, vote, {wait, is_first_try(vote)},
                [promise](Result<CastAnswer> answer) { promise->set_value(std::move(answer)); });
  return promise->get_future();
}

std::future<Result<ChangeReport>> BallotsWorld::begin_change(const CastVote& vote) {
  auto promise = std::make_shared<std::promise<Result<ChangeReport>>>();
  ballots->change({vote.voter, Role::voter, true}, vote, [promise](Result<ChangeReport> report) {
    promise->set_value(std::move(report));
  });
  return promise->get_future();
}

VoteStatus BallotsWorld::status(const CastVote& vote) {
  auto answer = wait_for<Result<VoteStatus>>(
      [&](auto done) { ballots->status(poll.id, vote.voter, std::move(done)); });
  if (!answer) throw std::runtime_error(answer.error().detail);
  return *answer;
}

Mark BallotsWorld::mark_of(const CastVote& vote) {
  return wait_for<Mark>([&](auto done) { memory.stands(vote.poll, vote.voter, std::move(done)); });
}

void BallotsWorld::put_mark(const CastVote& vote, MarkState state) {
  (void)is_first_try(vote);
  const std::uint64_t digest = digest_of(vote.options);
  (void)wait_for<Mark>([&](auto done) {
    memory.mark(vote.poll, vote.voter, vote.request, digest, kMarkLease, std::move(done));
  });
  if (state == MarkState::queued)
    memory.queued(vote.poll, vote.voter, vote.request, digest, poll.end_time + kMarkGrace);
  if (state == MarkState::confirmed)
    memory.confirm(
        {{vote.poll, vote.voter, {state, vote.request, digest}, poll.end_time + kMarkGrace}});
}

void BallotsWorld::note_dropped(const CastVote& vote) {
  OperatorAction action;
  action.actor = "os:test";
  action.action = "dropped";
  action.poll = vote.poll;
  action.user = vote.voter;
  action.request = vote.request;
  (void)wait_for<Result<Done>>([&](auto done) { engine.store.note(action, std::move(done)); });
}

CastVote BallotsWorld::other_request(const CastVote& vote, std::size_t option) {
  CastVote other = new_vote(poll, option);
  other.voter = vote.voter;
  return other;
}

void BallotsWorld::lose_marks() {
  cache.faults.before("mark", first(1, Fate::refuse));
  cache.faults.before("stands", first(1, Fate::refuse));
}

void BallotsWorld::close_by_hand() {
  const auto closed = wait_for<Result<Poll>>(
      [&](auto done) { engine.store.revise_poll(poll.id, close_requested, std::move(done)); });
  if (!closed) throw std::runtime_error(closed.error().detail);
}

Poll BallotsWorld::changeable_poll() {
  Poll changeable = new_poll();
  changeable.settings.allow_vote_change = true;
  return changeable;
}

}  // namespace vote::test

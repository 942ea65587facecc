#include "fault/simulation/cache_link.h"

#include <utility>

namespace vote::simulated {

CacheLink::CacheLink(Process& process, bool is_shared)
    : process_(process),
      world_(process.environment()),
      is_shared_(is_shared),
      own_(is_shared ? nullptr : std::make_unique<MemoryCache>(process.clock)),
      target_(is_shared ? static_cast<Cache&>(world_.cache) : *own_) {}

template <class T, class Call>
void CacheLink::ask(T nothing, Completion<T> done, Call call) {
  process_.pass_a_point();
  T answer = nothing;
  const auto take = [&] { call(Completion<T>([&answer](T given) { answer = std::move(given); })); };
  if (process_.dead()) return done(std::move(answer));
  if (!is_shared_) {
    take();
    return done(std::move(answer));
  }
  world_.scheduler.pause(world_.latency());
  if (process_.dead() || !is_reached()) return done(std::move(answer));
  const bool is_message_lost = world_.happens(Kind::cache_message_lost, 5);
  if (!is_message_lost) take();
  world_.scheduler.pause(world_.latency());
  process_.pass_a_point();
  const bool is_answer_lost = !is_reached() || world_.happens(Kind::cache_answer_lost, 5);
  if (is_answer_lost) answer = nothing;
  if (is_message_lost || is_answer_lost) world_.marks_at_risk = true;
  done(std::move(answer));
}

/// Fire and forget: it comes some time later, or never.
template <class Call>
void CacheLink::tell(Call call) {
  if (process_.dead()) return;
  if (!is_shared_) return call(target_);
  if (!is_reached() || world_.happens(Kind::cache_message_lost, 5)) {
    world_.marks_at_risk = true;
    return;
  }
  world_.scheduler.at(world_.scheduler.now() + world_.latency(),
                      [call = std::move(call), &target = target_] { call(target); });
}

void CacheLink::mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                     Duration lease, Completion<Mark> done) {
  ask<Mark>({}, std::move(done),
            [&](auto next) { target_.mark(poll, voter, request, digest, lease, std::move(next)); });
}

void CacheLink::stands(PollId poll, UserId voter, Completion<Mark> done) {
  ask<Mark>({}, std::move(done), [&](auto next) { target_.stands(poll, voter, std::move(next)); });
}

void CacheLink::queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                       Time until) {
  tell([=](Cache& cache) { cache.queued(poll, voter, request, digest, until); });
}

void CacheLink::confirm(std::vector<Confirmation> confirmations) {
  tell([confirmations = std::move(confirmations)](Cache& cache) { cache.confirm(confirmations); });
}

void CacheLink::release(PollId poll, UserId voter, RequestId request) {
  tell([=](Cache& cache) { cache.release(poll, voter, request); });
}

void CacheLink::withdraw(PollId poll, UserId voter, RequestId request) {
  tell([=](Cache& cache) { cache.withdraw(poll, voter, request); });
}

void CacheLink::put(const PollCounts& counts) {
  tell([counts](Cache& cache) { cache.put(counts); });
}

void CacheLink::counts(PollId poll, Completion<std::optional<PollCounts>> done) {
  ask<std::optional<PollCounts>>(std::nullopt, std::move(done),
                                 [&](auto next) { target_.counts(poll, std::move(next)); });
}

void CacheLink::allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) {
  target_.allow(takes, std::move(done));
}

}  // namespace vote::simulated

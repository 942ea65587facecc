#include "decorators/cache.h"

namespace vote::test {

template <class T, class Forward>
void FaultyCache::pass(const std::string& verb, Completion<T> done, Forward forward) {
  if (faults.pass_before(verb) != Fate::go_on) return done(T{});
  forward(Completion<T>([this, verb, done = std::move(done)](T answer) mutable {
    done(faults.pass_after(verb) == Fate::go_on ? std::move(answer) : T{});
  }));
}

template <class Forward>
void FaultyCache::pass(const std::string& verb, Forward forward) {
  if (faults.pass_before(verb) != Fate::go_on) return;
  forward();
  (void)faults.pass_after(verb);
}

void FaultyCache::mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                       Duration lease, Completion<Mark> done) {
  pass<Mark>("mark", std::move(done),
             [&](auto next) { cache_.mark(poll, voter, request, digest, lease, std::move(next)); });
}

void FaultyCache::stands(PollId poll, UserId voter, Completion<Mark> done) {
  pass<Mark>("stands", std::move(done),
             [&](auto next) { cache_.stands(poll, voter, std::move(next)); });
}

void FaultyCache::queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
                         Time until) {
  pass("queued", [&] { cache_.queued(poll, voter, request, digest, until); });
}

void FaultyCache::confirm(std::vector<Confirmation> confirmations) {
  pass("confirm", [&] { cache_.confirm(std::move(confirmations)); });
}

void FaultyCache::release(PollId poll, UserId voter, RequestId request) {
  pass("release", [&] { cache_.release(poll, voter, request); });
}

void FaultyCache::withdraw(PollId poll, UserId voter, RequestId request) {
  pass("withdraw", [&] { cache_.withdraw(poll, voter, request); });
}

void FaultyCache::put(const PollCounts& counts) {
  pass("put", [&] { cache_.put(counts); });
}

void FaultyCache::counts(PollId poll, Completion<std::optional<PollCounts>> done) {
  pass<std::optional<PollCounts>>("counts", std::move(done),
                                  [&](auto next) { cache_.counts(poll, std::move(next)); });
}

void FaultyCache::allow(std::span<const Take> takes, Completion<std::optional<Denial>> done) {
  pass<std::optional<Denial>>("allow", std::move(done),
                              [&](auto next) { cache_.allow(takes, std::move(next)); });
}

}  // namespace vote::test

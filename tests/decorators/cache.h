#pragma once
// A cache that hands everything on to another one, and is out of reach, waits or ends where its
// faults say so.
#include <utility>

#include "cache/cache.h"
#include "decorators/faults.h"

namespace vote::test {

class FaultyCache final : public Cache {
 public:
  explicit FaultyCache(Cache& cache) : cache_(cache) {}
  Faults faults;

  void mark(PollId poll, UserId voter, RequestId request, std::uint64_t digest, Duration lease,
            Completion<Mark> done) override {
    pass<Mark>("mark", std::move(done), [&](auto next) {
      cache_.mark(poll, voter, request, digest, lease, std::move(next));
    });
  }
  void stands(PollId poll, UserId voter, Completion<Mark> done) override {
    pass<Mark>("stands", std::move(done),
               [&](auto next) { cache_.stands(poll, voter, std::move(next)); });
  }
  void queued(PollId poll, UserId voter, RequestId request, std::uint64_t digest,
              Time until) override {
    pass("queued", [&] { cache_.queued(poll, voter, request, digest, until); });
  }
  void confirm(std::vector<Confirmation> confirmations) override {
    pass("confirm", [&] { cache_.confirm(std::move(confirmations)); });
  }
  void release(PollId poll, UserId voter, RequestId request) override {
    pass("release", [&] { cache_.release(poll, voter, request); });
  }
  void put(const PollCounts& counts) override {
    pass("put", [&] { cache_.put(counts); });
  }
  void counts(PollId poll, Completion<std::optional<PollCounts>> done) override {
    pass<std::optional<PollCounts>>("counts", std::move(done),
                                    [&](auto next) { cache_.counts(poll, std::move(next)); });
  }

 private:
  template <class T, class Forward>
  void pass(const std::string& verb, Completion<T> done, Forward forward) {
    if (faults.pass_before(verb) != Fate::go_on) return done(T{});
    forward(Completion<T>([this, verb, done = std::move(done)](T answer) mutable {
      done(faults.pass_after(verb) == Fate::go_on ? std::move(answer) : T{});
    }));
  }
  template <class Forward>
  void pass(const std::string& verb, Forward forward) {
    if (faults.pass_before(verb) != Fate::go_on) return;
    forward();
    (void)faults.pass_after(verb);
  }

  Cache& cache_;
};

}  // namespace vote::test

// One Redis, several processes: what one writes, the others see and hear.
#include <array>
#include <atomic>
#include <barrier>
#include <mutex>
#include <vector>

#include "contract/cache/redis_world.h"

namespace vote {
namespace {

using test::counts_in;
using test::kPatience;
using test::kPatient;
using test::Voter;
using test::wait_until;

/// What was heard so far.
class Heard {
 public:
  explicit Heard(Cache& cache)
      : seat_(cache.listen([this](const PollCounts& counts) {
          const std::lock_guard lock(mutex_);
          all_.push_back(counts);
        })) {}
  std::vector<PollCounts> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  std::size_t number() const { return all().size(); }

 private:
  mutable std::mutex mutex_;
  std::vector<PollCounts> all_;
  Listeners::Seat seat_;
};

class RedisSharing : public testing::Test {
 protected:
  std::string url_ = test::shared_redis_url();
  SystemClock clock;
  RedisCache one{url_, clock, kPatient};
  RedisCache other{url_, clock, kPatient};
  PollId poll = test::new_id<PollId>();
};

TEST_F(RedisSharing, MarksAreOneForAll) {
  constexpr int kVoters = 200;
  std::array<std::atomic<int>, kVoters> found_nothing{};
  std::vector<UserId> voters(kVoters);
  for (UserId& voter : voters) voter = test::new_id<UserId>();
  std::barrier start(8);
  std::vector<std::thread> threads;
  threads.reserve(8);
  for (int thread = 0; thread < 8; ++thread)
    threads.emplace_back([&, thread] {
      Voter voter(thread % 2 == 0 ? one : other);
      voter.poll = poll;
      start.arrive_and_wait();
      for (std::size_t n = 0; n < voters.size(); ++n) {
        voter.voter = voters[n];
        if (voter.mark().state == MarkState::none) ++found_nothing.at(n);
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& winners : found_nothing) EXPECT_EQ(winners, 1);
}

TEST_F(RedisSharing, AnAcknowledgedVoteIsQueuedHereAtOnceAndElsewhereLater) {
  auto late = std::make_unique<RedisCache>(url_, clock,
                                           RedisCache::Times{kPatience, std::chrono::hours(1)});
  Voter voter(*late);
  for (const bool withdrawn : {true, false}) {
    voter.mark();
    voter.become_queued();
    late->release(voter.poll, voter.voter, voter.request);  // not this one's to remove
    EXPECT_EQ(voter.standing().state, MarkState::queued);
    EXPECT_EQ(voter.standing_in(other).state, MarkState::pending);
    if (!withdrawn) break;
    late->withdraw(voter.poll, voter.voter, voter.request);
    EXPECT_EQ(voter.standing().state, MarkState::none);
  }
  late.reset();
  EXPECT_EQ(voter.standing_in(other).state, MarkState::queued);
}

TEST_F(RedisSharing, AVoteConfirmedInTimeNeverBecomesQueued) {
  Voter voter(one);
  voter.mark();
  voter.become_queued();
  other.confirm({{voter.poll,
                  voter.voter,
                  {MarkState::confirmed, voter.request, voter.digest},
                  clock.now() + std::chrono::hours(1)}});
  wait_until([&] { return voter.standing_in(other).state == MarkState::confirmed; });
  Voter after(one);  // what was queued later has become so
  after.mark();
  after.become_queued();
  wait_until([&] { return after.standing_in(other).state == MarkState::queued; });
  EXPECT_EQ(voter.standing_in(other).state, MarkState::confirmed);
}

TEST_F(RedisSharing, WhatAWorkerConfirmsAnApiSees) {
  std::vector<Confirmation> confirmations;
  confirmations.reserve(3'000);
  for (int n = 0; n < 3'000; ++n)
    confirmations.push_back({poll,
                             test::new_id<UserId>(),
                             {MarkState::confirmed, test::new_id<RequestId>(), 7},
                             clock.now() + std::chrono::hours(1)});
  one.confirm(confirmations);
  Voter(one).standing();  // has arrived once something else is answered
  for (const Confirmation& each : confirmations) {
    const Mark found =
        wait_for<Mark>([&](auto done) { other.stands(each.poll, each.voter, std::move(done)); });
    EXPECT_EQ(found.state, MarkState::confirmed);
    EXPECT_EQ(found.request, each.mark.request);
  }
}

TEST_F(RedisSharing, TheNewerOfWhatTwoProcessesPutIsKept) {
  const auto put = [&](Cache& cache, std::uint64_t version) {
    cache.put({poll, version, version, {}});
    Voter(cache).standing();  // has arrived once something else is answered
  };
  put(one, 6);
  put(other, 5);
  EXPECT_EQ(counts_in(one, poll)->version, 6U);
  put(other, 7);
  put(one, 6);
  EXPECT_EQ(counts_in(one, poll)->version, 7U);
}

TEST_F(RedisSharing, NewerCountsAreHeardByAllWhoListen) {
  const Heard here(one);
  const Heard there(other);
  EXPECT_FALSE(RedisCache(url_, clock).hears_others()) << "nobody listens";
  wait_until([&] { return one.hears_others() && other.hears_others(); });
  const OptionId option = test::new_id<OptionId>();
  // Of which Lua's numbers would be one and the same.
  const std::uint64_t great = (std::uint64_t{1} << 63U) + 1;
  one.put({poll, great, 3, {{option, 2}}});
  one.put({poll, great, 3, {{option, 2}}});
  Voter(one).standing();
  other.put({poll, great, 3, {{option, 2}}});
  other.put({poll, great - 1, 1, {}});
  Voter(other).standing();
  one.put({poll, great + 1, 4, {{option, 4}}});
  const auto of_the_poll = [&](const Heard& heard) {
    std::vector<PollCounts> counts = heard.all();
    std::erase_if(counts, [&](const PollCounts& each) { return each.poll != poll; });
    return counts;
  };
  for (const Heard* heard : {&here, &there}) {
    wait_until([&] { return of_the_poll(*heard).size() == 2; });
    const auto counts = of_the_poll(*heard);
    EXPECT_EQ(counts[0].version, great);
    EXPECT_EQ(counts[1].version, great + 1);
    EXPECT_EQ(counts[1].total_votes, 4U);
    EXPECT_EQ(counts[1].options.at(0).option, option);
    EXPECT_EQ(counts[1].options.at(0).votes, 4U);
  }
}

TEST(RedisNews, AreHeardAgainAfterTheConnectionWasLost) {
  test::RedisServer server;
  const SystemClock clock;
  RedisCache api(server.url(), clock, kPatient);
  RedisCache worker(server.url(), clock, kPatient);
  const auto poll = test::new_id<PollId>();
  const Heard heard(api);
  wait_until([&] { return api.hears_others(); });
  test::RedisClient operating(server.url());
  for (std::uint64_t version = 1; version <= 5; ++version) {
    operating.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
    wait_until([&] { return !api.hears_others(); });
    wait_until([&] { return api.hears_others(); });
    const std::size_t before = heard.number();
    worker.put({poll, version, 0, {}});
    wait_until([&] { return heard.number() > before; });
    EXPECT_EQ(heard.all().back().version, version);
  }
  EXPECT_TRUE(api.reachable());
}

TEST(RedisNews, OfAServerThatHangsAreSoonNotCountedOn) {
  test::RedisServer server;
  const SystemClock clock;
  RedisCache api(server.url(), clock, kPatient);
  const Heard heard(api);
  wait_until([&] { return api.hears_others(); });
  server.stop();
  wait_until([&] { return !api.hears_others(); });
  server.go_on();
  wait_until([&] { return api.hears_others(); });
}

TEST(RedisNews, ThatThisProcessCannotPutAreHeardHere) {
  test::RedisServer server;
  const SystemClock clock;
  RedisCache api(server.url(), clock, kPatient);
  const Heard heard(api);
  wait_until([&] { return api.hears_others(); });
  server.kill();
  wait_until([&] { return !api.hears_others() && !api.reachable(); });
  api.put({test::new_id<PollId>(), 1, 1, {}});
  EXPECT_EQ(heard.number(), 1U);
}

TEST(RedisNews, OfOtherPrefixesAreOthers) {
  test::RedisServer server;
  const SystemClock clock;
  RedisCache api(server.url("/?prefix=a:"), clock, kPatient);
  RedisCache same(server.url("/?prefix=a:"), clock, kPatient);
  RedisCache other(server.url("/?prefix=b:"), clock, kPatient);
  const auto poll = test::new_id<PollId>();
  const Heard heard(api);
  wait_until([&] { return api.hears_others(); });
  other.put({poll, 9, 1, {}});
  Voter(other).standing();
  same.put({poll, 1, 1, {}});
  wait_until([&] { return heard.number() > 0; });
  EXPECT_EQ(heard.all().front().version, 1U);
}

}  // namespace
}  // namespace vote

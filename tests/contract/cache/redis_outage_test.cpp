// Redis gone, hung, cut off, emptied: every call answers, and it is used again once it is back.
#include <array>
#include <atomic>
#include <vector>

#include "contract/cache/redis_world.h"

namespace vote {
namespace {

using test::counts_in;
using test::kPatient;
using test::Voter;
using test::wait_until;

class RedisOutage : public testing::Test {
 protected:
  /// As if it held nothing, with quotas of this process.
  void expect_nothing(Cache& cache) {
    Voter voter(cache);
    EXPECT_EQ(voter.mark().state, MarkState::none);
    EXPECT_EQ(voter.mark().state, MarkState::none);
    voter.become_queued();
    voter.confirm();
    EXPECT_EQ(voter.standing().state, MarkState::none);
    cache.put({voter.poll, 1, 1, {}});
    EXPECT_FALSE(counts_in(cache, voter.poll));
    const Take take = test::two_of(voter.voter);
    EXPECT_TRUE(test::allows(cache, take));
    EXPECT_TRUE(test::allows(cache, take));
    EXPECT_FALSE(test::allows(cache, take));
  }
  void expect_in_use(Cache& cache) {
    Voter voter(cache);
    EXPECT_EQ(voter.mark().state, MarkState::none);
    EXPECT_EQ(voter.mark().request, voter.request);
    voter.become_queued();
    wait_until([&] { return voter.standing().state == MarkState::queued; });
  }

  SystemClock clock;
  test::LogFile log;
};

TEST_F(RedisOutage, WhereThereIsNoServerEveryCallAnswers) {
  RedisCache cache("redis://127.0.0.1:" + std::to_string(test::free_port()), clock);
  EXPECT_FALSE(cache.reachable());
  expect_nothing(cache);
  EXPECT_EQ(log.times("cache_lost"), 1) << log.text();
  EXPECT_EQ(log.times("Connection refused"), 1) << log.text();
}

TEST_F(RedisOutage, AServerThatIsKilledAndComesBackEmptyIsUsedAgain) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  Voter voter(cache);
  voter.mark();
  server.kill();
  wait_until([&] { return !cache.reachable(); });
  expect_nothing(cache);
  EXPECT_EQ(voter.mark().state, MarkState::none);
  server.start();
  wait_until([&] { return cache.reachable(); });
  EXPECT_EQ(voter.mark().state, MarkState::none) << "what the server has lost";
  expect_in_use(cache);
  EXPECT_EQ(log.times("cache_lost"), 1) << log.text();
  EXPECT_EQ(log.times("cache_back"), 1) << log.text();
}

TEST_F(RedisOutage, CountsThatCouldNotBePutArePutOnceTheServerIsBack) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  const auto poll = test::new_id<PollId>();
  server.kill();
  wait_until([&] { return !cache.reachable(); });
  cache.put({poll, 6, 60, {}});
  cache.put({poll, 5, 50, {}});
  server.start();
  wait_until([&] { return counts_in(cache, poll).has_value(); });
  EXPECT_EQ(counts_in(cache, poll)->version, 6U);
}

TEST_F(RedisOutage, AServerThatHangsKeepsNobodyAndItsLateRepliesReachNobody) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock);
  std::vector<std::unique_ptr<Voter>> voters;
  for (int n = 0; n < 100; ++n) {
    voters.push_back(std::make_unique<Voter>(cache));
    voters.back()->mark();
  }
  server.stop();
  EXPECT_EQ(voters.front()->standing().state, MarkState::none);
  EXPECT_FALSE(cache.reachable());
  expect_nothing(cache);
  server.go_on();
  wait_until([&] { return cache.reachable(); });
  for (const auto& voter : voters) EXPECT_EQ(voter->standing().request, voter->request);
  expect_in_use(cache);
  EXPECT_NE(log.text().find("no answer within 250ms"), std::string::npos) << log.text();
}

TEST_F(RedisOutage, AServerThatHangsIsNoticedWhileNobodyAsks) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock);
  server.stop();
  wait_until([&] { return !cache.reachable(); });
}

TEST_F(RedisOutage, AServerThatHangsAtTheStartIsNotWaitedFor) {
  test::RedisServer server;
  server.stop();
  RedisCache cache(server.url(), clock);
  EXPECT_FALSE(cache.reachable());
  expect_nothing(cache);
  server.go_on();
  wait_until([&] { return cache.reachable(); });
  expect_in_use(cache);
}

TEST_F(RedisOutage, NoMoreThanSoManyRepliesAreWaitedFor) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  server.stop();
  std::atomic<int> answered{0};
  const int sent = 2 * 32'768;
  for (int n = 0; n < sent; ++n)
    cache.stands(test::new_id<PollId>(), test::new_id<UserId>(), [&](Mark found) {
      EXPECT_EQ(found.state, MarkState::none);
      ++answered;
    });
  EXPECT_GE(answered, sent / 2);
  server.go_on();
  wait_until([&] { return answered == sent; });
  expect_in_use(cache);
}

TEST_F(RedisOutage, ConnectionsKilledInMidPipelineMixNobodysAnswers) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      while (!over) {
        Voter voter(cache);
        voter.mark();
        const Mark found = voter.standing();
        EXPECT_TRUE(found.state == MarkState::none || found.request == voter.request);
      }
    });
  test::RedisClient operating(server.url());
  for (int n = 0; n < 20; ++n) {
    wait_until([&] { return cache.reachable(); });
    operating.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  wait_until([&] { return cache.reachable(); });
  expect_in_use(cache);
}

TEST_F(RedisOutage, AServerThatForgetsItsScriptsIsToldThemAgain) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  RedisCache other(server.url(), clock, kPatient);
  test::RedisClient operating(server.url());
  Voter voter(cache);
  voter.mark();
  operating.ask({"SCRIPT", "FLUSH", "SYNC"});
  voter.become_queued();
  wait_until([&] { return voter.standing_in(other).state == MarkState::queued; });
  operating.ask({"SCRIPT", "FLUSH", "SYNC"});
  const Take take = test::two_of(voter.voter);
  EXPECT_TRUE(test::allows(cache, take));
  EXPECT_TRUE(test::allows(cache, take));
  EXPECT_FALSE(test::allows(cache, take));
  EXPECT_TRUE(cache.reachable());
  EXPECT_EQ(log.text(), "");
}

TEST_F(RedisOutage, VotesAcknowledgedMeanwhileAreMarkedOnceItIsBack) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  server.kill();
  wait_until([&] { return !cache.reachable(); });
  Voter voter(cache);
  voter.become_queued();
  server.start();
  wait_until([&] { return cache.reachable(); });
  RedisCache other(server.url(), clock, kPatient);
  wait_until([&] { return voter.standing_in(other).state == MarkState::queued; });
}

TEST_F(RedisOutage, VotesWhoseMarksItWasAboutToChangeAreMarkedOnceItIsBack) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  Voter voter(cache);
  voter.mark();
  {
    test::RedisClient operating(server.url());
    operating.ask({"CLIENT", "PAUSE", "600000", "WRITE"});  // it still says which marks stand
    voter.become_queued();
    wait_until([&] {
      return operating.ask({"CLIENT", "LIST"}).find("flags=b") != std::string::npos;
    });
  }
  server.kill();
  wait_until([&] { return !cache.reachable(); });
  server.start();
  wait_until([&] { return cache.reachable(); });
  RedisCache other(server.url(), clock, kPatient);
  wait_until([&] { return voter.standing_in(other).state == MarkState::queued; });
}

TEST_F(RedisOutage, WhatWasHandedOverIsSentBeforeTheEnd) {
  test::RedisServer server;
  std::vector<PollId> polls;
  {
    RedisCache cache(server.url(), clock, kPatient);
    for (int n = 0; n < 1'000; ++n) {
      polls.push_back(test::new_id<PollId>());
      cache.put({polls.back(), 1, 1, {}});
    }
  }
  RedisCache other(server.url(), clock, kPatient);
  for (const PollId& poll : polls) EXPECT_TRUE(counts_in(other, poll));
}

TEST_F(RedisOutage, QuotasAreSharedAgainOnceTheServerIsBack) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  const Take take = test::two_of(test::new_id<UserId>());
  server.kill();
  wait_until([&] { return !cache.reachable(); });
  EXPECT_TRUE(test::allows(cache, take));
  server.start();
  wait_until([&] { return cache.reachable(); });
  RedisCache other(server.url(), clock, kPatient);
  EXPECT_TRUE(test::allows(cache, take));
  EXPECT_TRUE(test::allows(other, take));
  EXPECT_FALSE(test::allows(cache, take));
  EXPECT_FALSE(test::allows(other, take));
}

}  // namespace
}  // namespace vote

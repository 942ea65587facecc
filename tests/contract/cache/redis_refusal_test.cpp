// Servers that can be reached and not used: each is said once, with what to do, and used as soon as
// that was done.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "contract/cache/redis_world.h"

namespace vote {
namespace {

using test::kPatient;
using test::Voter;
using test::wait_until;

class RedisRefusal : public testing::Test {
 protected:
  void expect_said(const std::string& words) {
    EXPECT_NE(log.text().find(words), std::string::npos) << log.text();
    EXPECT_EQ(log.text().find("s3cret"), std::string::npos) << log.text();
  }
  void expect_refused(const std::string& url, const std::string& words) {
    const RedisCache cache(url, clock);
    EXPECT_FALSE(cache.reachable());
    EXPECT_EQ(log.times("cache_refuses"), 1) << log.text();
    expect_said(words);
  }
  void expect_in_use(const std::string& url) {
    RedisCache cache(url, clock, kPatient);
    Voter voter(cache);
    voter.mark();
    EXPECT_EQ(voter.standing().request, voter.request);
    voter.become_queued();
    RedisCache other(url, clock, kPatient);
    wait_until([&] { return voter.standing_in(other).state == MarkState::queued; });
    cache.withdraw(voter.poll, voter.voter, voter.request);
    EXPECT_EQ(voter.standing().state, MarkState::none);
    cache.put({voter.poll, 1, 1, {}});
    EXPECT_TRUE(test::counts_in(cache, voter.poll));
    EXPECT_TRUE(test::allows(cache, test::two_of(voter.voter)));
    const auto seat = cache.listen([](const PollCounts& /*counts*/) {});
    wait_until([&] { return cache.hears_others(); });
  }

  SystemClock clock;
  test::LogFile log;
};

TEST_F(RedisRefusal, AWrongPassword) {
  test::RedisServer server({"--requirepass", "s3cret"});
  const std::string place = "127.0.0.1:" + std::to_string(server.port());
  expect_in_use("redis://:s3cret@" + place);
  expect_refused("redis://:s3cret2@" + place, "user or password is wrong");
}

TEST_F(RedisRefusal, NoPassword) {
  test::RedisServer server({"--requirepass", "s3cret"});
  expect_refused(server.url(), "redis://:password@host");
}

TEST_F(RedisRefusal, APasswordWhereThereIsNone) {
  test::RedisServer server;
  expect_refused("redis://:s3cret@127.0.0.1:" + std::to_string(server.port()),
                 "take it out of cache.url");
}

TEST_F(RedisRefusal, AUserWithoutTheRights) {
  test::RedisServer server;
  const std::string place = "127.0.0.1:" + std::to_string(server.port());
  test::RedisClient operating(server.url());
  // What vote.toml(5) says that a user needs.
  operating.ask({"ACL",   "SETUSER", "vote",     "on",           ">s3cret/@", "~*",        "&*",
                 "+ping", "+info",   "+select",  "+get",         "+mget",     "+set",      "+del",
                 "+time", "+eval",   "+evalsha", "+script|load", "+publish",  "+subscribe"});
  expect_in_use("redis://vote:s3cret%2F%40@" + place);
  EXPECT_EQ(log.text(), "");
  operating.ask({"ACL", "SETUSER", "vote", "-script|load"});
  expect_refused("redis://vote:s3cret%2F%40@" + place, "see cache.url in vote.toml(5)");
}

TEST_F(RedisRefusal, ADatabaseThatThereIsNot) {
  test::RedisServer server;
  expect_in_use(server.url("/3"));
  EXPECT_EQ(test::RedisClient(server.url("/3")).ask({"DBSIZE"}), "2");
  EXPECT_EQ(test::RedisClient(server.url("/0")).ask({"DBSIZE"}), "0");
  expect_refused(server.url("/99"), "it has no such database");
}

TEST_F(RedisRefusal, AReplica) {
  test::RedisServer primary;
  test::RedisServer replica({"--replicaof", "127.0.0.1 " + std::to_string(primary.port())});
  expect_refused(replica.url(), "name its primary in cache.url");
}

TEST_F(RedisRefusal, AServerThatBecomesAReplicaAndAPrimaryAgain) {
  test::RedisServer other;
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  test::RedisClient operating(server.url());
  operating.ask({"REPLICAOF", "127.0.0.1", std::to_string(other.port())});
  Voter voter(cache);
  EXPECT_EQ(voter.mark().state, MarkState::none);
  EXPECT_FALSE(cache.reachable());
  expect_said("name its primary in cache.url");
  operating.ask({"REPLICAOF", "NO", "ONE"});
  wait_until([&] { return cache.reachable(); });
  voter.mark();
  EXPECT_EQ(voter.standing().request, voter.request);
}

TEST_F(RedisRefusal, AFullMemoryIsSaidOnceAndQuotasAreThisProcesssOwn) {
  test::RedisServer server;
  RedisCache cache(server.url(), clock, kPatient);
  test::RedisClient operating(server.url());
  operating.ask({"CONFIG", "SET", "maxmemory", "1"});
  Voter voter(cache);
  for (int n = 0; n < 10; ++n) EXPECT_EQ(voter.mark().state, MarkState::none);
  const Take take = test::two_of(voter.voter);
  EXPECT_TRUE(test::allows(cache, take));
  EXPECT_TRUE(test::allows(cache, take));
  EXPECT_FALSE(test::allows(cache, take));
  EXPECT_TRUE(cache.reachable());
  EXPECT_EQ(log.times("cache_refuses"), 1) << log.text();
  expect_said("maxmemory-policy");
  operating.ask({"CONFIG", "SET", "maxmemory", "0"});
  voter.mark();
  EXPECT_EQ(voter.standing().request, voter.request);
}

/// Answers the first client's reads one after another by these.
class Impostor {
 public:
  explicit Impostor(std::vector<std::string> answers)
      : thread_([this, answers = std::move(answers)] {
          boost::asio::ip::tcp::socket client(io_);
          boost::system::error_code error;
          acceptor_.accept(client, error);
          std::array<char, 4096> input{};
          for (const std::string& answer : answers) {
            client.read_some(boost::asio::buffer(input), error);
            boost::asio::write(client, boost::asio::buffer(answer), error);
          }
          client.read_some(boost::asio::buffer(input), error);
        }) {}
  ~Impostor() { thread_.join(); }
  Impostor(const Impostor&) = delete;
  std::string url() const {
    return "redis://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  std::thread thread_;
};

std::string bulk(const std::string& text) {
  return '$' + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

TEST_F(RedisRefusal, AServerThatIsTooOld) {
  const Impostor server({"+PONG\r\n", bulk("# Server\r\nredis_version:6.2.14\r\n") +
                                          bulk("role:master\r\n") + "+OK\r\n"});
  expect_refused(server.url(), "it is Redis 6.2.14, too old: 7.0 or newer is needed");
}

TEST_F(RedisRefusal, WhatIsNoRedis) {
  const Impostor server({"HTTP/1.1 400 Bad Request\r\n\r\n"});
  expect_refused(server.url(), "no Redis");
}

}  // namespace
}  // namespace vote

// rediss://: the server's certificate counts.
#include "contract/cache/redis_world.h"

namespace vote {
namespace {

void run(const std::vector<std::string>& command) {
  test::Process process(command);
  process.says("\n never said");
  if (process.wait() != 0) throw std::runtime_error(command.front() + ": " + process.said());
}

class RedisTls : public testing::Test {
 protected:
  RedisTls() {
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate});
    server.emplace(std::vector<std::string>{
        "--port", "0", "--tls-port", "PORT", "--tls-cert-file", certificate, "--tls-key-file", key,
        "--tls-ca-cert-file", certificate, "--tls-auth-clients", "no"});
  }
  std::string url(const std::string& host, const std::string& more = "") const {
    return "rediss://" + host + ":" + std::to_string(server->port()) + more;
  }

  SystemClock clock;
  test::LogFile log;
  test::Folder folder;
  std::string key = folder.file("key.pem");
  std::string certificate = folder.file("certificate.pem");
  std::optional<test::RedisServer> server;
};

TEST_F(RedisTls, WorksWithTheNamedCertificates) {
  RedisCache cache(url("127.0.0.1", "/?ca=" + certificate), clock, test::kPatient);
  test::Voter voter(cache);
  voter.mark();
  EXPECT_EQ(voter.standing().request, voter.request);
  const auto seat = cache.listen([](const PollCounts& /*counts*/) {});
  test::wait_until([&] { return cache.hears_others(); });
}

TEST_F(RedisTls, ManyAtOnceAreAnswered) {
  RedisCache cache(url("127.0.0.1", "/?ca=" + certificate), clock, test::kPatient);
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int n = 0; n < 500; ++n) {
        test::Voter voter(cache);
        voter.mark();
        EXPECT_EQ(voter.standing().request, voter.request);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST_F(RedisTls, RefusesACertificateThatTheSystemDoesNotKnow) {
  const RedisCache cache(url("127.0.0.1"), clock);
  EXPECT_FALSE(cache.reachable());
  EXPECT_EQ(log.times("certificate verify failed"), 1) << log.text();
  EXPECT_EQ(log.times("?ca=/path/file"), 1) << log.text();
}

TEST_F(RedisTls, RefusesACertificateForAnotherHost) {
  const RedisCache cache(url("localhost", "/?ca=" + certificate), clock);
  EXPECT_FALSE(cache.reachable());
  EXPECT_EQ(log.times("certificate verify failed"), 1) << log.text();
}

TEST_F(RedisTls, IsNotTakenForPlainOrTheOtherWayRound) {
  const RedisCache plain("redis://127.0.0.1:" + std::to_string(server->port()), clock);
  EXPECT_FALSE(plain.reachable());
  EXPECT_EQ(log.times("cache.url begins with rediss://"), 1) << log.text();
  const test::RedisServer other;
  const RedisCache tls("rediss://127.0.0.1:" + std::to_string(other.port()), clock);
  EXPECT_FALSE(tls.reachable());
  EXPECT_EQ(log.times("cache.url begins with redis://"), 1) << log.text();
}

TEST_F(RedisTls, AFileOfCertificatesThatThereIsNotIsNamed) {
  try {
    const RedisCache cache(url("127.0.0.1", "/?ca=/nowhere/ca.pem"), clock);
    FAIL() << "no exception";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/ca.pem"), std::string::npos);
  }
}

}  // namespace
}  // namespace vote

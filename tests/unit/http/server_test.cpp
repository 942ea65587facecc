#include <boost/asio/awaitable.hpp>
#include <thread>

#include "http/completed.h"
#include "http/problem.h"
#include "unit/http/server_world.h"

namespace vote::http {
namespace {

using boost::asio::awaitable;

class ServerUnderTest : public ServerWorld {
 protected:
  ServerUnderTest() {
    router.add(Method::get, "/at-once/{x}",
               [](Request& request) { return text(request.parameters[0]); });
    router.add(Method::get, "/later/{x}", [](Request& request) -> awaitable<Response> {
      // Answered by another thread.
      const auto x = co_await completed<std::string>([&](Completion<std::string> done) {
        std::thread([done = std::move(done), x = request.parameters[0]]() mutable {
          done(x);
        }).detach();
      });
      co_return text(x);
    });
    router.add(Method::post, "/echo", [](Request& request) { return text(request.body); });
    router.add(Method::get, "/large", [large = large_](Request&) {
      Response response;
      response.shared_body = large;
      return response;
    });
    add_failures();
  }
  void add_failures() {
    router.add(Method::get, "/refuse",
               [](Request&) -> Response { throw HttpError(418, "teapot", "short and stout"); });
    router.add(Method::get, "/refuse-later", [](Request&) -> awaitable<Response> {
      throw HttpError(418, "teapot", "short and stout");
      co_return Response();
    });
    router.add(Method::get, "/fail",
               [](Request&) -> Response { throw std::runtime_error("secret"); });
    router.add(Method::get, "/fail-later", [](Request&) -> awaitable<Response> {
      throw std::runtime_error("secret");
      co_return Response();
    });
  }
  static constexpr std::size_t kLargeBytes = 20'000'000;
  const std::shared_ptr<const std::string> large_ =
      std::make_shared<const std::string>(kLargeBytes, 'x');
};

TEST_F(ServerUnderTest, AConnectionServesOneRequestAfterAnother) {
  serve();
  Wire wire = connect();
  for (const char* path : {"/at-once/1", "/later/2", "/at-once/3"}) {
    const std::string answer = wire.get(path).answer();
    EXPECT_EQ(status_of_answer(answer), 200U);
    EXPECT_EQ(body_of_answer(answer), path + std::string(path).size() - 1);
    EXPECT_EQ(answer.find("Connection:"), std::string::npos);
  }
}

TEST_F(ServerUnderTest, PipelinedRequestsAreAnsweredInOrder) {
  serve();
  constexpr int kRequests = 3'000;
  std::string requests;
  for (int n = 0; n < kRequests; ++n)
    requests += std::string("GET ") + (n % 100 == 7 ? "/later/" : "/at-once/") + std::to_string(n) +
                " HTTP/1.1\r\nHost: a\r\n\r\n";
  Wire wire = connect();
  std::jthread sending([&] { wire.send(requests); });
  for (int n = 0; n < kRequests; ++n) ASSERT_EQ(body_of_answer(wire.answer()), std::to_string(n));
}

TEST_F(ServerUnderTest, ARequestMayComeByteByByte) {
  serve();
  Wire wire = connect();
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"))
    wire.send({&c, 1});
  EXPECT_EQ(body_of_answer(wire.answer()), "abc");
}

TEST_F(ServerUnderTest, AClientThatHasSaidAllGetsItsAnswers) {
  serve();
  Wire wire = connect();
  wire.get("/later/1").get("/at-once/2").end_sending();
  EXPECT_EQ(body_of_answer(wire.answer()), "1");
  EXPECT_EQ(body_of_answer(wire.answer()), "2");
  EXPECT_TRUE(wire.is_closed());
}

TEST_F(ServerUnderTest, ARequestThatBreaksOffIsToldSo) {
  serve();
  Wire wire = connect();
  wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab").end_sending();
  EXPECT_EQ(status_of_answer(wire.answer()), 400U);
  EXPECT_TRUE(wire.is_closed());
}

TEST_F(ServerUnderTest, TheConnectionIsClosedWhereTheClientWishesSo) {
  serve();
  Wire asked = connect();
  EXPECT_NE(asked.get("/later/1", "Connection: close\r\n").answer().find("Connection: close"),
            std::string::npos);
  EXPECT_TRUE(asked.is_closed());
  Wire old = connect();
  EXPECT_EQ(status_of_answer(old.send("GET /at-once/1 HTTP/1.0\r\n\r\n").answer()), 200U);
  EXPECT_TRUE(old.is_closed());
  Wire kept = connect();
  const std::string answer =
      kept.send("GET /at-once/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer();
  EXPECT_NE(answer.find("Connection: keep-alive"), std::string::npos);
  EXPECT_EQ(body_of_answer(kept.send("GET /at-once/2 HTTP/1.0\r\n\r\n").answer()), "2");
}

TEST_F(ServerUnderTest, AHeadHasTheLengthAndNotTheBody) {
  serve();
  Wire wire = connect();
  wire.send("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(wire.take_until("\r\n\r\n").find("Content-Length: 20000000\r\n"), std::string::npos);
  EXPECT_EQ(body_of_answer(wire.get("/at-once/2").answer()), "2");
}

TEST_F(ServerUnderTest, AnAnswerLargerThanAnyBufferArrivesWhole) {
  serve();
  Wire wire = connect(4096);
  wire.get("/large").get("/at-once/2");
  EXPECT_EQ(body_of_answer(wire.answer()).size(), kLargeBytes);
  EXPECT_EQ(body_of_answer(wire.answer()), "2");
}

TEST_F(ServerUnderTest, WhatAHandlerThrowsIsItsAnswerOrTellsNothing) {
  serve();
  Wire wire = connect();
  for (const char* path : {"/refuse", "/refuse-later"}) {
    const std::string refused = wire.get(path).answer();
    EXPECT_EQ(status_of_answer(refused), 418U);
    EXPECT_NE(refused.find("short and stout"), std::string::npos);
  }
  for (const char* path : {"/fail", "/fail-later"}) {
    const std::string failed = wire.get(path).answer();
    EXPECT_EQ(status_of_answer(failed), 500U);
    EXPECT_EQ(failed.find("secret"), std::string::npos);
  }
  EXPECT_EQ(body_of_answer(wire.get("/at-once/1").answer()), "1");
}

TEST_F(ServerUnderTest, UnknownPathsAndMethodsAreTold) {
  serve();
  Wire wire = connect();
  EXPECT_EQ(status_of_answer(wire.get("/nowhere").answer()), 404U);
  const std::string wrong =
      wire.send("PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n").answer();
  EXPECT_EQ(status_of_answer(wrong), 405U);
  EXPECT_NE(wrong.find("Allow: POST, OPTIONS\r\n"), std::string::npos);
  const std::string asked = wire.send("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n").answer();
  EXPECT_EQ(status_of_answer(asked), 204U);
  EXPECT_NE(asked.find("Allow: POST, OPTIONS\r\n"), std::string::npos);
  EXPECT_EQ(status_of_answer(wire.send("BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n").answer()), 405U);
}

TEST_F(ServerUnderTest, WhatIsNoRequestIsRefusedAndNothingBehindItIsHandled) {
  serve();
  Wire wire = connect();
  wire.get("/at-once/1");
  wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
  wire.get("/at-once/hidden");
  EXPECT_EQ(body_of_answer(wire.answer()), "1");
  const std::string refused = wire.answer();
  EXPECT_EQ(status_of_answer(refused), 400U);
  EXPECT_NE(refused.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(wire.is_closed());
}

TEST_F(ServerUnderTest, WhoStillSendsWhatIsRefusedGetsTheAnswer) {
  options.body_bytes_max = 100;
  serve();
  Wire wire = connect();
  wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n");
  wire.send(std::string(500'000, 'x'));
  EXPECT_EQ(status_of_answer(wire.answer()), 413U);
  EXPECT_TRUE(wire.is_closed());
}

TEST_F(ServerUnderTest, AClientThatWaitsForAGoAheadGetsOne) {
  serve();
  Wire wire = connect();
  wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wire.take_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of_answer(wire.send("ab").answer()), "ab");
}

TEST_F(ServerUnderTest, ConnectionsBeyondTheLimitAreTurnedAway) {
  options.connections_max = 1;
  serve();
  Wire first = connect();
  EXPECT_EQ(status_of_answer(first.get("/at-once/1").answer()), 200U);
  Wire second = connect();
  EXPECT_EQ(status_of_answer(second.answer()), 503U);
  EXPECT_EQ(status_of_answer(first.get("/at-once/1").answer()), 200U);
}

TEST_F(ServerUnderTest, APortThatIsTakenIsNamed) {
  serve();
  ServerOptions taken = options;
  taken.port = server->port();
  try {
    Server(taken, Router());
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("127.0.0.1:" + std::to_string(taken.port)),
              std::string::npos);
  }
}

}  // namespace
}  // namespace vote::http

// How connections end: deadlines, streams that break off, and the server's own end.
#include <boost/asio/awaitable.hpp>
#include <future>
#include <thread>

#include "http/completed.h"
#include "runtime/stop.h"
#include "unit/http/server_world.h"

namespace vote::http {
namespace {

using boost::asio::awaitable;
using namespace std::chrono_literals;

class EndsOfConnections : public ServerWorld {
 protected:
  EndsOfConnections() {
    options.threads = 1;
    router.add(Method::get, "/at-once", [](Request&) { return text("at once"); });
    router.add(Method::get, "/held", [this](Request&) { return hold(); });
    router.add(Method::get, "/stream/{pieces}", [](Request& request) {
      Response response;
      response.source = pieces(std::stoi(request.parameters[0]));
      return response;
    });
  }
  ~EndsOfConnections() override { server.reset(); }

  /// Waits until the test lets it go.
  awaitable<Response> hold() {
    co_return text(co_await completed<std::string>([this](Completion<std::string> done) {
      held_ = std::move(done);
      is_held_.set_value();
    }));
  }
  void await_held() { is_held_.get_future().wait(); }
  void let_go() { held_("let go"); }

  /// So many pieces; a negative number: so many, then it fails.
  static BodySource pieces(int count) {
    return [left = std::make_shared<int>(std::abs(count)), count]() -> awaitable<std::string> {
      if ((*left)-- > 0) co_return std::string(10'000, 'x');
      if (count < 0) throw std::runtime_error("no more");
      co_return "";
    };
  }

 private:
  Completion<std::string> held_;
  std::promise<void> is_held_;
};

TEST_F(EndsOfConnections, AnIdleOneIsClosed) {
  options.idle_time_max = 50ms;
  serve();
  Wire fresh = connect();
  EXPECT_TRUE(fresh.is_closed());
  Wire used = connect();
  used.get("/at-once").answer();
  EXPECT_TRUE(used.is_closed());
}

TEST_F(EndsOfConnections, ARequestThatTakesTooLongIsAnsweredSo) {
  options.read_time_max = 50ms;
  serve();
  for (const char* begun : {"GE", "GET / HTTP/1.1\r\nHost: a\r\n",
                            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"}) {
    Wire wire = connect();
    EXPECT_EQ(status_of_answer(wire.send(begun).answer()), 408U);
    EXPECT_TRUE(wire.is_closed());
  }
}

TEST_F(EndsOfConnections, ASlowRequestGainsNoTimeByAByteNowAndThen) {
  options.read_time_max = 100ms;
  serve();
  Wire wire = connect();
  wire.send("GET / HTTP/1.1\r\nHost: a\r\n");
  Stop stop;
  std::jthread dripping([&] {
    const std::string line = "X: y\r\n";
    for (std::size_t n = 0; !stop.wait(5ms); ++n) wire.send({&line[n % line.size()], 1});
  });
  EXPECT_EQ(status_of_answer(wire.take_until("\r\n\r\n")), 408U);
  stop.request();
}

TEST_F(EndsOfConnections, AnAnswerThatIsNotTakenIsGivenUp) {
  options.write_time_max = 50ms;
  serve();
  Wire wire = connect(4096);
  wire.get("/stream/100000");
  Wire other = connect();
  while (server->connections() > 1)
    ASSERT_EQ(status_of_answer(other.get("/at-once").answer()), 200U);
}

TEST_F(EndsOfConnections, AWaitingHandlerHasAllItsTime) {
  options.idle_time_max = options.read_time_max = options.write_time_max = 40ms;
  serve();
  Wire wire = connect();
  wire.get("/held");
  await_held();
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(connect().is_closed());  // deadlines have passed
  let_go();
  EXPECT_EQ(body_of_answer(wire.answer()), "let go");
}

TEST_F(EndsOfConnections, AStreamIsSentInChunks) {
  serve();
  Wire wire = connect();
  const std::string head = wire.get("/stream/3").take_until("\r\n\r\n");
  EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  EXPECT_EQ(wire.take_until("\r\n0\r\n\r\n"), chunk + chunk + chunk + "0\r\n\r\n");
  EXPECT_EQ(body_of_answer(wire.get("/at-once").answer()), "at once");
}

TEST_F(EndsOfConnections, AStreamForOldClientsEndsWithTheConnection) {
  serve();
  Wire wire = connect();
  wire.send("GET /stream/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(body_of_answer(wire.take_to_end()), std::string(30'000, 'x'));
}

TEST_F(EndsOfConnections, AStreamThatFailsHasNoEnd) {
  serve();
  Wire wire = connect();
  const std::string answer = wire.get("/stream/-3").take_to_end();
  EXPECT_EQ(status_of_answer(answer), 200U);
  EXPECT_FALSE(answer.ends_with("0\r\n\r\n"));
}

TEST_F(EndsOfConnections, AStopAnswersWhatIsBeingHandledAndClosesTheRest) {
  serve();
  Wire idle = connect();
  idle.get("/at-once").answer();
  Wire busy = connect();
  busy.get("/held").get("/at-once");
  await_held();
  auto stopped = std::async(std::launch::async, [&] { server->stop(10s); });
  EXPECT_TRUE(idle.is_closed());
  EXPECT_THROW(connect(), std::runtime_error);
  let_go();
  const std::string answer = busy.answer();
  EXPECT_EQ(body_of_answer(answer), "let go");
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(busy.is_closed());
  stopped.get();
}

TEST_F(EndsOfConnections, AWindDownAnswersAllAndClosesEachWithItsNextAnswer) {
  serve();
  Wire kept = connect();
  kept.get("/at-once").answer();
  Wire busy = connect();
  busy.get("/held");
  await_held();
  server->wind_down();
  let_go();
  EXPECT_NE(busy.answer().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(busy.is_closed());
  Wire fresh = connect();
  for (Wire* wire : {&kept, &fresh}) {
    const std::string answer = wire->get("/at-once").answer();
    EXPECT_EQ(body_of_answer(answer), "at once");
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(wire->is_closed());
  }
}

TEST_F(EndsOfConnections, AWindDownLeavesIdleOnesOpenUntilTheStop) {
  serve();
  Wire idle = connect();
  idle.get("/at-once").answer();
  server->wind_down();
  Wire other = connect();
  EXPECT_TRUE(other.get("/at-once").take_to_end().ends_with("at once"));
  EXPECT_EQ(server->connections(), 1U);
  server->stop(10s);
  EXPECT_TRUE(idle.is_closed());
}

TEST_F(EndsOfConnections, AStopWaitsNoLongerThanItSays) {
  serve();
  Wire half = connect();
  half.send("GET / HTTP/1.1\r\n");
  Wire slow = connect(4096);
  slow.get("/stream/100000");
  slow.take_until("\r\n\r\n");
  Wire busy = connect();
  busy.get("/held");
  await_held();
  auto stopped = std::async(std::launch::async, [&] { server->stop(20ms); });
  EXPECT_TRUE(half.is_closed());
  EXPECT_TRUE(busy.is_closed());
  let_go();  // what it began comes to its end, and disturbs nobody
  stopped.get();
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(EndsOfConnections, AServerThatNeverStartedEndsToo) {
  const Server unused(options, Router());
  EXPECT_NE(unused.port(), 0);
}

}  // namespace
}  // namespace vote::http

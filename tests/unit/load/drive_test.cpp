#include "load/drive.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>

#include "http/server.h"
#include "runtime/random.h"

namespace vote::load {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A server of this process with one thread and one route.
class Site {
 public:
  Site(http::Method method, const std::string& path, http::Handler handler) {
    http::Router router;
    router.add(method, path, std::move(handler));
    http::ServerOptions options;
    options.port = 0;
    options.threads = 1;
    server_ = std::make_unique<http::Server>(options, std::move(router));
    server_->start();
  }
  ~Site() { server_->stop(seconds(5)); }
  Endpoint endpoint() const {
    return Endpoint("http://127.0.0.1:" + std::to_string(server_->port()));
  }

 private:
  std::unique_ptr<http::Server> server_;
};

Pace open_loop(double rate, Duration length, unsigned connections = 4) {
  return {Schedule(rate, length), length, connections, 1};
}
Pace closed_loop(Duration length, unsigned connections, unsigned pipeline) {
  return {std::nullopt, length, connections, pipeline};
}

TEST(Drive, SendsEachRequestOfTheScheduleOnceAndCountsItsAnswer) {
  std::atomic<unsigned> handled = 0;
  const Site site(http::Method::get, "/x", [&](http::Request&) -> asio::awaitable<http::Response> {
    http::Response response;
    response.status = ++handled % 4 == 0 ? 409 : 202;
    co_return response;
  });
  const Endpoint endpoint = site.endpoint();
  RepeatedGet requests(endpoint, "/x");
  const Tally tally = drive(endpoint, requests, open_loop(2000, milliseconds(200)));
  EXPECT_EQ(handled, 400U);
  EXPECT_EQ(tally.sent, 400U);
  EXPECT_EQ(tally.by_status[202], 300U);
  EXPECT_EQ(tally.by_status[409], 100U);
  EXPECT_EQ(tally.no_answer + tally.unsent, 0U);
  EXPECT_EQ(tally.latency.count(), 400U);
}

// Only lower bounds: a slow machine makes latencies longer, never shorter.
TEST(Drive, CountsLatencyFromWhenARequestWasDueWhileTheServerStalls) {
  constexpr auto kStall = milliseconds(400);
  bool stalled = false;
  const Site site(http::Method::get, "/x", [&](http::Request&) -> asio::awaitable<http::Response> {
    if (!std::exchange(stalled, true)) {
      asio::steady_timer timer(co_await asio::this_coro::executor, kStall);
      co_await timer.async_wait(asio::use_awaitable);
    }
    co_return http::Response();
  });
  const Endpoint endpoint = site.endpoint();
  RepeatedGet requests(endpoint, "/x");
  const Tally tally = drive(endpoint, requests, open_loop(1000, milliseconds(200), 1));
  EXPECT_EQ(tally.answered(), 200U);
  EXPECT_GE(tally.latency.max(), kStall);
  EXPECT_GE(tally.latency.percentile(50), kStall - milliseconds(100));
  EXPECT_GE(tally.latency.percentile(5), kStall - milliseconds(200));
}

TEST(Drive, KeepsSoManyRequestsInFlightAsAClosedLoopIsAllowed) {
  std::atomic<unsigned> handled = 0;
  const Site site(http::Method::get, "/x", [&](http::Request&) -> asio::awaitable<http::Response> {
    ++handled;
    co_return http::Response();
  });
  const Endpoint endpoint = site.endpoint();
  RepeatedGet requests(endpoint, "/x");
  const Tally tally = drive(endpoint, requests, closed_loop(milliseconds(100), 3, 8));
  EXPECT_GE(tally.sent, 24U);
  EXPECT_EQ(tally.sent, handled);
  EXPECT_EQ(tally.by_status[200], tally.sent);
}

TEST(Drive, CountsWhatGetsNoAnswerAndGoesOnOverANewConnection) {
  asio::io_context io;
  asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
  std::jthread rude([&] {
    for (std::array<char, 1> byte;;) {
      boost::system::error_code ended;
      asio::ip::tcp::socket socket = acceptor.accept(ended);
      if (ended || socket.read_some(asio::buffer(byte), ended) == 0) return;
      if (byte[0] == 'Q') return;
    }
  });
  const std::string port = std::to_string(acceptor.local_endpoint().port());
  const Endpoint endpoint("http://127.0.0.1:" + port);
  RepeatedGet requests(endpoint, "/x");
  const Tally tally = drive(endpoint, requests, open_loop(100, milliseconds(50), 1));
  EXPECT_EQ(tally.sent, 5U);
  EXPECT_EQ(tally.no_answer, 5U);
  EXPECT_EQ(tally.answered(), 0U);
  asio::ip::tcp::socket last(io);
  last.connect(acceptor.local_endpoint());
  last.send(asio::buffer("Q", 1));
}

TEST(Drive, SaysWhereNobodyListens) {
  asio::io_context io;
  asio::ip::tcp::acceptor bound(io, asio::ip::tcp::v4());
  bound.bind({asio::ip::address_v4::loopback(), 0});
  const std::string authority = "127.0.0.1:" + std::to_string(bound.local_endpoint().port());
  const Endpoint endpoint("http://" + authority);
  RepeatedGet requests(endpoint, "/x");
  try {
    drive(endpoint, requests, open_loop(100, milliseconds(50)));
    FAIL() << "nobody listens there";
  } catch (const EndpointError& error) {
    EXPECT_NE(std::string(error.what()).find(authority), std::string::npos) << error.what();
  }
}

TEST(FreshVotes, AreVotersOfTheirOwnWithAKeyEachAndAnOptionOfThePoll) {
  const SystemClock clock;
  const Tokens tokens("0123456789abcdef0123456789abcdef");
  const Target target{fresh_id<PollId>(clock),
                      {fresh_id<OptionId>(clock), fresh_id<OptionId>(clock)}};
  std::set<std::string> voters, keys, options;
  const auto handler = [&](http::Request& request) -> asio::awaitable<http::Response> {
    EXPECT_EQ(request.parameters.at(0), target.poll.text());
    const auto bearer = request.field("Authorization").value_or("");
    EXPECT_TRUE(bearer.starts_with("Bearer "));
    const auto identity = tokens.verify(bearer.substr(7), clock.now());
    EXPECT_TRUE(identity);
    if (identity) voters.insert(identity->user.text());
    keys.emplace(request.field("Idempotency-Key").value_or(""));
    const auto body = nlohmann::json::parse(request.body);
    options.insert(body.at("option_ids").at(0).get<std::string>());
    co_return http::Response();
  };
  const Site site(http::Method::post, "/v1/polls/{id}/votes", handler);
  const Endpoint endpoint = site.endpoint();
  FreshVotes votes(endpoint, target, tokens, clock, 100, seconds(60));
  const Tally tally = drive(endpoint, votes, open_loop(1000, milliseconds(100)));
  EXPECT_EQ(tally.by_status[200], 100U);
  EXPECT_EQ(voters.size(), 100U);
  EXPECT_EQ(keys.size(), 100U);
  EXPECT_EQ(options, (std::set{target.options[0].text(), target.options[1].text()}));
  std::string none;
  EXPECT_FALSE(votes.append_next(none));
}

TEST(Endpoint, TakesAUrlApart) {
  const Endpoint endpoint("http://127.0.0.1:8080/behind/a/proxy/");
  EXPECT_EQ(endpoint.authority(), "127.0.0.1:8080");
  EXPECT_EQ(endpoint.path(), "/behind/a/proxy");
  EXPECT_EQ(Endpoint("http://[::1]:80").authority(), "[::1]:80");
}

TEST(Endpoint, RefusesWhatItCannotLoad) {
  for (const char* url :
       {"https://127.0.0.1:8443", "127.0.0.1:80", "http://", "http://a b", "http://127.0.0.1:port"})
    EXPECT_THROW(Endpoint{url}, EndpointError) << url;
}

}  // namespace
}  // namespace vote::load

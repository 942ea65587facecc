#include "load/drive.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "site.h"

namespace vote::load {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// The same GET again and again, which counts what it is told.
class RepeatedGet final : public Requests {
 public:
  std::optional<std::uint64_t> append_next(std::string& out, const Endpoint& endpoint) override {
    out += "GET /x HTTP/1.1\r\nHost: " + endpoint.authority() + "\r\n\r\n";
    return next_++;
  }
  void answered(const RequestEnd& end) override { ends[end.tag] = end.status; }

  std::map<std::uint64_t, unsigned> ends;  // status by tag

 private:
  std::uint64_t next_ = 0;
};

Tally drive_one(const Endpoint& endpoint, Requests& requests, const Pace& pace) {
  return drive({&endpoint, 1}, requests, pace);
}

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
  RepeatedGet requests;
  const Tally tally = drive_one(endpoint, requests, open_loop(2000, milliseconds(200)));
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
  RepeatedGet requests;
  const Tally tally = drive_one(endpoint, requests, open_loop(1000, milliseconds(200), 1));
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
  RepeatedGet requests;
  const Tally tally = drive_one(endpoint, requests, closed_loop(milliseconds(100), 3, 8));
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
  RepeatedGet requests;
  const Tally tally = drive_one(endpoint, requests, open_loop(100, milliseconds(50), 1));
  EXPECT_EQ(tally.sent, 5U);
  EXPECT_EQ(tally.no_answer, 5U);
  ASSERT_EQ(requests.ends.size(), 5U);
  for (const auto& [tag, status] : requests.ends) EXPECT_EQ(status, 0U) << tag;
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
  RepeatedGet requests;
  try {
    drive_one(endpoint, requests, open_loop(100, milliseconds(50)));
    FAIL() << "nobody listens there";
  } catch (const EndpointError& error) {
    EXPECT_NE(std::string(error.what()).find(authority), std::string::npos) << error.what();
  }
}

TEST(Drive, DealsConnectionsOutToAllAddresses) {
  std::array<std::atomic<unsigned>, 2> handled{};
  const auto counting = [](std::atomic<unsigned>& count) {
    return [&count](http::Request&) -> asio::awaitable<http::Response> {
      ++count;
      co_return http::Response();
    };
  };
  const Site one(http::Method::get, "/x", counting(handled[0]));
  const Site other(http::Method::get, "/x", counting(handled[1]));
  const std::vector<Endpoint> endpoints = {one.endpoint(), other.endpoint()};
  RepeatedGet requests;
  const Tally tally = drive(endpoints, requests, open_loop(1000, milliseconds(100)));
  EXPECT_EQ(tally.by_status[200], 100U);
  EXPECT_GT(handled[0], 0U);
  EXPECT_GT(handled[1], 0U);
  EXPECT_EQ(requests.ends.size(), 100U);
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

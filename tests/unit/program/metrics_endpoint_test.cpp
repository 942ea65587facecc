#include "program/metrics_endpoint.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace vote::program {
namespace {

using boost::asio::ip::tcp;

/// A port that was free a moment ago, and whether somebody listens there now.
class Port {
 public:
  std::string address() const { return "127.0.0.1:" + std::to_string(number_); }
  std::string ask(const std::string& path) {
    tcp::socket socket(io_);
    boost::system::error_code error;
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), number_}, error);
    if (error) return "";
    boost::asio::write(
        socket,
        boost::asio::buffer("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    std::string answer;
    boost::asio::read(socket, boost::asio::dynamic_buffer(answer), error);
    return answer;
  }

 private:
  std::uint16_t free_port() {
    return tcp::acceptor(io_, {boost::asio::ip::make_address("127.0.0.1"), 0})
        .local_endpoint()
        .port();
  }
  boost::asio::io_context io_;
  std::uint16_t number_ = free_port();
};

TEST(MetricsEndpoint, ServesWhatTheRegistrySaysUntilItEnds) {
  metrics::Registry registry;
  registry.add(build_info("vote-test"));
  Port port;
  {
    const MetricsEndpoint endpoint({port.address()}, registry);
    const std::string answer = port.ask("/metrics");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"),
              std::string::npos)
        << answer;
    EXPECT_TRUE(answer.ends_with("vote_build_info{program=\"vote-test\",version=\"0.1.0\"} 1\n"))
        << answer;
    EXPECT_TRUE(port.ask("/").starts_with("HTTP/1.1 404 "));
  }
  EXPECT_EQ(port.ask("/metrics"), "");
}

TEST(MetricsEndpoint, SaysThatEachDaemonNeedsAnAddressOfItsOwn) {
  const metrics::Registry registry;
  const Port port;
  const MetricsEndpoint first({port.address()}, registry);
  try {
    const MetricsEndpoint second({port.address()}, registry);
    FAIL() << "both listen on " << port.address();
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find(port.address()), std::string::npos) << text;
    EXPECT_NE(text.find("VOTE_METRICS_LISTEN"), std::string::npos) << text;
  }
}

TEST(MetricsEndpoint, ListensNowhereUnlessTold) {
  const metrics::Registry registry;
  EXPECT_NO_THROW(MetricsEndpoint({}, registry));
}

}  // namespace
}  // namespace vote::program

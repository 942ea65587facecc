#include "http/server.h"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "http/head.h"
#include "http/problem.h"
#include "http/worker.h"
#include "log/log.h"

namespace vote::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kAcceptPause = std::chrono::milliseconds(100);  // when no more file can be opened

ListenError cannot_listen(const ServerOptions& options, const std::string& reason) {
  return ListenError("cannot listen on " + options.host + ":" + std::to_string(options.port) +
                     ": " + reason);
}

tcp::acceptor listening(asio::io_context& io, const ServerOptions& options) {
  error_code error;
  tcp::resolver resolver(io);
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port),
                       tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) throw cannot_listen(options, "the host has no address");
  const tcp::endpoint endpoint = *found.begin();
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error == asio::error::address_in_use)
    throw cannot_listen(options, "another program listens there; stop it or choose another port");
  if (error) throw cannot_listen(options, error.message());
  return acceptor;
}

/// As much of an answer as a socket takes without waiting; then it is closed.
void turn_away(tcp::socket socket) {
  const Response response = problem(503, "unavailable", "too many connections; try again later");
  std::string answer;
  append_head(answer, response, Framing::length, response.body.size(), Persistence::close);
  answer += response.body;
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(answer), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  std::array<char, 4096> unread;
  socket.read_some(asio::buffer(unread), ignored);
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerOptions options, Router router)
      : options_(std::move(options)),
        router_(std::move(router)),
        workers_(make_workers()),
        acceptor_(listening(workers_.front()->io, options_)),
        pause_(workers_.front()->io),
        port_(acceptor_.local_endpoint().port()) {}

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return census_.count(); }

  ServerTotals totals() const {
    ServerTotals totals;
    for (const std::string& route : router_.routes()) {
      const auto space = route.find(' ');
      totals.routes.push_back({route.substr(0, space), route.substr(space + 1), {}, {}});
    }
    totals.routes.push_back({"any", "none", {}, {}});
    for (const auto& worker : workers_) worker->tally.add_to(totals);
    totals.turned_away = turned_away_.value();
    totals.connections = census_.count();
    totals.watchers = census_.watching();
    return totals;
  }

  void start() {
    accept();
    for (auto& worker : workers_) threads_.emplace_back([&worker = *worker] { worker.run(); });
  }

  void wind_down() {
    for (auto& worker : workers_) worker->wind_down();
  }

  void stop(Duration drain) {
    if (threads_.empty()) return;
    close_acceptor();
    for (auto& worker : workers_) worker->drain();
    if (!census_.wait_for_none(drain)) {
      for (auto& worker : workers_) worker->abandon();
      census_.wait_for_none();
    }
    for (auto& worker : workers_) worker->finish();
    threads_.clear();
  }

 private:
  std::vector<std::unique_ptr<Worker>> make_workers() {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::unique_ptr<Worker>> workers;
    for (unsigned i = 0; i < (options_.threads == 0 ? cores : options_.threads); ++i)
      workers.push_back(std::make_unique<Worker>(options_, router_, census_));
    return workers;
  }

  void accept() {
    Worker& worker = *workers_[next_++ % workers_.size()];
    acceptor_.async_accept(worker.io, [this, &worker](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_.is_open()) return;
      if (error) return accept_later(error);
      take(worker, std::move(socket));
      accept();
    });
  }

  void take(Worker& worker, tcp::socket socket) {
    if (census_.count() >= options_.connections_max) {
      ++turned_away_;
      return turn_away(std::move(socket));
    }
    census_.enter();
    worker.adopt(std::move(socket));
  }

  void accept_later(error_code error) {
    log::warn("accept_failed", {{"error", error.message()}});
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](error_code cancelled) {
      if (!cancelled && acceptor_.is_open()) accept();
    });
  }

  void close_acceptor() {
    std::promise<void> closed;
    asio::post(workers_.front()->io, [this, &closed] {
      error_code ignored;
      acceptor_.close(ignored);
      pause_.cancel();
      closed.set_value();
    });
    closed.get_future().wait();
  }

  const ServerOptions options_;
  const Router router_;
  Census census_;
  std::vector<std::unique_ptr<Worker>> workers_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_;
  std::size_t next_ = 0;
  metrics::Counter turned_away_;
  std::vector<std::jthread> threads_;
};

Server::Server(ServerOptions options, Router router)
    : implementation_(std::make_unique<Implementation>(std::move(options), std::move(router))) {}

Server::~Server() {
  stop(Duration::zero());
}

std::uint16_t Server::port() const {
  return implementation_->port();
}
void Server::start() {
  implementation_->start();
}
void Server::wind_down() {
  implementation_->wind_down();
}
void Server::stop(Duration drain) {
  implementation_->stop(drain);
}
std::size_t Server::connections() const {
  return implementation_->connections();
}
ServerTotals Server::totals() const {
  return implementation_->totals();
}

}  // namespace vote::http

#pragma once
// Servers for the client's tests: a real one whose answers the test writes, and one that hangs up.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/server.h"

namespace vote::client {

/// Answers POST and GET /echo as `answer` says, and remembers what came.
class TestServer {
 public:
  using AnswerOf = std::function<http::Response(const http::Request&, std::size_t earlier)>;
  explicit TestServer(AnswerOf answer) : answer_(std::move(answer)), server_(options(), routes()) {
    server_.start();
  }
  ~TestServer() { server_.stop(std::chrono::seconds(1)); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.port = 0;
    options.threads = 1;
    return options;
  }
  http::Router routes() {
    http::Router router;
    const auto handle = [this](http::Request& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      return answer_(request, requests_.size() - 1);
    };
    for (const auto method : {http::Method::get, http::Method::post, http::Method::put})
      router.add(method, "/echo", handle);
    return router;
  }

  AnswerOf answer_;
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  http::Server server_;
};

/// Takes `lost` connections, reads a request from each and closes it without an answer; those after
/// them are answered with 201.
class RudeServer {
 public:
  explicit RudeServer(unsigned lost) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &length) != 0)
      throw std::runtime_error("the test cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, lost] { serve(lost); });
  }
  ~RudeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RudeServer(const RudeServer&) = delete;
  RudeServer& operator=(const RudeServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  unsigned connections() const { return connections_; }

 private:
  void serve(unsigned lost) {
    for (int socket = 0; (socket = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      std::string request;
      char byte = 0;
      while (!request.ends_with("\r\n\r\n") && ::read(socket, &byte, 1) == 1) request += byte;
      const std::string answer =
          "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
      if (++connections_ > lost) static_cast<void>(!::write(socket, answer.data(), answer.size()));
      ::close(socket);
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<unsigned> connections_ = 0;
  std::thread thread_;
};

/// A URL where nobody listens.
inline std::string deserted_url() {
  const TestServer server([](const auto&, std::size_t) { return http::Response{}; });
  return server.url();
}

inline http::Response answer(unsigned status, std::string body = "{}", http::Fields fields = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.fields = std::move(fields);
  return response;
}

inline http::Response problem(unsigned status, const std::string& code) {
  http::Response response =
      answer(status, R"({"code":")" + code + R"(","detail":"because of )" + code + R"("})");
  response.content_type = "application/problem+json";
  return response;
}

}  // namespace vote::client

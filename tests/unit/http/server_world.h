#pragma once
// A server of this process and bare sockets that talk to it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "http/server.h"

namespace vote::http {

inline constexpr int kWaitMaxS = 30;

/// A bare connection: bytes out, bytes in. A read that gets nothing for kWaitMaxS ends the test.
class Wire {
 public:
  explicit Wire(std::uint16_t port, int receive_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_bytes > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const timeval wait{kWaitMaxS, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("nobody listens");
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  Wire& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) break;  // closed by the server: what it said can still be read
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return *this;
  }
  Wire& get(const std::string& path, const std::string& lines = "") {
    return send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n");
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  /// One response with a Content-Length, head and body.
  std::string answer() {
    const std::string head = take_until("\r\n\r\n");
    const auto at = head.find("Content-Length: ");
    if (at == std::string::npos) return head;
    return head + take(std::stoul(head.substr(at + 16)));
  }
  std::string take_until(const std::string& end) {
    while (received_.find(end) == std::string::npos)
      if (!receive()) return std::exchange(received_, {});
    return take(received_.find(end) + end.size());
  }
  std::string take_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  /// By the server, with nothing more said.
  bool is_closed() { return !receive() && received_.empty(); }
  /// So many bytes, or what there is before the end.
  std::string take(std::size_t bytes) {
    while (received_.size() < bytes && receive()) {
    }
    std::string taken = received_.substr(0, bytes);
    received_.erase(0, taken.size());
    return taken;
  }

 private:
  bool receive() {
    char buffer[65536];
    const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      throw std::runtime_error("the server says nothing");
    if (got > 0) received_.append(buffer, static_cast<std::size_t>(got));
    return got > 0;
  }

  int socket_;
  std::string received_;
};

inline Response text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

inline unsigned status_of_answer(const std::string& answer) {
  return answer.size() < 12 ? 0 : static_cast<unsigned>(std::stoul(answer.substr(9, 3)));
}
inline std::string body_of_answer(const std::string& answer) {
  return answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()));
}

class ServerWorld : public testing::Test {
 protected:
  ServerWorld() {
    options.port = 0;
    options.threads = 2;
  }
  void serve() {
    server = std::make_unique<Server>(options, std::move(router));
    server->start();
  }
  Wire connect(int receive_bytes = 0) { return Wire(server->port(), receive_bytes); }

  ServerOptions options;
  Router router;
  std::unique_ptr<Server> server;
};

}  // namespace vote::http

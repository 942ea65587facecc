#pragma once
// One connection to Redis, over TCP or TLS, from its beginning to its end: it is never opened
// twice, so what comes late comes to nobody. Internal to cache/redis/. Everything runs on one
// thread, the io_context's, and errors are boost::system::system_error, ProtocolError, Refusal
// or NotYet.
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cache/redis/resp.h"
#include "cache/redis/url.h"
#include "vote/time.h"

namespace vote::redis {

/// The server can be reached and cannot be used as it is: what is wrong, and what to do.
class Refusal : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The server will be fit for use by itself: why it is not now.
class NotYet : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Verifies servers by the system's certificates, or by the URL's. Throws std::invalid_argument
/// where its file cannot be used.
boost::asio::ssl::context tls_context(const RedisUrl& url);

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `tls`: null where the URL asks for none. Both outlive it.
  Connection(boost::asio::io_context& io, const RedisUrl& url, boost::asio::ssl::context* tls);

  /// Once. Resolves, connects, shakes hands.
  boost::asio::awaitable<void> open();
  /// Waits for bytes and hands them to `next`.
  boost::asio::awaitable<void> read();
  /// The next reply that has come whole.
  std::optional<Reply> next() { return reader_.next(); }
  /// What the next write writes; left alone until that is done.
  std::string& output() { return output_; }
  void write(std::function<void(boost::system::error_code)> done);
  /// Sends these commands and waits for the reply to each; an error among them is a reply too.
  boost::asio::awaitable<std::vector<Reply>> ask(std::string commands, std::size_t count);

  /// Ends whatever waits for it. `reason`: what is said of it; the first that is given counts.
  void close(std::string reason);
  const std::string& reason() const { return reason_; }
  /// What to look at where it was opened in vain: the other end has said nothing that we know.
  std::string_view hint() const;

 private:
  static constexpr std::size_t kReadBytes = 65'536;
  boost::asio::awaitable<void> connect();
  /// Takes what has come; true: there are so many now.
  bool gather(std::vector<Reply>& replies, std::size_t count);

  const RedisUrl& url_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::vector<char> input_;
  std::string output_;
  ReplyReader reader_;
  std::string reason_;
  bool connected_ = false;
  bool heard_ = false;
};

/// Closes the connection unless it is destroyed within that time.
class Deadline {
 public:
  Deadline(boost::asio::io_context& io, std::shared_ptr<Connection> connection, Duration time);

 private:
  boost::asio::steady_timer timer_;
};

/// What ended a connection, in words; `refused`: somebody has to do something about it.
struct Ending {
  std::string reason;
  bool refused = false;
};
/// Of the exception that is being handled.
Ending ending_of_current_exception(const Connection& connection);

}  // namespace vote::redis

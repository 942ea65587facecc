#pragma once
// The connection that hears what any process publishes: newer counts. Made again whenever it is
// lost; what is published meanwhile is not heard. Internal to cache/redis/. All on the thread of
// `io`, but for `stands`.
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cache/redis/connection.h"
#include "cache/redis/standing.h"
#include "cache/redis/url.h"
#include "runtime/stop.h"

namespace vote::redis {

class Subscription {
 public:
  using Heard = std::function<void(std::string_view message)>;
  Subscription(boost::asio::io_context& io, const RedisUrl& url, boost::asio::ssl::context* tls,
               std::string channel, Heard heard);

  void start();
  void stop();
  /// Whether it hears now. One that was cut off silently is noticed by its next ping.
  bool stands() const { return stands_; }

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> listen();
  void take_all();
  void take(ReplyView message);
  void ping_later();

  boost::asio::io_context& io_;
  const RedisUrl& url_;
  boost::asio::ssl::context* tls_;
  const std::string channel_;
  const Heard heard_;
  Standing standing_;
  BackOff back_off_;
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer ping_;
  std::atomic<bool> stands_ = false;
  bool stopping_ = false;
  bool heard_since_ping_ = false;
  bool is_known_ = false;  // user and password were right
  std::shared_ptr<Connection> connection_;
};

}  // namespace vote::redis

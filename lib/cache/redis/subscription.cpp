#include "cache/redis/subscription.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "cache/redis/greeting.h"
#include "cache/redis/link.h"

namespace vote::redis {

namespace asio = boost::asio;
using boost::system::error_code;

Subscription::Subscription(asio::io_context& io, const RedisUrl& url, asio::ssl::context* tls,
                           std::string channel, Heard heard)
    : io_(io),
      url_(url),
      tls_(tls),
      channel_(std::move(channel)),
      heard_(std::move(heard)),
      standing_("cache_news", url.place()),
      back_off_(kBackOffFirst, kBackOffMost),
      pause_(io),
      ping_(io) {}

void Subscription::start() {
  asio::co_spawn(io_, run(), asio::detached);
}

void Subscription::stop() {
  stopping_ = true;
  pause_.cancel();
  if (connection_) connection_->close("stopped");
}

asio::awaitable<void> Subscription::run() {
  while (!stopping_) {
    connection_ = std::make_shared<Connection>(io_, url_, tls_);
    Ending ending;
    try {
      co_await listen();
    } catch (const std::exception&) {
      ending = ending_of_current_exception(*connection_);
    }
    stands_ = false;
    ping_.cancel();
    connection_->close(ending.reason);
    if (stopping_) break;
    // All else is said of the connection for commands, which meets the same.
    if (is_known_ && ending.refused) standing_.refuses(ending.reason);
    pause_.expires_after(back_off_.next());
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

/// Returns only by an exception.
asio::awaitable<void> Subscription::listen() {
  is_known_ = false;
  {
    const Deadline deadline(io_, connection_, kOpenTimeout);
    co_await connection_->open();
    co_await authenticate(*connection_, url_);
    is_known_ = true;
    std::string subscribe;
    append_command(subscribe, {"SUBSCRIBE", channel_});
    const auto replies = co_await connection_->ask(std::move(subscribe), 1);
    if (replies.front().view().is_error()) refuse(replies.front().view().text());
  }
  standing_.works();
  back_off_.reset();
  stands_ = true;
  ping_later();
  for (;;) {
    take_all();
    co_await connection_->read();
    heard_since_ping_ = true;
  }
}

void Subscription::take_all() {
  while (const auto message = connection_->next()) take(message->view());
}

void Subscription::take(ReplyView message) {
  if (message.is_error()) refuse(message.text());
  if (message.at(0).text() == "message") heard_(message.at(2).text());
}

/// Each interval; ends the connection where the last one had no answer.
void Subscription::ping_later() {
  ping_.expires_after(kPingInterval);
  heard_since_ping_ = false;
  connection_->output().clear();
  append_command(connection_->output(), {"PING"});
  connection_->write([](error_code /*the reader ends with one of its own*/) {});
  ping_.async_wait([this](error_code error) {
    if (error || !stands_) return;
    if (!heard_since_ping_) return connection_->close("no answer to a ping");
    ping_later();
  });
}

}  // namespace vote::redis

#pragma once
// The connection that commands share, made again whenever it is lost. What waits to be sent when
// the replies to what was sent are in goes out in one write: alone where there is one, hundreds at
// once under load. Internal to cache/redis/.
//
// While there is no connection, a command is answered with nothing where it is sent, at once, and
// costs a look at a flag. A connection that is silent for the timeout while replies are awaited is
// closed for good, and so is one whose oldest command waits for several times as long; all that
// waits is answered with nothing then, and replies to it can come to nobody.
//
// `send` and `is_open` from any thread; all else, and the answers, on the thread of `io`, but for
// those of commands that cannot be sent.
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cache/redis/command.h"
#include "cache/redis/connection.h"
#include "cache/redis/standing.h"
#include "cache/redis/url.h"
#include "runtime/stop.h"

namespace vote::redis {

inline constexpr Duration kOpenTimeout = std::chrono::seconds(1);  // connect, TLS and greeting
inline constexpr Duration kPingInterval = std::chrono::seconds(1);
inline constexpr Duration kBackOffFirst = std::chrono::milliseconds(50);
inline constexpr Duration kBackOffMost = std::chrono::seconds(1);
/// A connection that lived for so long was a good one: the next begins without delay.
inline constexpr Duration kGoodAfter = std::chrono::seconds(5);
/// Between two pipelines: what is asked meanwhile goes into one, and costs one write, one read and
/// one wake-up on either side. Who asks after a while of silence waits for nothing.
inline constexpr Duration kPace = std::chrono::microseconds(1000);
inline constexpr int kSlownessMax = 4;  // timeouts, for a server that answers, and slowly
inline constexpr int kSecondLook = 8;   // after a timeout's eighth
/// Replies that may be awaited, sent or not; beyond it a command is answered with nothing.
inline constexpr std::size_t kRepliesMax = 32'768;

class Link {
 public:
  struct Settings {
    Duration timeout{};                // of the next sign of life
    std::function<void()> opened;      // a connection is there
    std::function<void()> tried_once;  // the first connection is there, or failed
  };
  Link(boost::asio::io_context& io, const RedisUrl& url, boost::asio::ssl::context* tls,
       Settings settings);

  void start();
  /// Ends once what waits has been answered, if only with nothing.
  void stop();

  bool is_open() const { return open_; }
  void send(std::unique_ptr<Command> command);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Sent {
    std::unique_ptr<Command> command;
    std::size_t replies_left = 1;
    bool whole = false;  // its script was sent whole
  };

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> open_and_serve();
  void opened();
  void lost(const Ending& ending);
  void answer_all_with_nothing();
  bool queue(std::unique_ptr<Command>& command);
  void pump();
  void pace();
  bool has_waiting();
  void take_waiting();
  void add(std::unique_ptr<Command> command, bool whole);
  void take_all();
  void take(ReplyView reply);
  void watch_until(SteadyTime time);
  void look();
  void close_if_done();

  boost::asio::io_context& io_;
  const RedisUrl& url_;
  boost::asio::ssl::context* tls_;
  Settings settings_;
  Standing standing_;
  BackOff back_off_{kBackOffFirst, kBackOffMost};
  boost::asio::steady_timer pause_;
  boost::asio::steady_timer pace_;
  boost::asio::steady_timer watch_;
  SteadyTime watched_until_ = SteadyTime::max();

  std::mutex mutex_;
  std::atomic<bool> open_ = false;                 // changed under the mutex
  std::vector<std::unique_ptr<Command>> waiting_;  // by the mutex
  SteadyTime waiting_since_;                       // by the mutex
  std::atomic<std::size_t> replies_awaited_ = 0;

  bool stopping_ = false;
  bool tried_ = false;
  std::shared_ptr<Connection> connection_;
  ScriptNames scripts_;
  std::deque<Sent> sent_;
  std::vector<std::unique_ptr<Command>> again_;  // whose script the server had lost
  SteadyTime oldest_since_;                      // of sent_
  SteadyTime sent_at_;
  SteadyTime heard_at_;
  bool doubted_ = false;  // the timeout is over, and it was not looked again
  bool writing_ = false;
  bool pacing_ = false;
};

}  // namespace vote::redis

#include "cache/redis/link.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "cache/redis/greeting.h"

namespace vote::redis {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

class Ping final : public Command {
 public:
  void write(std::string& out, const ScriptCall& /*script*/) const override {
    append_command(out, {"PING"});
  }
  void answer(ReplyView /*reply*/) override {}
};

}  // namespace

Link::Link(asio::io_context& io, const RedisUrl& url, asio::ssl::context* tls, Settings settings)
    : io_(io),
      url_(url),
      tls_(tls),
      settings_(std::move(settings)),
      standing_("cache", url.place()),
      pause_(io),
      pace_(io),
      watch_(io) {}

void Link::start() {
  asio::co_spawn(io_, run(), asio::detached);
}

void Link::stop() {
  stopping_ = true;
  pause_.cancel();
  pace_.cancel();
  pacing_ = false;
  if (open_)
    pump();
  else if (connection_)
    connection_->close("stopped");
}

void Link::send(std::unique_ptr<Command> command) {
  if (queue(command)) return;
  for (std::size_t left = command->replies(); left > 0; --left) command->answer({});
}

/// False: it cannot be sent.
bool Link::queue(std::unique_ptr<Command>& command) {
  if (!open_) return false;
  const std::size_t replies = command->replies();
  const std::lock_guard lock(mutex_);
  if (!open_ || replies_awaited_ + replies > kRepliesMax) return false;
  replies_awaited_ += replies;
  if (waiting_.empty()) {
    waiting_since_ = steady_clock::now();
    asio::post(io_, [this] { pump(); });
  }
  waiting_.push_back(std::move(command));
  return true;
}

asio::awaitable<void> Link::run() {
  while (!stopping_) {
    connection_ = std::make_shared<Connection>(io_, url_, tls_);
    const SteadyTime began = steady_clock::now();
    Ending ending;
    try {
      co_await open_and_serve();
    } catch (const std::exception&) {
      ending = ending_of_current_exception(*connection_);
    }
    lost(ending);
    if (stopping_) break;
    if (steady_clock::now() - began > kGoodAfter) back_off_.reset();
    pause_.expires_after(back_off_.next());
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

/// Returns only by an exception.
asio::awaitable<void> Link::open_and_serve() {
  {
    const Deadline deadline(io_, connection_, kOpenTimeout);
    co_await connection_->open();
    scripts_ = co_await greet(*connection_, url_);
  }
  opened();
  for (;;) {
    take_all();
    co_await connection_->read();
  }
}

void Link::opened() {
  standing_.works();
  heard_at_ = steady_clock::now();
  watch_until(heard_at_ + kPingInterval);
  {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  settings_.opened();
  if (!std::exchange(tried_, true)) settings_.tried_once();
}

void Link::lost(const Ending& ending) {
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  watch_.cancel();
  watched_until_ = SteadyTime::max();
  writing_ = false;
  pace_.cancel();
  pacing_ = false;
  connection_->close(ending.reason);
  if (!stopping_) {
    if (ending.refused)
      standing_.refuses(ending.reason);
    else
      standing_.lost(ending.reason);
  }
  answer_all_with_nothing();
  if (!std::exchange(tried_, true)) settings_.tried_once();
}

void Link::answer_all_with_nothing() {
  std::deque<Sent> sent = std::exchange(sent_, {});
  std::vector<std::unique_ptr<Command>> waiting = std::exchange(again_, {});
  {
    const std::lock_guard lock(mutex_);
    for (auto& command : waiting_) waiting.push_back(std::move(command));
    waiting_.clear();
  }
  replies_awaited_ = 0;
  for (const Sent& each : sent)
    for (std::size_t left = each.replies_left; left > 0; --left) each.command->answer({});
  for (const auto& command : waiting)
    for (std::size_t left = command->replies(); left > 0; --left) command->answer({});
}

/// Sends what waits, unless replies are awaited, or the last pipeline has only just begun: then it
/// goes with all that comes until they are in.
void Link::pump() {
  if (!open_ || writing_ || pacing_ || !sent_.empty()) return;
  if (!has_waiting()) return close_if_done();
  if (steady_clock::now() < sent_at_ + kPace && !stopping_) return pace();
  take_waiting();
  sent_at_ = steady_clock::now();
  watch_until(sent_at_ + settings_.timeout);
  writing_ = true;
  connection_->write([this, written = connection_](error_code error) {
    if (written != connection_ || error) return;  // the reader ends with an error of its own
    writing_ = false;
    if (sent_.empty()) pump();
  });
}

void Link::pace() {
  pacing_ = true;
  pace_.expires_at(sent_at_ + kPace);
  pace_.async_wait([this](error_code error) {
    if (error) return;
    pacing_ = false;
    pump();
  });
}

bool Link::has_waiting() {
  const std::lock_guard lock(mutex_);
  return !again_.empty() || !waiting_.empty();
}

void Link::take_waiting() {
  std::vector<std::unique_ptr<Command>> again = std::exchange(again_, {});
  std::vector<std::unique_ptr<Command>> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
    oldest_since_ = waiting.empty() ? steady_clock::now() : waiting_since_;
  }
  connection_->output().clear();
  for (auto& command : again) add(std::move(command), true);
  for (auto& command : waiting) add(std::move(command), false);
}

void Link::add(std::unique_ptr<Command> command, bool whole) {
  command->write(connection_->output(), {scripts_, whole});
  const std::size_t replies = command->replies();
  sent_.push_back({std::move(command), replies, whole});
}

void Link::take_all() {
  heard_at_ = steady_clock::now();
  doubted_ = false;
  while (const auto reply = connection_->next()) take(reply->view());
  if (sent_.empty()) pump();
}

void Link::take(ReplyView reply) {
  if (sent_.empty()) throw ProtocolError("a reply that nobody asked for");
  Sent& first = sent_.front();
  if (reply.is_error()) {
    const std::string_view error = reply.text();
    if (kind_of(error) == "NOSCRIPT" && !first.whole) {
      again_.push_back(std::move(first.command));
      return sent_.pop_front();
    }
    if (ends_connection(error)) refuse(error);
    standing_.complains(error);
    reply = {};
  }
  --replies_awaited_;
  first.command->answer(reply);
  if (--first.replies_left == 0) sent_.pop_front();
}

/// Makes sure that look() runs by then.
void Link::watch_until(SteadyTime time) {
  if (time >= watched_until_) return;
  watched_until_ = time;
  watch_.expires_at(time);
  watch_.async_wait([this](error_code error) {
    if (error) return;
    look();
  });
}

void Link::look() {
  watched_until_ = SteadyTime::max();
  if (!open_) return;
  const SteadyTime now = steady_clock::now();
  if (sent_.empty()) {
    if (now < heard_at_ + kPingInterval) return watch_until(heard_at_ + kPingInterval);
    send(std::make_unique<Ping>());
    return watch_until(now + kPingInterval);
  }
  const SteadyTime silent_since = std::max(sent_at_, heard_at_);
  const bool silent = now >= silent_since + settings_.timeout;
  if (!silent && now < oldest_since_ + kSlownessMax * settings_.timeout)
    return watch_until(silent_since + settings_.timeout);
  // It may be this process that stood still, and the answer is there to be read.
  if (std::exchange(doubted_, true))
    return connection_->close("no answer within " + to_text(settings_.timeout));
  watch_until(now + settings_.timeout / kSecondLook);
}

void Link::close_if_done() {
  if (stopping_) connection_->close("stopped");
}

}  // namespace vote::redis

#include "http/watcher.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <exception>
#include <utility>

#include "http/event_stream.h"
#include "http/websocket.h"
#include "log/log.h"

namespace vote::http {
namespace {

namespace asio = boost::asio;

constexpr Duration kCloseTimeMax = std::chrono::seconds(2);  // for the client to say goodbye too
constexpr auto waiting = asio::as_tuple(asio::deferred);

SteadyTime after(SteadyTime now, Duration length) {
  return length == Duration::max() ? SteadyTime::max() : now + length;
}

}  // namespace

Response watching(Watch watch) {
  Response response;
  if (watch.wire == Watch::Wire::event_stream) {
    response.content_type = "text/event-stream";
    response.fields.emplace_back("Cache-Control", "no-store");
    response.fields.emplace_back("X-Accel-Buffering", "no");  // of nginx, which would hold it back
  } else {
    response.status = 101;
  }
  response.watch = std::make_shared<Watch>(std::move(watch));
  return response;
}

std::unique_ptr<Watcher> make_watcher(Worker& worker, asio::ip::tcp::socket& socket,
                                      std::shared_ptr<Watch> watch, bool chunked) {
  if (watch->wire == Watch::Wire::event_stream)
    return std::make_unique<EventStream>(worker, socket, std::move(watch), chunked);
  return make_websocket(worker, socket, std::move(watch));
}

Watcher::Watcher(Worker& worker, asio::ip::tcp::socket& socket, std::shared_ptr<Watch> watch)
    : worker_(worker), socket_(socket), watch_(std::move(watch)), wake_(worker.io) {
  const SteadyTime now = std::chrono::steady_clock::now();
  until_ = after(now, watch_->length_max);
  next_event_at_ = now;
  next_beat_at_ = now + options().beat_interval;
  newest_ = watch_->first;
}

Watcher::~Watcher() = default;

asio::awaitable<void> Watcher::run() {
  try {
    co_await serve();
  } catch (const std::exception& error) {
    log::error("connection_failed", {{"error", error.what()}});
  }
  abandon();
  newest_ = nullptr;
  while (reading_) co_await wait();
}

asio::awaitable<void> Watcher::serve() {
  begin_sending(options().write_time_max);
  if (!co_await open()) co_return;
  sent_by_ = SteadyTime::max();
  Topic& topic = watch_->subscription.topic();
  topic.join(worker_, *this);
  std::exception_ptr thrown;
  try {
    while (!gone_) co_await step();
  } catch (...) {
    thrown = std::current_exception();
  }
  topic.leave(worker_, *this);
  if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> Watcher::step() {
  if (may_send(std::chrono::steady_clock::now())) {
    co_await send_newest();
  } else if (ending_ && !newest_) {
    begin_sending(kCloseTimeMax);
    co_await close(*ending_);
    sent_by_ = SteadyTime::max();
    gone_ = true;
  } else if (std::exchange(beat_due_, false)) {
    begin_sending(options().write_time_max);
    gone_ = !co_await beat() || gone_;
    sent_by_ = SteadyTime::max();
  } else {
    co_await wait();
  }
}

asio::awaitable<void> Watcher::send_newest() {
  const EventPtr event = std::exchange(newest_, nullptr);
  begin_sending(options().write_time_max);
  // The topic's own pace keeps later events apart; only the first one comes when it likes.
  if (std::exchange(told_, event->number()) == 0)
    next_event_at_ = std::chrono::steady_clock::now() + kEventDistanceMin;
  gone_ = !co_await send(*event) || gone_;
  sent_by_ = SteadyTime::max();
  if (event->last()) end(kDone);
}

asio::awaitable<void> Watcher::wait() {
  wake_.expires_at(newest_ ? next_event_at_ : SteadyTime::max());
  co_await wake_.async_wait(waiting);
}

void Watcher::tell(const EventPtr& event) {
  if (event->number() <= told_ || (newest_ && event->number() <= newest_->number())) return;
  newest_ = event;
  wake_.cancel();
}

void Watcher::end(const Ending& ending) {
  if (!ending_) ending_ = ending;
  wake_.cancel();
}

void Watcher::look_at(SteadyTime now) {
  if (now >= sent_by_) return abandon();
  if (now >= until_) end(watch_->at_length_max);
  if (now < next_beat_at_) return;
  beat_due_ = true;
  wake_.cancel();
}

void Watcher::abandon() {
  gone_ = true;
  boost::system::error_code ignored;
  // A reset where the client does not take what it is sent, so that the kernel gives it up too.
  if (sent_by_ != SteadyTime::max())
    socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
  wake_.cancel();
}

void Watcher::begin_ending() {
  begin_sending(kCloseTimeMax);
}

void Watcher::ended_reading() {
  reading_ = false;
  gone_ = true;
  wake_.cancel();
}

void Watcher::begin_sending(Duration limit) {
  const SteadyTime now = std::chrono::steady_clock::now();
  sent_by_ = now + limit;
  next_beat_at_ = now + options().beat_interval;
}

}  // namespace vote::http

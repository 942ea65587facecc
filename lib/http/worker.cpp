#include "http/worker.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "http/completed.h"
#include "http/connection.h"

namespace vote::http {
namespace {

constexpr std::size_t kInputBytes = 65536;
constexpr Duration kSweep = std::chrono::seconds(1);

/// Once a second, or as often as deadlines shorter than that need it.
Duration sweep_period(const ServerOptions& options) {
  const Duration shortest = std::min({options.read_time_max, options.idle_time_max,
                                      options.write_time_max, options.beat_interval});
  return std::clamp<Duration>(shortest / 4, std::chrono::milliseconds(10), kSweep);
}

}  // namespace

void Census::leave() {
  if (--count_ != 0) return;
  const std::lock_guard lock(mutex_);
  none_.notify_all();
}

bool Census::begin_watching(std::size_t most) {
  if (++watching_ <= most) return true;
  --watching_;
  return false;
}

void Census::wait_for_none() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return count_ == 0; });
}

bool Census::wait_for_none(Duration at_most) {
  std::unique_lock lock(mutex_);
  return none_.wait_for(lock, at_most, [this] { return count_ == 0; });
}

Worker::Worker(const ServerOptions& server_options, const Router& server_router,
               Census& server_census)
    : options(server_options),
      router(server_router),
      census(server_census),
      input(kInputBytes + 2 * server_options.header_bytes_max),
      tally(server_router.routes().size()),
      guard_(io.get_executor()),
      timer_(io),
      period_(sweep_period(server_options)) {}

Worker::~Worker() = default;

void Worker::run() {
  sweep_later();
  io.run();
}

void Worker::adopt(boost::asio::ip::tcp::socket socket) {
  boost::asio::post(
      io, [this, socket = std::move(socket)]() mutable { serve(*this, std::move(socket)); });
}

void Worker::wind_down() {
  boost::asio::post(io, [this] { closing_ = true; });
}

void Worker::drain() {
  boost::asio::post(io, [this] {
    closing_ = true;
    draining_ = true;
    for (Connection& connection : connections) connection.wake_if_idle();
  });
}

void Worker::abandon() {
  boost::asio::post(io, [this] {
    closing_ = true;
    draining_ = true;
    abandoned_ = true;
    for (auto at = connections.begin(); at != connections.end();) (at++)->abandon();
  });
}

void Worker::finish() {
  boost::asio::use_service<CompletionsUnderway>(io).wait_for_none();
  boost::asio::post(io, [this] {
    timer_.cancel();
    guard_.reset();
  });
}

void Worker::sweep_later() {
  timer_.expires_after(period_);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) sweep();
  });
}

void Worker::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto at = connections.begin(); at != connections.end();) (at++)->expire_by(now);
  if (guard_.owns_work()) sweep_later();
}

}  // namespace vote::http

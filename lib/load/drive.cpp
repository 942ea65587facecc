#include "load/drive.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "load/connection.h"

namespace vote::load {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kInputBytes = 65536;
constexpr std::size_t kEventsMax = 512;

Duration cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  const std::chrono::nanoseconds time =
      std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
  return std::chrono::ceil<Duration>(time);
}

class Drive {
 public:
  Drive(std::span<const Endpoint> endpoints, Requests& requests, const Pace& pace,
        const Watcher& watcher);

  Tally to_the_end();

 private:
  bool over() const;
  bool next_is_due() const;
  SteadyTime next_due() const;
  std::uint64_t in_flight() const { return tally_.sent - tally_.answered() - tally_.no_answer; }
  void connect_all();
  void send_due();
  void wait();
  void wait_until(SteadyTime time);
  void handle(Connection& connection, std::uint32_t events);
  void receive(Connection& connection);
  void take(const InFlight& request, unsigned status, std::string_view body);
  int connect(Connection& connection) { return connection.connect(connects_++); }
  void lose(Connection& connection);
  void close(Connection& connection);
  void tick();

  std::span<const Endpoint> endpoints_;
  Requests& requests_;
  const Pace& pace_;
  const Watcher& watcher_;
  Descriptor epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> free_;  // one entry for each request it could take
  std::vector<Connection*> unflushed_;
  OnAnswer on_answer_;
  Connection* receiving_ = nullptr;
  std::uint64_t connects_ = 0;
  std::vector<char> input_;
  SteadyTime start_, end_, now_, next_tick_;
  int failure_ = 0;  // why the last attempt to connect failed
  Tally tally_;
};

Drive::Drive(std::span<const Endpoint> endpoints, Requests& requests, const Pace& pace,
             const Watcher& watcher)
    : endpoints_(endpoints),
      requests_(requests),
      pace_(pace),
      watcher_(watcher),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      input_(kInputBytes) {
  for (unsigned i = 0; i < pace.connections; ++i)
    connections_.push_back(std::make_unique<Connection>(endpoints[i % endpoints.size()],
                                                        epoll_.number(), requests.wants_bodies()));
  on_answer_ = [this](const InFlight& request, unsigned status, std::string_view body) {
    take(request, status, body);
  };
}

Tally Drive::to_the_end() {
  connect_all();
  const Duration cpu_before = cpu_time();
  start_ = now_ = Steady::now();
  end_ = start_ + pace_.length;
  next_tick_ = start_ + kTick;
  while (!over()) {
    send_due();
    wait();
    if (now_ >= next_tick_) tick();
  }
  for (const auto& connection : connections_) close(*connection);
  tally_.cpu = cpu_time() - cpu_before;
  if (pace_.schedule && !tally_.ran_out) tally_.unsent = pace_.schedule->size() - tally_.sent;
  return tally_;
}

bool Drive::over() const {
  if (now_ > end_ + kAnswerTimeMax) return true;
  const bool all_sent = pace_.schedule ? tally_.sent == pace_.schedule->size() : now_ >= end_;
  return (all_sent || tally_.ran_out) && in_flight() == 0;
}

SteadyTime Drive::next_due() const {
  return pace_.schedule ? start_ + pace_.schedule->due(tally_.sent) : now_;
}

bool Drive::next_is_due() const {
  if (tally_.ran_out) return false;
  if (!pace_.schedule) return now_ < end_;
  return tally_.sent < pace_.schedule->size() && next_due() <= now_;
}

void Drive::connect_all() {
  const auto is_open = [](const auto& connection) { return connection->open(); };
  const auto deadline = Steady::now() + kConnectTimeMax;
  for (const auto& connection : connections_)
    if (failure_ == 0) failure_ = connect(*connection);
  for (now_ = Steady::now(); failure_ == 0 && now_ < deadline; wait_until(deadline))
    if (std::all_of(connections_.begin(), connections_.end(), is_open)) return;
  const auto failed = std::find_if_not(connections_.begin(), connections_.end(), is_open);
  throw EndpointError("cannot open " + std::to_string(connections_.size()) + " connections, to " +
                      (*failed)->endpoint().authority() + ": " +
                      std::strerror(failure_ == 0 ? ETIMEDOUT : failure_) +
                      "; is vote-api running? (--url says where)");
}

void Drive::send_due() {
  while (!free_.empty() && next_is_due()) {
    Connection& connection = *free_.front();
    const bool flushed = connection.output().empty();
    const auto tag = requests_.append_next(connection.output(), connection.endpoint());
    tally_.ran_out = !tag;
    if (tally_.ran_out) break;
    free_.pop_front();
    connection.appended({*tag, next_due(), now_});
    ++tally_.sent;
    if (flushed) unflushed_.push_back(&connection);
  }
  for (Connection* connection : unflushed_)
    if (!connection->flush()) lose(*connection);
  unflushed_.clear();
}

void Drive::wait() {
  SteadyTime until = next_tick_;
  if (pace_.schedule) {
    if (in_flight() >= kManyInFlight) std::this_thread::sleep_until(now_ + kLookMin);
    const bool more = tally_.sent < pace_.schedule->size() && !tally_.ran_out;
    if (more && !free_.empty()) until = std::min(until, next_due());
  }
  wait_until(until);
}

void Drive::wait_until(SteadyTime time) {
  std::array<epoll_event, kEventsMax> events;
  const auto left = std::max(Steady::duration(0), time - Steady::now());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{seconds.count(), (left - seconds).count()};
  const int ready = epoll_pwait2(epoll_.number(), events.data(), kEventsMax, &timeout, nullptr);
  now_ = Steady::now();
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    handle(*static_cast<Connection*>(event.data.ptr), event.events);
  }
}

void Drive::handle(Connection& connection, std::uint32_t events) {
  if (connection.open()) {
    if ((events & EPOLLOUT) != 0 && !connection.flush()) return lose(connection);
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) receive(connection);
  } else if (const int failure = connection.finish_connecting(); failure == 0) {
    free_.insert(free_.end(), pace_.pipeline, &connection);
  } else {
    failure_ = failure;
    connection.close();
  }
}

void Drive::receive(Connection& connection) {
  receiving_ = &connection;
  if (!connection.receive(input_, on_answer_)) lose(connection);
}

void Drive::take(const InFlight& request, unsigned status, std::string_view body) {
  const auto received = Steady::now();
  ++tally_.by_status[status];
  tally_.latency.record(std::chrono::ceil<Duration>(received - request.due));
  tally_.elapsed = std::chrono::ceil<Duration>(received - start_);
  free_.push_back(receiving_);
  requests_.answered({request.tag, status, receiving_->number(), body, tally_.elapsed});
}

void Drive::close(Connection& connection) {
  const auto at = std::chrono::ceil<Duration>(Steady::now() - start_);
  const std::uint64_t number = connection.number();
  for (const InFlight& request : connection.close()) {
    ++tally_.no_answer;
    requests_.answered({request.tag, 0, number, {}, at});
  }
}

/// An open connection has ended; it is opened again at once, and by `tick` where that fails.
void Drive::lose(Connection& connection) {
  close(connection);
  std::erase(free_, &connection);
  connect(connection);
}

void Drive::tick() {
  next_tick_ = now_ + kTick;
  for (const auto& connection : connections_) {
    if (connection->closed())
      connect(*connection);
    else if (connection->in_flight() > 0 && connection->oldest_sent() + kAnswerTimeMax < now_)
      lose(*connection);
  }
  requests_.tick();
  if (watcher_) watcher_(tally_, std::chrono::ceil<Duration>(now_ - start_));
}

}  // namespace

Tally drive(std::span<const Endpoint> endpoints, Requests& requests, const Pace& pace,
            const Watcher& watcher) {
  return Drive(endpoints, requests, pace, watcher).to_the_end();
}

}  // namespace vote::load

#pragma once
// One kept connection that does not block: requests out, answers in, in order. One thread, which
// watches its socket through an epoll of its own.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "load/endpoint.h"
#include "load/response_reader.h"

namespace vote::load {

using SteadyTime = std::chrono::steady_clock::time_point;

struct InFlight {
  std::uint64_t tag;
  SteadyTime due;
  SteadyTime sent;
};
/// An answer that is complete; `body` for this call alone.
using OnAnswer =
    std::function<void(const InFlight& request, unsigned status, std::string_view body)>;

class Connection {
 public:
  /// `epoll`: a descriptor that lives longer; events carry this connection's address.
  Connection(const Endpoint& endpoint, int epoll, bool keeps_bodies)
      : endpoint_(endpoint), epoll_(epoll), keeps_bodies_(keeps_bodies), reader_(keeps_bodies) {}
  Connection(const Connection&) = delete;

  /// Begins to connect; 0, or the error number where that fails at once. `number`: what it is
  /// called until it is closed.
  int connect(std::uint64_t number);
  std::uint64_t number() const { return number_; }
  const Endpoint& endpoint() const { return endpoint_; }
  /// After the socket could be written to the first time: 0 where it is connected, or why it is
  /// not.
  int finish_connecting();

  bool closed() const { return !socket_; }
  bool open() const { return open_; }
  std::size_t in_flight() const { return in_flight_.size(); }
  /// When the oldest request in flight was sent; only where there is one.
  SteadyTime oldest_sent() const { return in_flight_.front().sent; }

  /// Where a request's bytes are appended, then `appended`; `flush` sends what has been.
  std::string& output() { return output_; }
  void appended(const InFlight& request) { in_flight_.push_back(request); }
  /// False where the connection is broken.
  bool flush();
  /// Reads once, by way of `buffer`, and tells what was answered. False where the connection has
  /// ended or is broken: what is still in flight gets no answer.
  bool receive(std::span<char> buffer, const OnAnswer& on_answer);
  /// Ends it; what was in flight.
  std::deque<InFlight> close();

 private:
  void watch(int operation, std::uint32_t events);
  bool take(std::string_view bytes, const OnAnswer& on_answer);
  void complete(const OnAnswer& on_answer);

  const Endpoint& endpoint_;
  int epoll_;
  bool keeps_bodies_;
  std::uint64_t number_ = 0;
  Descriptor socket_;
  bool open_ = false;
  bool watching_output_ = false;
  std::string output_;  // not sent yet
  std::deque<InFlight> in_flight_;
  ResponseReader reader_;
};

}  // namespace vote::load

#pragma once
// One kept connection that does not block: requests out, answers in, in order. One thread, which
// watches its socket through an epoll of its own.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "load/endpoint.h"
#include "load/response_reader.h"

namespace vote::load {

using SteadyTime = std::chrono::steady_clock::time_point;

/// An answer, and when its request was due.
struct Answered {
  unsigned status;
  SteadyTime due;
};

class Connection {
 public:
  /// `epoll`: a descriptor that lives longer; events carry this connection's address.
  Connection(const Endpoint& endpoint, int epoll) : endpoint_(endpoint), epoll_(epoll) {}
  Connection(const Connection&) = delete;

  /// Begins to connect; 0, or the error number where that fails at once.
  int connect();
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
  void appended(SteadyTime due, SteadyTime now) { in_flight_.push_back({due, now}); }
  /// False where the connection is broken.
  bool flush();
  /// Reads once, by way of `buffer`, and appends what was answered. False where the connection has
  /// ended or is broken: what is still in flight gets no answer.
  bool receive(std::span<char> buffer, std::vector<Answered>& answers);
  /// Ends it; how many requests were in flight.
  std::size_t close();

 private:
  struct InFlight {
    SteadyTime due;
    SteadyTime sent;
  };
  void watch(int operation, std::uint32_t events);
  bool take(std::string_view bytes, std::vector<Answered>& answers);

  const Endpoint& endpoint_;
  int epoll_;
  Descriptor socket_;
  bool open_ = false;
  bool watching_output_ = false;
  std::string output_;  // not sent yet
  std::deque<InFlight> in_flight_;
  ResponseReader reader_;
};

}  // namespace vote::load

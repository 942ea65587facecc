#pragma once
// One thread of the server: its io_context, its connections, and what they share because only one
// of them runs at a time. Everything here but `io` and the constructor belongs to that thread.
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/server.h"
#include "http/tally.h"

namespace vote::http {

class Connection;

/// How many connections there are, for `connections_max` and for `stop`, which waits for the last.
class Census {
 public:
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  void enter() { ++count_; }
  void leave();
  /// Those that watch, for `watchers_max`. False: there are that many.
  bool begin_watching(std::size_t most);
  void end_watching() { --watching_; }
  std::size_t watching() const { return watching_.load(std::memory_order_relaxed); }
  void wait_for_none();
  bool wait_for_none(Duration at_most);

 private:
  std::atomic<std::size_t> count_ = 0;
  std::atomic<std::size_t> watching_ = 0;
  std::mutex mutex_;
  std::condition_variable none_;
};

using ListHook =
    boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Worker {
 public:
  Worker(const ServerOptions& server_options, const Router& server_router, Census& server_census);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Runs until `finish`; on the worker's own thread.
  void run();
  /// From any thread: a socket that this worker serves from now on; `census` counts it already.
  void adopt(boost::asio::ip::tcp::socket socket);
  /// From any thread: ends each connection with its next answer.
  void wind_down();
  /// From any thread: the same, and ends idle connections at once.
  void drain();
  /// From any thread: ends all connections at once; their handlers are cancelled.
  void abandon();
  /// From any thread, when no connection is left: waits for completions still being posted, then
  /// lets `run` return.
  void finish();

  /// Whether the next answer is a connection's last.
  bool closing() const { return closing_; }
  bool draining() const { return draining_; }
  bool abandoned() const { return abandoned_; }

  boost::asio::io_context io{1};
  const ServerOptions& options;
  const Router& router;
  Census& census;
  boost::intrusive::list<Connection, boost::intrusive::base_hook<ListHook>,
                         boost::intrusive::constant_time_size<false>>
      connections;
  std::vector<char> input;  // what is read, and looked at before anything waits
  std::string output;       // heads and small bodies on their way out, likewise
  Tally tally;

 private:
  void sweep_later();
  void sweep();

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  std::chrono::steady_clock::duration period_;
  bool closing_ = false;
  bool draining_ = false;
  bool abandoned_ = false;
};

}  // namespace vote::http

#pragma once
// One client that watches a topic, from the first event to the end of its connection. Lives on its
// worker's thread, inside its Connection. What a wire needs of its own is in event_stream.h and
// websocket.h. Internal to http/.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "http/watch.h"
#include "http/worker.h"

namespace vote::http {

/// Events of one client come no closer to each other than that.
inline constexpr Duration kEventDistanceMin = std::chrono::milliseconds(100);

class Watcher : public ListHook {
 public:
  Watcher(Worker& worker, boost::asio::ip::tcp::socket& socket, std::shared_ptr<Watch> watch);
  virtual ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Until the client is gone, or was told the end; nothing of it is under way then.
  boost::asio::awaitable<void> run();

  // Between the steps of `run`: by the topic,
  void tell(const EventPtr& event);
  void end(const Ending& ending);
  // by the worker's sweep, and at the server's end.
  void look_at(SteadyTime now);
  void abandon();

 protected:
  using Sent = boost::asio::awaitable<bool>;  // false: the connection is broken

  // The wire's own part.
  virtual Sent open() = 0;  // may begin to read
  virtual Sent send(const Event& event) = 0;
  virtual Sent beat() = 0;  // something, so that whoever is between keeps the connection open
  virtual boost::asio::awaitable<void> close(const Ending& ending) = 0;

  void began_to_read() { reading_ = true; }
  void begin_ending();   // the client says goodbye, and has a moment to go
  void ended_reading();  // it is gone, or says what it must not

  boost::asio::ip::tcp::socket& socket() { return socket_; }
  const Watch& watch() const { return *watch_; }
  const ServerOptions& options() const { return worker_.options; }

 private:
  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<void> step();
  boost::asio::awaitable<void> send_newest();
  boost::asio::awaitable<void> wait();
  bool may_send(SteadyTime now) const { return newest_ && now >= next_event_at_; }
  void begin_sending(Duration limit);

  Worker& worker_;
  boost::asio::ip::tcp::socket& socket_;
  std::shared_ptr<Watch> watch_;
  boost::asio::steady_timer wake_;
  EventPtr newest_;  // that waits
  std::uint64_t told_ = 0;
  std::optional<Ending> ending_;
  SteadyTime until_;
  SteadyTime next_event_at_;
  SteadyTime next_beat_at_;
  SteadyTime sent_by_ = SteadyTime::max();  // while something is being sent
  bool beat_due_ = false;
  bool reading_ = false;
  bool gone_ = false;
};

/// On `socket`, which outlives it.
std::unique_ptr<Watcher> make_watcher(Worker& worker, boost::asio::ip::tcp::socket& socket,
                                      std::shared_ptr<Watch> watch, bool chunked);

}  // namespace vote::http

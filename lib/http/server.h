#pragma once
// The HTTP/1.1 server (RFC 9112) on Beast's parser: one io_context and one thread a core, each
// connection lives on one of them; keep-alive and pipelining. Refuses what smuggles requests: both
// Content-Length and Transfer-Encoding, two lengths, any coding but a single "chunked" (RFC 9112
// §6.1, §6.3), bare CR, a missing or doubled Host. Slow and idle connections end by deadlines that
// a sweep checks once a second.
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/message.h"
#include "http/router.h"
#include "http/tally.h"
#include "vote/time.h"

namespace vote::http {

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0: any free one
  unsigned threads = 0;       // 0: one a core
  std::size_t body_bytes_max = 65536;
  std::size_t header_bytes_max = 16384;
  std::size_t connections_max = 20000;                 // further ones are answered 503 and closed
  std::size_t watchers_max = 10000;                    // of them; further ones are answered 503
  Duration read_time_max = std::chrono::seconds(10);   // from a request's first byte to its last
  Duration idle_time_max = std::chrono::seconds(75);   // between requests
  Duration write_time_max = std::chrono::seconds(30);  // a response that is not taken
  // Who watches what does not change: hears from the server that often, and has to answer there
  // where the protocol has an answer (a WebSocket's ping).
  Duration beat_interval = std::chrono::seconds(20);
};

/// The host or port cannot be used; says why and what to do.
class ListenError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Server {
 public:
  /// Listens at once; throws std::runtime_error that names the address and the reason.
  Server(ServerOptions options, Router router);
  ~Server();

  std::uint16_t port() const;
  /// Starts the threads; returns at once.
  void start();
  /// Goes on as before, but closes each connection with its next answer, which says so: a load
  /// balancer leaves this server alone meanwhile, and `stop` finds nothing under way.
  void wind_down();
  /// Stops accepting, closes idle connections, ends what is watched (http/topic.h: kGoingAway),
  /// answers what is being handled with "Connection: close", waits at most `drain`, then closes the
  /// rest and joins the threads.
  void stop(Duration drain);
  std::size_t connections() const;
  /// What it has answered so far; from any thread.
  ServerTotals totals() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace vote::http

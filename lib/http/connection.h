#pragma once
// One client's connection: requests in, answers out, in order. Lives on its worker's thread. It
// reads and writes without waiting as long as the socket lets it, and waits in one coroutine; an
// idle one holds no buffer.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/head.h"
#include "http/message.h"
#include "http/request_parser.h"
#include "http/router.h"
#include "http/watcher.h"
#include "http/worker.h"

namespace vote::http {

/// Serves `socket`, which the worker's census counts already, until it ends.
void serve(Worker& worker, boost::asio::ip::tcp::socket socket);

class Connection : public ListHook {
 public:
  Connection(Worker& worker, boost::asio::ip::tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::asio::awaitable<void> run();

  // By the worker, between the steps of `run`.
  void wake_if_idle();
  void expire_by(SteadyTime now);
  void abandon();
  boost::asio::cancellation_slot cancellation() { return cancel_.slot(); }

 private:
  enum class Doing { idle, reading, working, writing, lingering };
  enum class Next { read, resume, handle, stream, watch, write, linger, end };

  boost::asio::awaitable<Next> step(Next next);
  boost::asio::awaitable<Response> handle();
  boost::asio::awaitable<Next> stream();
  boost::asio::awaitable<Next> watch();
  boost::asio::awaitable<void> write_rest();

  Next read();
  Next process(std::string_view input);
  Next dispatch(bool more);
  Next answer(Response response, bool more);
  void choose_framing();
  Next begin_watch(bool more);
  void note(unsigned status);
  Next refuse(const Refusal& refusal);
  Next answered();
  Next time_out();
  Next discard();

  void begin(Doing doing);
  bool flush(std::string_view body = {});
  bool unsent() const { return !unsent_head_.empty() || unsent_body_.size() != 0; }
  Response failed(std::string_view what) const;
  Response unrouted(const Router::Match& match) const;

  Worker& worker_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::cancellation_signal cancel_;
  std::string peer_;
  std::string pending_;  // read, but not a whole request yet, or behind one being handled

  std::optional<RequestParser> parser_;     // while a request is on its way in or being handled
  boost::asio::awaitable<Response> later_;  // of a handler that waits
  Response response_;
  std::unique_ptr<Watcher> watcher_;  // while the client watches
  std::string unsent_head_;
  boost::asio::const_buffer unsent_body_;  // in response_

  SteadyTime asked_;  // when the whole request was there
  std::size_t route_ = Router::kNoRoute;
  SteadyTime deadline_;
  std::size_t discarded_ = 0;
  Doing doing_ = Doing::working;
  Framing framing_ = Framing::length;
  Persistence persistence_ = Persistence::implied;
  bool head_only_ = false;
  bool refused_ = false;
  bool expired_ = false;
  bool broken_ = false;
  bool watching_ = false;  // and the census counts it
};

}  // namespace vote::http

#include "http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstring>
#include <exception>
#include <memory>
#include <tuple>
#include <utility>
#include <variant>

#include "http/problem.h"
#include "log/log.h"

namespace vote::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kGatheredBytesMax = 65536;  // answers to pipelined requests, in one write
constexpr std::size_t kCopiedBodyMax = 4096;
constexpr std::size_t kLingerBytesMax = 1 << 20;
constexpr Duration kLingerTime = std::chrono::seconds(2);
constexpr unsigned kSwitchingProtocols = 101;
constexpr auto waiting = asio::as_tuple(asio::deferred);

constexpr Refusal kRequestTimeout = {408, "request_timeout", "the request did not arrive in time"};
constexpr Refusal kCutShort = {400, "malformed", "the request ends before it is complete"};

bool would_block(error_code error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

std::string address_of(const tcp::socket& socket) {
  error_code error;
  const auto address = socket.remote_endpoint(error).address();
  if (error) return "";
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

void append_chunk(std::string& out, std::string_view piece) {
  std::array<char, 16> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

void report(const Worker& worker, const std::exception_ptr& exception) {
  if (!exception || worker.abandoned()) return;
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    log::error("connection_failed", {{"error", error.what()}});
  }
}

}  // namespace

void serve(Worker& worker, tcp::socket socket) {
  auto connection = std::make_unique<Connection>(worker, std::move(socket));
  Connection& started = *connection;
  auto ended = [&worker, connection = std::move(connection)](const std::exception_ptr& exception) {
    report(worker, exception);
  };
  asio::co_spawn(worker.io, started.run(),
                 asio::bind_cancellation_slot(started.cancellation(), std::move(ended)));
}

Connection::Connection(Worker& worker, tcp::socket socket)
    : worker_(worker), socket_(std::move(socket)), peer_(address_of(socket_)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  worker_.connections.push_back(*this);
  begin(Doing::idle);
}

Connection::~Connection() {
  worker_.output.clear();  // what an exception left there is no other client's to see
  if (watching_) worker_.census.end_watching();
  worker_.census.leave();
}

asio::awaitable<void> Connection::run() {
  Next next = Next::read;
  while (next != Next::end) {
    const bool in_wait = next == Next::read || next == Next::linger;
    const bool last_look = doing_ == Doing::idle && worker_.draining();
    if (in_wait && !last_look) co_await socket_.async_wait(tcp::socket::wait_read, waiting);
    if (in_wait && expired_)
      next = time_out();
    else if (next == Next::read)
      next = read();
    else if (next == Next::linger)
      next = discard();
    else
      next = co_await step(next);
  }
}

/// What needs more than a look at the socket.
asio::awaitable<Connection::Next> Connection::step(Next next) {
  if (unsent()) co_await write_rest();
  if (broken_) co_return Next::end;
  switch (next) {
    case Next::handle:
      co_return answer(co_await handle(), !pending_.empty());
    case Next::stream:
      co_return co_await stream();
    case Next::watch:
      co_return co_await watch();
    case Next::write:
      co_return answered();
    default:
      break;
  }
  const std::string kept = std::exchange(pending_, {});
  co_return process(kept);
}

Connection::Next Connection::read() {
  char* const input = worker_.input.data();
  const std::size_t kept = pending_.size();
  std::memcpy(input, pending_.data(), kept);
  error_code error;
  const std::size_t got =
      socket_.read_some(asio::buffer(input + kept, worker_.input.size() - kept), error);
  if (would_block(error))
    return doing_ == Doing::idle && worker_.draining() ? Next::end : Next::read;
  if (error == asio::error::eof && parser_) return refuse(kCutShort);
  if (error) return Next::end;
  pending_ = {};
  return process({input, kept + got});
}

Connection::Next Connection::process(std::string_view input) {
  const auto& options = worker_.options;
  while (!input.empty()) {
    if (!parser_) parser_.emplace(RequestLimits{options.header_bytes_max, options.body_bytes_max});
    input.remove_prefix(parser_->feed(input));
    if (parser_->refusal()) return refuse(*parser_->refusal());
    if (!parser_->complete()) break;
    const Next next = dispatch(!input.empty());
    if (next == Next::resume) continue;
    pending_.assign(input);
    return next;
  }
  pending_.assign(input);
  if (parser_ && !parser_->got_some()) parser_.reset();
  if (parser_ && parser_->take_expectation())
    worker_.output.append("HTTP/1.1 100 Continue\r\n\r\n");
  const Doing doing = parser_ ? Doing::reading : Doing::idle;
  if (!flush()) return Next::resume;
  if (doing != doing_) begin(doing);
  return Next::read;
}

Connection::Next Connection::dispatch(bool more) {
  Request& request = parser_->request();
  request.peer = peer_;
  head_only_ = request.method == Method::head;
  if (!parser_->keep_alive() || worker_.closing())
    persistence_ = Persistence::close;
  else
    persistence_ = parser_->http_1_0() ? Persistence::said : Persistence::implied;
  begin(Doing::working);
  asked_ = std::chrono::steady_clock::now();

  Router::Match match = worker_.router.match(request.method, request.path);
  request.parameters = std::move(match.parameters);
  route_ = match.route;
  if (match.handler == nullptr) return answer(unrouted(match), more);
  try {
    Answer given = (*match.handler)(request);
    if (auto* response = std::get_if<Response>(&given)) return answer(std::move(*response), more);
    later_ = std::get<asio::awaitable<Response>>(std::move(given));
  } catch (const HttpError& error) {
    return answer(error.response(), more);
  } catch (const std::exception& error) {
    return answer(failed(error.what()), more);
  }
  flush();
  return Next::handle;
}

asio::awaitable<Response> Connection::handle() {
  try {
    co_return co_await std::move(later_);
  } catch (const HttpError& error) {
    co_return error.response();
  } catch (const std::exception& error) {
    co_return failed(error.what());
  }
}

Connection::Next Connection::answer(Response response, bool more) {
  response_ = std::move(response);
  if (response_.watch && !head_only_) return begin_watch(more);
  note(response_.status);
  choose_framing();
  parser_.reset();
  std::string_view body = response_.shared_body ? *response_.shared_body : response_.body;
  append_head(worker_.output, response_, framing_, body.size(), persistence_);
  if (head_only_ || !has_body(response_.status)) {
    body = {};
    response_.source = nullptr;
  }
  if (response_.source) {
    flush();
    return Next::stream;
  }
  const bool closes = persistence_ == Persistence::close;
  if (more && !closes && body.size() <= kCopiedBodyMax) {
    worker_.output.append(body);
    if (worker_.output.size() < kGatheredBytesMax) return Next::resume;
    body = {};
  }
  return flush(body) ? answered() : Next::write;
}

void Connection::choose_framing() {
  const bool open_end = response_.source || response_.watch;
  if (worker_.closing() || response_.watch) persistence_ = Persistence::close;
  framing_ = open_end ? Framing::chunked : Framing::length;
  if (open_end && parser_ && parser_->http_1_0()) {
    framing_ = Framing::until_close;
    persistence_ = Persistence::close;
  }
}

Connection::Next Connection::begin_watch(bool more) {
  const bool websocket = response_.watch->wire == Watch::Wire::websocket;
  if (websocket && more)
    return answer(problem(400, "malformed", "there is more behind the handshake"), more);
  watching_ = worker_.census.begin_watching(worker_.options.watchers_max);
  if (!watching_)
    return answer(problem(503, "unavailable", "too many are watching; try again later"), more);
  note(websocket ? kSwitchingProtocols : response_.status);
  choose_framing();
  parser_.reset();
  // A WebSocket answers its handshake itself.
  if (!websocket) append_head(worker_.output, response_, framing_, 0, persistence_);
  flush();
  return Next::watch;
}

void Connection::note(unsigned status) {
  const auto took = std::chrono::steady_clock::now() - asked_;
  worker_.tally.note(route_, status, response_.problem, std::chrono::duration_cast<Duration>(took));
}

Connection::Next Connection::refuse(const Refusal& refusal) {
  persistence_ = Persistence::close;
  refused_ = true;
  head_only_ = false;
  route_ = Router::kNoRoute;
  asked_ = std::chrono::steady_clock::now();
  begin(Doing::working);
  return answer(problem(refusal.status, refusal.code, refusal.detail), false);
}

/// The answer is out: on with the next request, or the end.
Connection::Next Connection::answered() {
  response_ = {};
  if (persistence_ != Persistence::close) return Next::resume;
  if (!refused_) return Next::end;
  // The client may still be sending; closing now would reset the connection and take the answer
  // with it (RFC 9112 §9.6).
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  begin(Doing::lingering);
  return error ? Next::end : Next::linger;
}

Connection::Next Connection::discard() {
  error_code error;
  discarded_ += socket_.read_some(asio::buffer(worker_.input), error);
  if (error && !would_block(error)) return Next::end;
  return discarded_ > kLingerBytesMax ? Next::end : Next::linger;
}

Connection::Next Connection::time_out() {
  expired_ = false;
  return doing_ == Doing::reading ? refuse(kRequestTimeout) : Next::end;
}

asio::awaitable<Connection::Next> Connection::stream() {
  try {
    for (bool last = false; !last;) {
      const std::string piece = co_await response_.source();
      last = piece.empty();
      if (framing_ == Framing::chunked)
        append_chunk(worker_.output, piece);
      else
        worker_.output.append(piece);
      if (!flush()) co_await write_rest();
      if (broken_) co_return Next::end;
    }
  } catch (const std::exception& error) {
    if (!worker_.abandoned()) log::error("response_cut_short", {{"error", error.what()}});
    co_return Next::end;
  }
  co_return answered();
}

asio::awaitable<Connection::Next> Connection::watch() {
  pending_ = {};
  watcher_ = make_watcher(worker_, socket_, std::exchange(response_, {}).watch,
                          framing_ == Framing::chunked);
  if (worker_.draining()) watcher_->end(kGoingAway);
  co_await watcher_->run();
  watcher_.reset();
  co_return Next::end;
}

/// Writes what is formatted, and `body` (in response_) behind it, as far as the socket takes it
/// now. False where something is left for `write_rest`, or the connection is broken.
bool Connection::flush(std::string_view body) {
  std::string& head = worker_.output;
  if (head.empty() && body.empty()) return true;
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
  error_code error;
  const std::size_t sent = socket_.write_some(buffers, error);
  broken_ = error && !would_block(error);
  if (sent == head.size() + body.size()) {
    head.clear();
    return true;
  }
  unsent_head_.assign(head, std::min(sent, head.size()));
  unsent_body_ = asio::buffer(body) + (sent - std::min(sent, head.size()));
  head.clear();
  return false;
}

asio::awaitable<void> Connection::write_rest() {
  if (broken_) co_return;
  const Doing before = doing_;
  begin(Doing::writing);
  const std::array<asio::const_buffer, 2> buffers = {asio::buffer(unsent_head_), unsent_body_};
  const auto [error, sent] = co_await asio::async_write(socket_, buffers, waiting);
  broken_ = static_cast<bool>(error);
  unsent_head_ = {};
  unsent_body_ = {};
  begin(before);
}

void Connection::begin(Doing doing) {
  doing_ = doing;
  if (doing == Doing::working) return;
  const auto& options = worker_.options;
  Duration limit = options.idle_time_max;
  if (doing == Doing::reading) limit = options.read_time_max;
  if (doing == Doing::writing) limit = options.write_time_max;
  if (doing == Doing::lingering) limit = kLingerTime;
  deadline_ = std::chrono::steady_clock::now() + limit;
}

void Connection::wake_if_idle() {
  if (watcher_) return watcher_->end(kGoingAway);
  error_code ignored;
  if (doing_ == Doing::idle) socket_.cancel(ignored);
}

void Connection::expire_by(SteadyTime now) {
  if (watcher_) return watcher_->look_at(now);
  if (doing_ == Doing::working || now < deadline_) return;
  error_code ignored;
  expired_ = true;
  if (doing_ != Doing::writing) {
    socket_.cancel(ignored);
    return;
  }
  // A reset, so that the kernel does not go on offering what nobody takes.
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Connection::abandon() {
  if (watcher_) return watcher_->abandon();
  error_code ignored;
  socket_.close(ignored);
  cancel_.emit(asio::cancellation_type::terminal);
}

Response Connection::failed(std::string_view what) const {
  if (!worker_.abandoned())
    log::error("request_failed", {{"path", parser_->request().path}, {"error", what}});
  return problem(500, "internal_error", "something went wrong on our side");
}

Response Connection::unrouted(const Router::Match& match) const {
  if (match.allow.empty()) return problem(404, "not_found", "there is nothing at this path");
  Response response;
  if (parser_->request().method == Method::options)
    response.status = 204;
  else
    response = problem(405, "method_not_allowed", "this path does not take that method");
  response.fields.emplace_back("Allow", match.allow);
  return response;
}

}  // namespace vote::http

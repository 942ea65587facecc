#include "cache/redis/connection.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace vote::redis {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

asio::ssl::context tls_context(const RedisUrl& url) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
  context.set_verify_mode(asio::ssl::verify_peer);
  error_code error;
  if (url.ca.empty())
    context.set_default_verify_paths(error);
  else
    context.load_verify_file(url.ca, error);
  if (error)
    throw std::invalid_argument("cannot use the certificates in " +
                                (url.ca.empty() ? "the system's files" : url.ca) + ": " +
                                error.message());
  return context;
}

Connection::Connection(asio::io_context& io, const RedisUrl& url, asio::ssl::context* tls)
    : url_(url), resolver_(io), socket_(io), input_(kReadBytes) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

asio::awaitable<void> Connection::open() {
  co_await connect();
  socket_.set_option(tcp::no_delay(true));
  if (!tls_) co_return;
  error_code is_name;
  asio::ip::make_address(url_.host, is_name);
  if (is_name) {
    std::string name = url_.host;
    SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
  }
  tls_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
  co_await tls_->async_handshake(asio::ssl::stream_base::client, use_awaitable);
}

asio::awaitable<void> Connection::connect() {
  const auto places =
      co_await resolver_.async_resolve(url_.host, std::to_string(url_.port), use_awaitable);
  co_await asio::async_connect(socket_, places, use_awaitable);
  connected_ = true;
}

asio::awaitable<void> Connection::read() {
  const auto buffer = asio::buffer(input_);
  std::size_t got = 0;
  if (tls_)
    got = co_await tls_->async_read_some(buffer, use_awaitable);
  else
    got = co_await socket_.async_read_some(buffer, use_awaitable);
  heard_ = true;
  reader_.feed({input_.data(), got});
}

void Connection::write(std::function<void(error_code)> done) {
  auto written = [self = shared_from_this(), done = std::move(done)](
                     error_code error, std::size_t /*bytes*/) { done(error); };
  if (tls_)
    asio::async_write(*tls_, asio::buffer(output_), std::move(written));
  else
    asio::async_write(socket_, asio::buffer(output_), std::move(written));
}

asio::awaitable<std::vector<Reply>> Connection::ask(std::string commands, std::size_t count) {
  const auto bytes = asio::buffer(commands);
  if (tls_)
    co_await asio::async_write(*tls_, bytes, use_awaitable);
  else
    co_await asio::async_write(socket_, bytes, use_awaitable);
  std::vector<Reply> replies;
  while (!gather(replies, count)) co_await read();
  co_return replies;
}

// A loop of its own: GCC 12 at -O2 miscompiles a coroutine that has a condition with a declaration
// and a co_await in its other branch.
bool Connection::gather(std::vector<Reply>& replies, std::size_t count) {
  while (replies.size() < count) {
    std::optional<Reply> reply = next();
    if (!reply) return false;
    replies.push_back(std::move(*reply));
  }
  return true;
}

void Connection::close(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
}

std::string_view Connection::hint() const {
  if (!connected_ || heard_) return "";
  return url_.tls ? "; where the server has no TLS, cache.url begins with redis://"
                  : "; where the server wants TLS, cache.url begins with rediss://";
}

Deadline::Deadline(asio::io_context& io, std::shared_ptr<Connection> connection, Duration time)
    : timer_(io, time) {
  timer_.async_wait([connection = std::move(connection), time](error_code error) {
    if (!error) connection->close("no answer within " + to_text(time));
  });
}

Ending ending_of_current_exception(const Connection& connection) {
  try {
    throw;
  } catch (const Refusal& refusal) {
    return {refusal.what(), true};
  } catch (const NotYet& error) {
    return {error.what()};
  } catch (const ProtocolError& error) {
    return {
        std::string("what answers there is no Redis, or wants rediss:// (TLS): ") + error.what(),
        true};
  } catch (const system_error& error) {
    if (error.code().category() == asio::error::get_ssl_category())
      return {
          "TLS with it fails; its certificate has to be for this host and by a CA that the "
          "system knows, or that cache.url names by ?ca=/path/file: " +
              error.code().message(),
          true};
    std::string reason = connection.reason();
    if (reason.empty())
      reason = error.code() == asio::error::eof ? "it has closed the connection"
                                                : error.code().message();
    return {reason.append(connection.hint())};
  }
}

}  // namespace vote::redis

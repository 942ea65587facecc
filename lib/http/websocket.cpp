#include "http/websocket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <utility>

namespace vote::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr auto waiting = asio::as_tuple(asio::deferred);

/// What is left of the request once handshake_of has looked at it.
beast::http::request<beast::http::empty_body> handshake(const Watch& watch) {
  using beast::http::field;
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, "/", 11);
  request.set(field::host, "-");
  request.set(field::connection, "Upgrade");
  request.set(field::upgrade, "websocket");
  request.set(field::sec_websocket_version, "13");
  request.set(field::sec_websocket_key, watch.key);
  return request;
}

class WebSocket final : public Watcher {
 public:
  WebSocket(Worker& worker, tcp::socket& socket, std::shared_ptr<Watch> watch)
      : Watcher(worker, socket, std::move(watch)), stream_(socket) {
    const Duration beat = options().beat_interval;
    stream_.set_option(
        beast::websocket::stream_base::timeout{options().write_time_max, 2 * beat, true});
    stream_.set_option(beast::websocket::stream_base::decorator(
        [&subprotocol = this->watch().subprotocol](beast::websocket::response_type& response) {
          response.set(beast::http::field::server, "vote");
          if (!subprotocol.empty())
            response.set(beast::http::field::sec_websocket_protocol, subprotocol);
        }));
    stream_.control_callback([this](beast::websocket::frame_type kind, beast::string_view) {
      if (kind == beast::websocket::frame_type::close) begin_ending();
    });
    stream_.read_message_max(kMessageBytesMax);
    stream_.auto_fragment(false);  // so that a message is sent from where it lies
    stream_.text(true);
  }

 private:
  Sent open() override {
    const auto request = handshake(watch());
    const auto [error] = co_await stream_.async_accept(request, waiting);
    if (error) co_return false;
    began_to_read();
    read();
    co_return true;
  }

  Sent send(const Event& event) override {
    const auto [error, sent] = co_await stream_.async_write(asio::buffer(event.text()), waiting);
    co_return !error;
  }

  Sent beat() override { co_return true; }  // the stream pings by itself

  asio::awaitable<void> close(const Ending& ending) override {
    const beast::websocket::close_reason reason(
        static_cast<beast::websocket::close_code>(ending.close_code), ending.reason);
    co_await stream_.async_close(reason, waiting);
  }

  void read() {
    stream_.async_read(input_, [this](beast::error_code error, std::size_t /*bytes*/) {
      if (error) return ended_reading();
      input_.clear();
      read();
    });
  }

  beast::websocket::stream<tcp::socket&, false> stream_;
  beast::flat_buffer input_{kMessageBytesMax};
};

}  // namespace

std::unique_ptr<Watcher> make_websocket(Worker& worker, tcp::socket& socket,
                                        std::shared_ptr<Watch> watch) {
  return std::make_unique<WebSocket>(worker, socket, std::move(watch));
}

}  // namespace vote::http

#include "http/event_stream.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <random>
#include <string>
#include <utility>

namespace vote::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr int kRetryMinMs = 1000;  // before a client comes back
constexpr int kRetryMaxMs = 3000;
// A comment. Some clients give up what brings less than a byte a second for long, so it is no
// shorter than it need be.
constexpr std::string_view kBeat = ": nothing has changed, the connection stands\n\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr auto waiting = asio::as_tuple(asio::deferred);

std::string retry_block() {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> milliseconds(kRetryMinMs, kRetryMaxMs);
  return "retry: " + std::to_string(milliseconds(random)) + "\n\n";
}

}  // namespace

EventStream::EventStream(Worker& worker, tcp::socket& socket, std::shared_ptr<Watch> watch,
                         bool chunked)
    : Watcher(worker, socket, std::move(watch)), chunked_(chunked) {}

Watcher::Sent EventStream::open() {
  began_to_read();
  read();
  return write_block(retry_block());
}

Watcher::Sent EventStream::send(const Event& event) {
  return write(chunked_ ? event.chunk() : event.block());
}

Watcher::Sent EventStream::beat() {
  return write_block(std::string(kBeat));
}

asio::awaitable<void> EventStream::close(const Ending& /*ending*/) {
  if (chunked_) co_await write(kLastChunk);
}

Watcher::Sent EventStream::write(std::string_view bytes) {
  const auto [error, sent] = co_await asio::async_write(socket(), asio::buffer(bytes), waiting);
  co_return !error;
}

Watcher::Sent EventStream::write_block(std::string block) {
  if (chunked_) {
    std::array<char, 16> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), block.size(), 16).ptr;
    block = std::string(digits.data(), end).append("\r\n").append(block).append("\r\n");
  }
  co_return co_await write(block);
}

// The client has nothing to say any more: whatever can be read is its end, or is taken for it.
void EventStream::read() {
  socket().async_wait(tcp::socket::wait_read, [this](boost::system::error_code error) {
    char byte = 0;
    if (!error) socket().read_some(asio::buffer(&byte, 1), error);
    if (error == asio::error::would_block) return read();
    ended_reading();
  });
}

}  // namespace vote::http

#include "load/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace vote::load {
namespace {

bool would_block() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

int Connection::connect(std::uint64_t number) {
  number_ = number;
  socket_ = endpoint_.connect();
  if (!socket_) return errno;
  watch(EPOLL_CTL_ADD, EPOLLOUT);
  return 0;
}

int Connection::finish_connecting() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return error;
  watch(EPOLL_CTL_MOD, EPOLLIN);
  open_ = true;
  return 0;
}

void Connection::watch(int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  epoll_ctl(epoll_, operation, socket_.number(), &event);
}

bool Connection::flush() {
  if (output_.empty()) return true;
  const ssize_t sent = send(socket_.number(), output_.data(), output_.size(), MSG_NOSIGNAL);
  if (sent < 0 && !would_block()) return false;
  if (sent > 0) output_.erase(0, static_cast<std::size_t>(sent));
  if (output_.empty() == watching_output_) {
    watching_output_ = !output_.empty();
    watch(EPOLL_CTL_MOD, watching_output_ ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return true;
}

bool Connection::receive(std::span<char> buffer, const OnAnswer& on_answer) {
  const ssize_t got = recv(socket_.number(), buffer.data(), buffer.size(), 0);
  if (got < 0) return would_block();
  if (got > 0) return take({buffer.data(), static_cast<std::size_t>(got)}, on_answer);
  reader_.end();
  if (reader_.complete() && !in_flight_.empty()) complete(on_answer);
  return false;
}

/// False where nothing more can come: bytes that nobody asked for, no HTTP, or the last answer.
bool Connection::take(std::string_view bytes, const OnAnswer& on_answer) {
  while (!bytes.empty()) {
    if (in_flight_.empty()) return false;
    bytes.remove_prefix(reader_.feed(bytes));
    if (reader_.broken()) return false;
    if (!reader_.complete()) return true;
    complete(on_answer);
    if (reader_.closes()) return false;
    reader_.next();
  }
  return true;
}

void Connection::complete(const OnAnswer& on_answer) {
  const InFlight request = in_flight_.front();
  in_flight_.pop_front();
  on_answer(request, reader_.status(), reader_.body());
}

std::deque<InFlight> Connection::close() {
  output_.clear();
  socket_ = Descriptor();
  reader_ = ResponseReader(keeps_bodies_);
  open_ = false;
  watching_output_ = false;
  return std::exchange(in_flight_, {});
}

}  // namespace vote::load

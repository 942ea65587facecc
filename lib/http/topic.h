#pragma once
// What many clients watch at the same time, such as a result that changes. An event is formatted
// once and its bytes are shared by all who get it, each on its own thread. For each client at most
// one event is on its way and one waits, the newest: a client that reads slowly gets fewer of them
// and holds nobody up. Thread-safe.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/message.h"

namespace vote::http {

class Watcher;
class Worker;

/// Never changes. Events of a topic are numbered upwards; a client that has one is sent none with
/// the same number or a lower one.
class Event {
 public:
  /// `id` and `text` are single lines of UTF-8. After the `last` one a client's stream ends.
  Event(std::uint64_t number, std::string_view id, std::string_view text, bool last);

  std::uint64_t number() const { return number_; }
  bool last() const { return last_; }
  /// The text alone: a WebSocket's message.
  std::string_view text() const { return part(text_at_, text_bytes_); }
  /// "id: …\ndata: …\n\n", and the same as a chunk (RFC 9112 §7.1).
  std::string_view block() const { return part(block_at_, block_bytes_); }
  std::string_view chunk() const { return chunk_; }

 private:
  std::string_view part(std::size_t at, std::size_t bytes) const {
    return std::string_view(chunk_).substr(at, bytes);
  }
  std::uint64_t number_;
  bool last_;
  std::string chunk_;
  std::size_t block_at_ = 0, block_bytes_ = 0, text_at_ = 0, text_bytes_ = 0;
};
using EventPtr = std::shared_ptr<const Event>;

/// Why a stream ends: a WebSocket is closed with it (RFC 6455 §7.4), server-sent events just end.
struct Ending {
  std::uint16_t close_code;
  std::string_view reason;  // a literal
};
inline constexpr Ending kDone{1000, "this was the last event"};
inline constexpr Ending kGoingAway{1001, "the server stops: connect again"};

class Topic;

/// A place in a topic's audience, kept from before the client is there until it is gone.
class Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<Topic> topic);
  Subscription(Subscription&&) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept {
    std::swap(topic_, other.topic_);
    return *this;
  }
  ~Subscription();

  Topic& topic() const { return *topic_; }

 private:
  std::shared_ptr<Topic> topic_;
};

class Topic : public std::enable_shared_from_this<Topic> {
 public:
  /// To all who are there, and to who comes from now on.
  void publish(EventPtr event);
  /// Ends the streams of all who are there or come.
  void end(const Ending& ending);
  std::size_t subscribers() const { return subscribers_; }

  // By a watcher, on its worker's thread.
  void join(Worker& worker, Watcher& watcher);
  void leave(Worker& worker, Watcher& watcher);

 private:
  friend class Subscription;
  struct Audience;

  void call_all();
  void deliver(Audience& audience);

  std::atomic<std::size_t> subscribers_{0};
  std::mutex mutex_;
  std::unordered_map<Worker*, std::shared_ptr<Audience>> audiences_;
  EventPtr newest_;
  std::optional<Ending> ending_;
};

}  // namespace vote::http

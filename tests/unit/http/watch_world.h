#pragma once
// A server with a topic that can be watched at /events and /socket, and the client's side of both.
#include <memory>
#include <string>
#include <utility>

#include "http/handshake.h"
#include "http/watch.h"
#include "unit/http/server_world.h"

namespace vote::http {

/// A frame of a client (RFC 6455 §5.2), masked with zeros, so that its payload is as it was.
inline std::string frame_of_client(unsigned opcode, const std::string& payload) {
  std::string frame(1, static_cast<char>(0x80U | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80U | payload.size());
  } else {
    frame += static_cast<char>(0x80U | 126U);
    frame += static_cast<char>(payload.size() >> 8U);
    frame += static_cast<char>(payload.size() & 0xFFU);
  }
  return frame + std::string(4, '\0') + payload;
}

struct Frame {
  unsigned opcode = 0;  // 0: the connection has ended
  std::string payload;

  /// Of a close frame.
  unsigned close_code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
  }
};

/// The next frame of the server.
inline Frame take_frame(Wire& wire) {
  const auto byte = [&wire]() -> unsigned {
    const std::string one = wire.take(1);
    return one.empty() ? 0 : static_cast<unsigned char>(one[0]);
  };
  Frame frame;
  frame.opcode = byte() & 0x0FU;
  std::size_t size = byte();
  if (size >= 126) {
    const int bytes = size == 126 ? 2 : 8;
    size = 0;
    for (int n = 0; n < bytes; ++n) size = size * 256 + byte();
  }
  frame.payload = wire.take(size);
  return frame;
}

class WatchWorld : public ServerWorld {
 protected:
  WatchWorld() {
    router.add(Method::get, "/events", [this](Request&) { return watching(new_watch()); });
    router.add(Method::get, "/socket", [this](Request& request) {
      Watch watch = new_watch();
      watch.wire = Watch::Wire::websocket;
      watch.key = handshake_of(request).key;
      watch.subprotocol = subprotocol;
      return watching(std::move(watch));
    });
  }
  ~WatchWorld() override { server.reset(); }

  static EventPtr event(std::uint64_t number, const std::string& text, bool last = false) {
    return std::make_shared<Event>(number, std::to_string(number), text, last);
  }
  void publish(std::uint64_t number, const std::string& text, bool last = false) const {
    topic->publish(event(number, text, last));
  }
  static std::string block(std::uint64_t number, const std::string& text) {
    return "id: " + std::to_string(number) + "\ndata: " + text + "\n\n";
  }

  /// As far as the first event.
  static void watch_events(Wire& wire) { wire.get("/events").take_until("data: first\n\n"); }
  static std::string handshake_lines(const std::string& more = "") {
    return "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           more;
  }
  /// Its head; the first message comes next.
  static std::string open_socket(Wire& wire) {
    return wire.get("/socket", handshake_lines()).take_until("\r\n\r\n");
  }

  std::shared_ptr<Topic> topic = std::make_shared<Topic>();
  bool first_is_last = false;
  Duration length_max = Duration::max();
  std::string subprotocol;

 private:
  Watch new_watch() const {
    Watch watch;
    watch.subscription = Subscription(topic);
    watch.first = event(1, "first", first_is_last);
    watch.length_max = length_max;
    watch.at_length_max = {4400, "it was long enough"};
    return watch;
  }
};

}  // namespace vote::http

#pragma once
// What a handler answers with instead of a body where a client watches a topic: over server-sent
// events or over a WebSocket.
#include <string>
#include <utility>

#include "http/topic.h"
#include "vote/time.h"

namespace vote::http {

struct Watch {
  enum class Wire { event_stream, websocket };

  Wire wire = Wire::event_stream;
  Subscription subscription;
  EventPtr first;  // sent at once
  Duration length_max = Duration::max();
  Ending at_length_max = kDone;  // told then

  // Of a WebSocket: from its handshake (http/handshake.h).
  std::string key;
  std::string subprotocol;  // chosen of those offered; empty: none
};

/// The response that begins it.
Response watching(Watch watch);

}  // namespace vote::http

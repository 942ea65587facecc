#pragma once
// WebSockets (RFC 6455) on Beast's stream, without compression, from the answer to the opening
// handshake on. The server alone has something to say: short messages of a client are read and
// dropped, one over kMessageBytesMax closes the connection (1009). Each beat_interval in which
// nothing comes in is followed by a ping; who does not answer within another is closed.
// Internal to http/.
#include <memory>

#include "http/watcher.h"

namespace vote::http {

inline constexpr std::size_t kMessageBytesMax = 1024;  // of a client

std::unique_ptr<Watcher> make_websocket(Worker& worker, boost::asio::ip::tcp::socket& socket,
                                        std::shared_ptr<Watch> watch);

}  // namespace vote::http

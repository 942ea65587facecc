#pragma once
// The opening handshake of a WebSocket as the server sees it (RFC 6455 §4.2), and from which pages
// it may come. Pure; any thread.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"

namespace vote::http {

struct Handshake {
  std::string key;                        // Sec-WebSocket-Key
  std::vector<std::string> subprotocols;  // offered, in the client's order
};
/// Throws HttpError: 426 upgrade_required, with Upgrade and Sec-WebSocket-Version, where the
/// request asks for no WebSocket of version 13; 400 malformed where its key is none.
Handshake handshake_of(const Request& request);

/// Whether the page that the request comes from may read what it answers: browsers let every page
/// open a WebSocket to every server and leave the check to that (RFC 6455 §10.2). True where there
/// is no Origin (no browser), or it is the origin that Host names, or `public_origin`; in each the
/// port is the scheme's own unless it is given.
bool is_own_origin(const Request& request, std::string_view public_origin);

}  // namespace vote::http

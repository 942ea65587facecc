#pragma once
// Words to the service manager: a datagram to the socket that NOTIFY_SOCKET names (sd_notify(3)).
// Thread-safe.
#include <string_view>

namespace vote::program {

/// "READY=1", "STOPPING=1". Does nothing where nobody listens.
void notify(std::string_view state);

}  // namespace vote::program

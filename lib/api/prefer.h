#pragma once
// The preferences of a client (RFC 7240) that this API knows: "Prefer: wait=N". Internal to api/.
// Pure.
#include <cstdint>
#include <optional>

#include "http/message.h"

namespace vote::api {

/// For how many seconds the client would wait for a certain answer, cut to kPreferWaitMax; the
/// first of several counts. Nothing where it does not say, or says what is no number of seconds.
std::optional<std::uint32_t> preferred_wait_s(const http::Request& request);

}  // namespace vote::api

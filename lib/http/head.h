#pragma once
// The head of a response as it goes over the wire (RFC 9112 §4, §6).
#include <cstddef>
#include <string>

#include "http/message.h"

namespace vote::http {

enum class Framing { length, chunked, until_close };
enum class Persistence { implied, said, close };  // HTTP/1.0 wants to be told that it persists

/// Whether a response of this status has a body at all (RFC 9110 §6.4.1).
bool has_body(unsigned status);

/// Appends status line and fields up to the empty line. `length` is the body's, with
/// Framing::length. Date is formatted once a second a thread. A line break inside a field's value
/// becomes a space.
void append_head(std::string& out, const Response& response, Framing framing, std::size_t length,
                 Persistence persistence);

}  // namespace vote::http

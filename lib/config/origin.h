#pragma once
// An origin: where a web page comes from (RFC 6454), and what a server is reached by. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vote {

struct Origin {
  std::string scheme;  // http, https
  std::string host;    // lower case, an IPv6 address without brackets
  std::uint16_t port = 0;

  bool operator==(const Origin&) const = default;
};

/// "http://127.0.0.1:8080", "https://vote.example"; without a port it is the scheme's own. Nothing
/// where the text is anything else: another scheme, a path, a user's name, "null".
std::optional<Origin> parse_origin(std::string_view text);

}  // namespace vote

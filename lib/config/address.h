#pragma once
// An address to listen on, as [api] listen names it. Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vote {

struct Address {
  std::string host;
  std::uint16_t port = 0;  // 0: any free one
};

/// "127.0.0.1:8080", "localhost:80", "[::1]:8080". Nothing where the text is anything else.
std::optional<Address> parse_address(std::string_view text);

}  // namespace vote

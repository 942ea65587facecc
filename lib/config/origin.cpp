#include "config/origin.h"

#include <algorithm>
#include <cctype>

#include "config/address.h"

namespace vote {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::optional<Origin> parse_origin(std::string_view text) {
  const auto end = text.find("://");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string scheme = lower(text.substr(0, end));
  if (scheme != "http" && scheme != "https") return std::nullopt;
  std::string authority = lower(text.substr(end + 3));
  const bool has_port = authority.find(':', authority.rfind(']') + 1) != std::string::npos;
  if (!has_port) authority += scheme == "http" ? ":80" : ":443";
  const auto address = parse_address(authority);
  if (!address || address->port == 0) return std::nullopt;
  return Origin{scheme, address->host, address->port};
}

}  // namespace vote

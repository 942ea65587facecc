#include "cache/redis/url.h"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "config/address.h"

namespace vote {
namespace {

constexpr std::string_view kShape =
    "must be like redis://host:6379, redis://:password@host:6379/0 or rediss://… for TLS";

[[noreturn]] void refuse(std::string_view why) {
  throw std::invalid_argument(std::string(kShape).append(": ").append(why));
}

std::optional<unsigned> hex(std::string_view digits) {
  unsigned value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, value, 16);
  return error == std::errc() && read == end ? std::optional(value) : std::nullopt;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto byte = at + 2 < text.size() ? hex(text.substr(at + 1, 2)) : std::nullopt;
    if (!byte || *byte == 0) refuse("a % stands before two hexadecimal digits, itself it is %25");
    out += static_cast<char>(*byte);
    at += 2;
  }
  return out;
}

/// What stands before the first such character, which goes too; all where there is none.
std::string_view take_until(std::string_view& text, char character) {
  const auto end = std::min(text.find(character), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

void read_user(std::string_view text, RedisUrl& url) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    refuse("a password stands behind a colon, with or without a user before it");
  url.user = decoded(text.substr(0, colon));
  url.password = decoded(text.substr(colon + 1));
  if (url.password.empty()) refuse("the password is empty");
}

void read_address(std::string_view text, RedisUrl& url) {
  const auto bracket = text.rfind(']');
  const bool has_port =
      text.find(':', bracket == std::string_view::npos ? 0 : bracket) != std::string_view::npos;
  const auto address =
      parse_address(has_port ? std::string(text)
                             : std::string(text).append(":").append(std::to_string(url.port)));
  if (!address || address->port == 0)
    refuse("there is no host and port in it; / ? # @ % of a password are %2F %3F %23 %40 %25");
  url.host = address->host;
  url.port = address->port;
}

void read_database(std::string_view text, RedisUrl& url) {
  if (text.empty()) return;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, url.database);
  if (error != std::errc() || read != end || url.database > RedisUrl::kDatabaseMax)
    refuse("behind the / is a database's number, such as /0");
}

void read_parameter(std::string_view parameter, RedisUrl& url) {
  const std::string_view name = take_until(parameter, '=');
  if (name == "prefix") {
    url.prefix = decoded(parameter);
  } else if (name == "ca" && url.tls) {
    url.ca = decoded(parameter);
    if (!url.ca.starts_with('/')) refuse("ca is the absolute path of a file");
  } else {
    refuse("the parameters behind ? are prefix=TEXT and, of rediss://, ca=/absolute/path");
  }
}

}  // namespace

RedisUrl parse_redis_url(const std::string& text) {
  RedisUrl url;
  std::string_view rest = text;
  const std::string_view scheme = rest.substr(0, std::min(rest.find("://"), rest.size()));
  if (scheme != "redis" && scheme != "rediss") refuse("it begins with redis:// or rediss://");
  url.tls = scheme == "rediss";
  rest.remove_prefix(std::min(scheme.size() + 3, rest.size()));
  if (rest.find('#') != std::string_view::npos) refuse("there is a # in it");
  std::string_view path = take_until(rest, '?');
  std::string_view authority = take_until(path, '/');
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    read_user(authority.substr(0, at), url);
    authority.remove_prefix(at + 1);
  }
  read_address(authority, url);
  read_database(path, url);
  while (!rest.empty()) read_parameter(take_until(rest, '&'), url);
  return url;
}

std::string redis_url_defect(const std::string& url) {
  try {
    parse_redis_url(url);
    return "";
  } catch (const std::invalid_argument& defect) {
    return defect.what();
  }
}

std::string RedisUrl::place() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

}  // namespace vote

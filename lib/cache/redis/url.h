#pragma once
// Where Redis is: redis://[[user]:password@]host[:port][/db], or rediss:// for the same over TLS.
// Behind it, after '?' and joined by '&': prefix=TEXT stands before every key and channel, ca=FILE
// (rediss alone) holds the certificates that the server's has to go back to, in place of the
// system's. User, password and parameters may have %XX in them (RFC 3986 §2.1), and need it for
// / ? # & @ % and : (a user). Internal to cache/redis/ and program/backend/. Pure.
#include <cstdint>
#include <string>

namespace vote {

struct RedisUrl {
  static constexpr std::uint16_t kPort = 6379;
  static constexpr std::uint32_t kDatabaseMax = 65'535;

  std::string host;  // an IPv6 address without brackets
  std::uint16_t port = kPort;
  std::string user;      // empty: Redis's "default"
  std::string password;  // empty: none
  std::uint32_t database = 0;
  bool tls = false;
  std::string ca;  // absolute path; empty: the system's
  std::string prefix;

  /// "host:port", for messages: no secret is in it.
  std::string place() const;
};

/// What is wrong with it ("must …"), or nothing. No part of the URL is in it.
std::string redis_url_defect(const std::string& url);
/// Throws std::invalid_argument with that.
RedisUrl parse_redis_url(const std::string& url);

}  // namespace vote

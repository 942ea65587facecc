#pragma once
// Where the servers are that tests of the distributed engine use: what `scripts/servers up DIR`
// wrote to DIR/env.
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace vote::test {

/// A URL of the environment, such as VOTE_STORE_URL. Throws where there is none: a test that needs
/// a server fails without it.
inline std::string server_url(const char* variable) {
  const char* url = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets it here
  if (url == nullptr || *url == '\0')
    throw std::runtime_error(std::string(variable) +
                             " is not set: run scripts/servers up DIR, then . DIR/env");
  return url;
}

}  // namespace vote::test

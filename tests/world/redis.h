#pragma once
// Redis servers of a test's own, and a client beside the cache that is tested.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "world/files.h"
#include "world/process.h"

struct redisContext;

namespace vote::test {

/// redis-server on a free port of 127.0.0.1, which keeps nothing on disk. Ready when a function
/// returns.
class RedisServer {
 public:
  explicit RedisServer(std::vector<std::string> options = {});

  void start();  // again, on the same port
  void kill() { process_.reset(); }
  void stop() { process_->stop(); }
  void go_on() { process_->go_on(); }

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& more = "") const {
    return "redis://127.0.0.1:" + std::to_string(port_) + more;
  }

 private:
  bool try_to_start();

  Folder folder_;
  std::vector<std::string> options_;
  std::uint16_t port_ = free_port();
  std::optional<Process> process_;
};

/// One connection that waits for each answer. Throws std::runtime_error with an error's words.
class RedisClient {
 public:
  explicit RedisClient(const std::string& url);

  /// Of a string or a number; empty for nothing.
  std::string ask(const std::vector<std::string>& command);

 private:
  struct Close {
    void operator()(redisContext* context) const;
  };
  std::unique_ptr<redisContext, Close> context_;
};

/// What VOTE_CACHE_URL names. Throws std::runtime_error, which says how to get one.
std::string shared_redis_url();

}  // namespace vote::test

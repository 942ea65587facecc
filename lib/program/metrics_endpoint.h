#pragma once
// GET /metrics at an address of its own ([metrics] listen), for a daemon's own numbers. Whoever can
// reach the address may read them: no token is asked for. A program that ends by itself (--once) is
// not watched and serves none, so that it may run beside one that does not.
#include <memory>

#include "config/config.h"
#include "metrics/registry.h"

namespace vote::program {

/// Says what runs: vote_build_info.
metrics::Registry::Source build_info(std::string program);

class MetricsEndpoint {
 public:
  /// Serves on a thread of its own until it is destroyed; nothing where `listen` is empty. Throws
  /// ConfigError where the address cannot be used. `registry` and what it asks outlive it.
  MetricsEndpoint(const Config::Metrics& config, const metrics::Registry& registry);
  /// The same with a registry of its own, of what runs and of what `source` says.
  MetricsEndpoint(const Config::Metrics& config, const std::string& program,
                  metrics::Registry::Source source);
  ~MetricsEndpoint();
  MetricsEndpoint(const MetricsEndpoint&) = delete;

 private:
  class Listener;
  static std::unique_ptr<Listener> listen(const Config::Metrics& config,
                                          const metrics::Registry& registry);

  std::unique_ptr<metrics::Registry> registry_;  // where it is its own
  std::unique_ptr<Listener> listener_;
};

}  // namespace vote::program

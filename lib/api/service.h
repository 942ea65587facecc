#pragma once
// The API as a daemon runs it: all that stands between the open parts and the port.
#include <cstdint>
#include <memory>

#include "account/token.h"
#include "cache/cache.h"
#include "config/config.h"
#include "metrics/registry.h"
#include "queue/queue.h"
#include "runtime/clock.h"
#include "runtime/stop.h"
#include "store/store.h"

namespace vote {

class Service {
 public:
  /// What it stands on; all of it outlives the service.
  struct Parts {
    Store& store;
    Queue& queue;
    Cache& cache;
    const Clock& clock;
    const Stop& stop;  // once it is requested, /readyz says 503
  };
  /// Listens at once, answers from `start` on. Throws ConfigError where the address cannot be used
  /// or no name for the lease can be made of it. Adds what it counts of itself to `metrics`, which
  /// outlives it, and which /metrics shows unless the configuration has another place for that
  /// (metrics.listen).
  /// Without api.name the lease has the name HOST/LISTEN, of this machine and api.listen as it is
  /// written: who comes to take it over has bound the address already, so whoever held it listens
  /// there no more.
  Service(const Config& config, Tokens tokens, const Parts& parts, metrics::Registry& metrics);
  ~Service();

  /// Takes the lease in the store and starts to answer. Votes go to the store alone until
  /// `use_queue`: until it is known that the queue is this store's (ingest/fitting_queue.h).
  void start();
  void use_queue();
  std::uint16_t port() const;
  /// Goes on as before, but closes each connection with its next answer (http/server.h).
  void wind_down();
  /// Answers what is being handled, waits at most `drain`, closes the rest.
  void stop(Duration drain);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace vote

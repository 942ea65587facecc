// vote-api: the HTTP API, on store, queue and cache, until it is stopped.
#include <thread>

#include "account/token.h"
#include "api/service.h"
#include "config/address.h"
#include "ingest/fitting_queue.h"
#include "log/log.h"
#include "program/backend/backend.h"
#include "program/metrics_endpoint.h"
#include "program/program.h"

namespace {

using namespace vote;

constexpr Duration kIdleWait = std::chrono::hours(1);
constexpr Duration kFitInterval = std::chrono::seconds(1);  // while the queue did not answer yet
constexpr Duration kStopMax = std::chrono::seconds(25);     // below what service managers wait

Tokens tokens_of(const Config& config) {
  try {
    return Tokens(read_secret_file(config.auth.secret_file));
  } catch (const std::runtime_error& error) {
    throw ConfigError(error.what());
  }
}

/// False: they do not answer yet.
bool fits(Store& store, Queue& queue) {
  try {
    return is_fitting_queue(store, queue);
  } catch (const std::runtime_error& error) {
    throw program::StorageError(error.what());
  }
}

ExitCode serve(program::Environment& environment) {
  const Config& config = environment.config;
  const SystemClock clock;
  Tokens tokens = tokens_of(config);
  program::migrate_empty(config);
  const auto store = program::open_store(config, clock);
  const auto queue = program::open_queue(config, clock);
  const auto cache = program::open_cache(config, clock);
  metrics::Registry metrics;
  metrics.add(program::build_info(environment.program));
  Service service(config, std::move(tokens), {*store, *queue, *cache, clock, environment.stop},
                  metrics);
  const program::MetricsEndpoint endpoint(config.metrics, metrics);
  bool fitting = fits(*store, *queue);
  if (fitting) service.use_queue();
  service.start();
  log::info("listening",
            {{"host", parse_address(config.api.listen)->host}, {"port", service.port()}});
  environment.ready();
  while (!fitting && !environment.stop.wait(kFitInterval)) {
    fitting = queue->reachable() && fits(*store, *queue);
    if (fitting) service.use_queue();
  }
  while (!environment.stop.wait(kIdleWait)) {
  }
  service.wind_down();
  std::this_thread::sleep_for(config.api.stop_delay);
  service.stop(kStopMax - config.api.stop_delay);
  return ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return program::run_program(
      {.name = "vote-api",
       .summary = "serves the HTTP API: accounts, polls, votes, results",
       .daemon = true,
       .key_flags = {{"--listen", "api.listen", "where to listen, host:port"}},
       .run = serve},
      argc, argv);
}

// vote-api: the HTTP API, on store, queue and cache, until it is stopped.
#include "account/password.h"
#include "account/token.h"
#include "api/api.h"
#include "config/address.h"
#include "guard/client.h"
#include "guard/limits.h"
#include "http/server.h"
#include "ingest/ballots.h"
#include "ingest/fitting_queue.h"
#include "ingest/poll_copies.h"
#include "log/log.h"
#include "program/backend/backend.h"
#include "program/program.h"
#include "runtime/timers.h"

namespace {

using namespace vote;

constexpr Duration kDrainMax = std::chrono::seconds(25);  // below what service managers wait

Tokens tokens_of(const Config& config) {
  try {
    return Tokens(read_secret_file(config.auth.secret_file));
  } catch (const std::runtime_error& error) {
    throw ConfigError(error.what());
  }
}

http::ServerOptions server_options(const Config& config) {
  const Address address = parse_address(config.api.listen).value();
  return {.host = address.host,
          .port = address.port,
          .threads = config.api.threads,
          .body_bytes_max = config.api.max_body_bytes};
}

PollCopies::Settings copies_settings(const Config& config) {
  if (!config.api.name.empty()) return {config.api.name, config.api.lease};
  if (parse_address(config.api.listen).value().port == 0)
    throw ConfigError(
        "api.name is empty: where api.listen leaves the port open, give each "
        "vote-api a name of its own");
  return {config.api.listen, config.api.lease};
}

void require_fit(Store& store, Queue& queue, const Config& config) {
  try {
    require_fitting_queue(store, queue, config.queue.topic);
  } catch (const std::runtime_error& error) {
    throw program::StorageError(error.what());
  }
}

ExitCode serve(program::Environment& environment) try {
  const Config& config = environment.config;
  const SystemClock clock;
  Tokens tokens = tokens_of(config);
  program::migrate_empty(config);
  // What stands further down uses what stands above, so the order is the order of a clean stop
  // backwards: the server answers its last request, the lease goes back, the files are closed.
  const auto store = program::open_store(config, clock);
  const auto queue = program::open_queue(config, clock);
  require_fit(*store, *queue, config);
  const auto cache = program::open_cache(config, clock);
  const auto timers = make_timers();
  PollCopies polls(*store, clock, copies_settings(config));
  Ballots ballots(*store, *queue, *cache, polls, *timers, clock,
                  {config.polls.grace, config.auth.require_verified_email});
  Passwords passwords;
  const Limits limits(*cache, config.limits);
  const TrustedProxies proxies(config.api);
  const http::ServerOptions options = server_options(config);
  http::Server server(
      options, make_routes({*store, *cache, ballots, polls, tokens, passwords, limits, proxies,
                            *timers, clock, config.auth.token_ttl, config.api.public_url}));
  polls.start();
  server.start();
  log::info("listening", {{"host", options.host}, {"port", server.port()}});
  environment.ready();
  while (!environment.stop.wait(std::chrono::hours(1))) {
  }
  server.stop(kDrainMax);
  return ExitCode::ok;
} catch (const http::ListenError& error) {
  throw ConfigError(error.what());
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

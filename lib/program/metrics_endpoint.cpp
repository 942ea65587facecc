#include "program/metrics_endpoint.h"

#include "config/address.h"
#include "http/server.h"
#include "log/log.h"

namespace vote::program {
namespace {

constexpr std::size_t kConnectionsMax = 100;
constexpr Duration kDrainMax = std::chrono::seconds(1);

http::ServerOptions options_of(const Address& address) {
  http::ServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.threads = 1;
  options.connections_max = kConnectionsMax;
  return options;
}

http::Router routes_of(const metrics::Registry& registry) {
  http::Router router;
  router.add(http::Method::get, "/metrics", [&registry](http::Request& /*request*/) {
    http::Response response;
    response.content_type = metrics::kExpositionType;
    response.body = registry.exposition();
    return response;
  });
  return router;
}

}  // namespace

class MetricsEndpoint::Listener {
 public:
  Listener(const Address& address, const metrics::Registry& registry)
      : server_(options_of(address), routes_of(registry)) {
    server_.start();
    log::info("metrics_listening", {{"host", address.host}, {"port", server_.port()}});
  }
  ~Listener() { server_.stop(kDrainMax); }
  Listener(const Listener&) = delete;

 private:
  http::Server server_;
};

metrics::Registry::Source build_info(std::string program) {
  return [program = std::move(program)](metrics::Sheet& sheet) {
    sheet.add(metrics::kBuildInfo, 1, {{"program", program}, {"version", VOTE_VERSION}});
  };
}

std::unique_ptr<MetricsEndpoint::Listener> MetricsEndpoint::listen(
    const Config::Metrics& config, const metrics::Registry& registry) try {
  if (config.listen.empty()) return nullptr;
  return std::make_unique<Listener>(parse_address(config.listen).value(), registry);
} catch (const http::ListenError& error) {
  throw ConfigError(std::string(error.what()) +
                    " (metrics.listen: each daemon of a machine needs an address of its own, "
                    "by VOTE_METRICS_LISTEN or --set)");
}

MetricsEndpoint::MetricsEndpoint(const Config::Metrics& config, const metrics::Registry& registry)
    : listener_(listen(config, registry)) {}

MetricsEndpoint::MetricsEndpoint(const Config::Metrics& config, const std::string& program,
                                 metrics::Registry::Source source)
    : registry_(std::make_unique<metrics::Registry>()) {
  registry_->add(build_info(program));
  registry_->add(std::move(source));
  listener_ = listen(config, *registry_);
}

MetricsEndpoint::~MetricsEndpoint() = default;

}  // namespace vote::program

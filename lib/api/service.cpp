#include "api/service.h"

#include <boost/asio/ip/host_name.hpp>

#include "api/api.h"
#include "api/metrics.h"
#include "config/address.h"
#include "http/server.h"

namespace vote {
namespace {

http::ServerOptions server_options(const Config& config) {
  const Address address = parse_address(config.api.listen).value();
  return {.host = address.host,
          .port = address.port,
          .threads = config.api.threads,
          .body_bytes_max = config.api.max_body_bytes};
}

/// An address is of one machine, so its name goes with it. The port alone would not do: two
/// processes of a machine may have the same on two of its addresses.
std::string default_name(const Config::Api& api) {
  if (parse_address(api.listen).value().port == 0)
    throw ConfigError(
        "api.name is empty: where api.listen leaves the port open, give each "
        "vote-api a name of its own");
  boost::system::error_code error;
  const std::string machine = boost::asio::ip::host_name(error);
  if (error || machine.empty())
    throw ConfigError(
        "api.name is empty and this machine has no host name: give each vote-api a name of its "
        "own, or the machine one (hostname)");
  return machine + "/" + api.listen;
}

PollCopies::Settings copies_settings(const Config& config, const Queue& queue) {
  const Config::Api& api = config.api;
  return {api.name.empty() ? default_name(api) : api.name, api.lease, queue.topic()};
}

std::unique_ptr<http::Server> listen(const Config& config, http::Router router) try {
  return std::make_unique<http::Server>(server_options(config), std::move(router));
} catch (const http::ListenError& error) {
  throw ConfigError(error.what());
}

}  // namespace

/// What stands further down uses what stands above, so the order is the order of a clean stop
/// backwards: the server answers its last request, then the lease goes back.
class Service::Implementation {
 public:
  Implementation(const Config& config, Tokens tokens, const Parts& parts,
                 metrics::Registry& metrics)
      : tokens_(std::move(tokens)),
        polls_(parts.store, parts.clock, copies_settings(config, parts.queue)),
        ballots_(parts.store, parts.queue, parts.cache, polls_, *timers_, parts.clock,
                 {config.auth.require_verified_email, false}),
        limits_(parts.cache, config.limits),
        proxies_(config.api),
        server_(
            listen(config, make_routes({parts.store, parts.cache, ballots_, polls_, tokens_,
                                        passwords_, limits_, proxies_, *timers_, parts.clock,
                                        parts.stop, config.auth.token_ttl, config.api.public_url,
                                        config.metrics.listen.empty() ? &metrics : nullptr}))) {
    metrics.add([this, &cache = parts.cache, &stop = parts.stop](metrics::Sheet& sheet) {
      api::write_metrics(sheet, server_->totals());
      api::write_metrics(sheet, ballots_.totals());
      api::write_metrics(sheet, limits_);
      api::write_mode(sheet, polls_, ballots_, cache, stop);
    });
  }

  void start() {
    polls_.start();
    server_->start();
  }
  void use_queue() { ballots_.use_queue(); }
  http::Server& server() { return *server_; }

 private:
  Tokens tokens_;
  std::unique_ptr<Timers> timers_ = make_timers();
  PollCopies polls_;
  Ballots ballots_;
  Passwords passwords_;
  const Limits limits_;
  const TrustedProxies proxies_;
  const std::unique_ptr<http::Server> server_;
};

Service::Service(const Config& config, Tokens tokens, const Parts& parts,
                 metrics::Registry& metrics)
    : implementation_(std::make_unique<Implementation>(config, std::move(tokens), parts, metrics)) {
}

Service::~Service() = default;

void Service::start() {
  implementation_->start();
}
void Service::use_queue() {
  implementation_->use_queue();
}
std::uint16_t Service::port() const {
  return implementation_->server().port();
}
void Service::wind_down() {
  implementation_->server().wind_down();
}
void Service::stop(Duration drain) {
  implementation_->server().stop(drain);
}

}  // namespace vote

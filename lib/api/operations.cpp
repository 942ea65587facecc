// What keeps the API running: health, readiness, its own description.
#include <nlohmann/json.hpp>

#include "api/access.h"
#include "api/openapi.h"

namespace vote::api {

// Health and readiness are read by people with curl: their bodies end in a newline.

http::Answer show_health(Site& /*site*/, http::Request& /*request*/) {
  static const auto kAlive = std::make_shared<const std::string>("{\"status\":\"ok\"}\n");
  http::Response response;
  response.shared_body = kAlive;
  return response;
}

/// Ready is who can accept votes, be it in a lesser mode: a load balancer that took all APIs out
/// for a store that is away would stop the voting that goes on without it. One that was told to
/// stop still accepts them, and says in time that it soon will not.
http::Answer show_readiness(Site& site, http::Request& /*request*/) {
  const PollCopies& polls = site.parts.polls;
  const Ballots& ballots = site.parts.ballots;
  const AcceptMode mode = ballots.mode();
  auto reasons = nlohmann::json::array();
  if (!polls.store_answers()) reasons.push_back("the store does not answer");
  if (!polls.lease_runs())
    reasons.push_back("the lease in the store has run out: votes are not accepted into the queue");
  const bool stops = site.parts.stop.requested();
  if (stops) reasons.push_back("it was told to stop");
  const bool ready = mode != AcceptMode::none && !stops;
  http::Response response =
      respond(ready ? 200 : 503, nlohmann::json{{"status", ready ? "ready" : "not ready"},
                                                {"mode", name(mode)},
                                                {"parts",
                                                 {{"store", polls.store_answers()},
                                                  {"queue", ballots.queue_answers()},
                                                  {"cache", site.parts.cache.reachable()}}},
                                                {"reasons", reasons}}
                                         .dump() +
                                     '\n');
  if (!ready) response.fields.emplace_back("Retry-After", "1");
  return response;
}

http::Answer show_metrics(Site& site, http::Request& /*request*/) {
  http::Response response;
  response.content_type = metrics::kExpositionType;
  response.body = site.parts.metrics->exposition();
  return response;
}

http::Answer show_openapi(Site& /*site*/, http::Request& /*request*/) {
  static const auto kDocument = std::make_shared<const std::string>(kOpenApi);
  http::Response response;
  response.shared_body = kDocument;
  return response;
}

}  // namespace vote::api
